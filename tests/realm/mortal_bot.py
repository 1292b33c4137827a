"""The bot, but it may die at a named point: a process for tests, started with a bot.conf.

STUF_TEST_POINTS names a file to which every point that is passed is added, a line each.
STUF_TEST_DIE_AT names the point at which the process sends itself STUF_TEST_SIGNAL
(SIGKILL where that is not set), the first time.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stuf_bot import configuration, engine, hall, telemetry
from stuf_bot.bootstrap import build
from stuf_bot.bootstrap.standby import Standby
from stuf_bot.chat import delivery

_POINTS = Path(os.environ["STUF_TEST_POINTS"])
_DIE_AT = os.environ.get("STUF_TEST_DIE_AT", "")
_SIGNAL = signal.Signals[os.environ.get("STUF_TEST_SIGNAL", "SIGKILL")]
_seen: dict[str, int] = {}
_lock = threading.Lock()


def passing(name: str) -> None:
    """Note the point; die when it is the one."""
    with _lock:
        _seen[name] = _seen.get(name, 0) + 1
        with _POINTS.open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        if name == _DIE_AT and _seen[name] == 1:
            os.kill(os.getpid(), _SIGNAL)


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


inside_steps()
around(engine._DurableSteps, "run", lambda name, _do: f"step {name}")
around(engine._DurableSteps, "report", lambda event: f"report {type(event).__name__}")
around(delivery.Delivery, "deliver", lambda job, _now: f"deliver {job.act.kind}")
around(hall.Hall, "_once", lambda _entry: "hall")

settings = configuration.load(Path(sys.argv[1]))
telemetry.start(settings)
app = build(settings, lease=Standby(settings).wait())
signal.signal(signal.SIGTERM, lambda *_: app.stop())
app.start()
# What is said before a bot's very first look at the realm does not concern it.
app.intake.connected.wait(60)
passing("up")
app.wait()
