"""Gives birth to bots: everything is imported once, then each life is a fork, and dies like any process.

Arguments: bot.conf, the log, the file of points. Each line on standard input begins a life; it is
JSON, `{"die_at": a point or null, "nth": which passing of it, "lost": share of answers lost, "seed": n}`.
Standard output tells `{"pid": n}`, `{"up": 1}` once it listens, and `{"exit": status}`.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

# Imported before the first fork, so that a life begins in a fraction of a second.
import dbos  # noqa: F401
import mortal

from stuf_bot import configuration, telemetry
from stuf_bot.bootstrap import build
from stuf_bot.bootstrap.standby import Standby


def tell(**what: int) -> None:
    """One line for who started this."""
    os.write(1, f"{json.dumps(what)}\n".encode())


def live(conf: Path, log: Path, points: Path, plan: dict[str, Any]) -> None:
    """One life, until it is killed or asked to end."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    mortal.arrange(points, plan)
    settings = configuration.load(conf)
    telemetry.start(settings)
    app = build(settings, lease=Standby(settings).wait())
    signal.signal(signal.SIGTERM, lambda *_: app.stop())
    app.start()
    tell(up=1)
    app.wait()
    mortal.write_points()


def main() -> None:
    """Until standard input ends."""
    conf, log, points = (Path(argument) for argument in sys.argv[1:])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                live(conf, log, points, json.loads(line))
                status = 0
            finally:
                os._exit(status)
        tell(pid=pid)
        _, status = os.waitpid(pid, 0)
        tell(exit=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
