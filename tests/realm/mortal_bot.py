"""Gives birth to bots that may die at a named point: everything is imported once, then each life is a fork.

Each line on standard input begins a life; it is JSON: `conf`, the bot.conf; `log`, where it writes to;
`points`, the file to which every point that is passed is added, a line each; `die_at`, the point at which
the process sends itself the signal `by` the first time, "" for none. Standard output tells `{"pid": n}`,
and `{"pid": n, "exit": code}` at the end of each.
"""

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Imported before the first fork, so that a life begins in a fraction of a second.
import boto3  # noqa: F401
import dbos  # noqa: F401
import github  # noqa: F401

from stuf_bot import configuration, engine, hall, telemetry
from stuf_bot.bootstrap import build
from stuf_bot.bootstrap.standby import Standby
from stuf_bot.chat import delivery

_LOOK = 0.02
_plan: dict[str, str] = {}
_seen: dict[str, int] = {}
_lock = threading.Lock()


def passing(name: str) -> None:
    """Note the point; die when it is the one."""
    with _lock:
        _seen[name] = _seen.get(name, 0) + 1
        with Path(_plan["points"]).open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        if name == _plan["die_at"] and _seen[name] == 1:
            os.kill(os.getpid(), signal.Signals[_plan["by"]])


def around(owner: Any, method: str, name: Callable[..., str]) -> None:
    """Pass a point before and after each call of `owner.method`."""
    real = getattr(owner, method)

    def wrapped(self: Any, *arguments: Any, **named: Any) -> Any:
        point = name(*arguments, **named)
        passing(f"{point}:before")
        result = real(self, *arguments, **named)
        passing(f"{point}:after")
        return result

    setattr(owner, method, wrapped)


def inside_steps() -> None:
    """A point inside each step too: its work is done, and the engine does not know yet."""
    real = engine._DurableSteps.run

    def run(self: Any, name: str, do: Callable[[], Any]) -> Any:
        def doing() -> Any:
            result = do()
            passing(f"step {name}:done")
            return result

        return real(self, name, doing)

    engine._DurableSteps.run = run


def live(plan: dict[str, str]) -> None:
    """One life, until it is killed or asked to end."""
    _plan.update(plan)
    with Path(plan["log"]).open("ab") as file:
        os.dup2(file.fileno(), 2)
    inside_steps()
    around(engine._DurableSteps, "run", lambda name, _do: f"step {name}")
    around(engine._DurableSteps, "report", lambda event: f"report {type(event).__name__}")
    around(delivery.Delivery, "deliver", lambda job, _now: f"deliver {job.act.kind}")
    around(hall.Hall, "_once", lambda _entry: "hall")
    settings = configuration.load(Path(plan["conf"]))
    telemetry.start(settings)
    app = build(settings, lease=Standby(settings).wait())
    signal.signal(signal.SIGTERM, lambda *_: app.stop())
    app.start()
    # What is said before a bot's very first look at the realm does not concern it.
    app.intake.connected.wait(60)
    passing("up")
    app.wait()


def tell(**what: int) -> None:
    """One line for who started this."""
    os.write(1, f"{json.dumps(what)}\n".encode())


def begin(plan: dict[str, str]) -> int:
    """Fork a life; gives its process id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            live(plan)
            status = 0
        finally:
            os._exit(status)
    tell(pid=pid)
    return pid


def main() -> None:
    """Until standard input ends."""
    living: set[int] = set()
    while True:
        for pid in list(living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                living.remove(pid)
                tell(pid=pid, exit=os.waitstatus_to_exitcode(status))
        readable, _, _ = select.select([0], [], [], _LOOK if living else None)
        if readable:
            line = sys.stdin.readline()
            if not line:
                return
            living.add(begin(json.loads(line)))


if __name__ == "__main__":
    main()
