"""A process with an engine and two sorts of operation, for tests that kill it.

Arguments: database URL, folder, name of the executor. `folder/waiting` names the operations, one a line; SIGHUP wakes the
engine. Each step writes `start NAME` and `end NAME` to `folder/journal`, and waits while
`folder/hold` holds its name; with `again` in it what broke off is soon tried again. While there is
`folder/fault`, looking into `folder/waiting` fails once. Reported events go to `folder/events`. SIGTERM stops as the bot does.
"""

import logging
import os
import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from stuf_bot.engine import Engine

STEPS = ("one", "two", "three")


def main(url: str, folder: Path, executor: str) -> None:  # noqa: C901 - all small parts of one process.
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)

    def write(name: str, text: str) -> None:
        with (folder / name).open("a") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())

    def held(name: str) -> bool:
        hold = folder / "hold"
        return hold.exists() and name in hold.read_text().split()

    def operate(steps: Any, attempt_id: str) -> None:
        total = 0
        for name in STEPS:

            def do(name: str = name) -> int:
                write("journal", f"start {attempt_id} {name}")
                while held(name):
                    steps.wait(0.05)
                write("journal", f"end {attempt_id} {name}")
                return len(name)

            total += steps.run(name, do)
            steps.report(f"{attempt_id} {name}")
        write("journal", f"done {attempt_id} {total}")

    def broken(steps: Any, attempt_id: str) -> None:
        steps.run("one", lambda: write("journal", f"once {attempt_id}"))
        write("journal", f"broken {attempt_id}")
        if held("broken"):
            raise RuntimeError("a fault")
        write("journal", f"done {attempt_id}")

    def waiting() -> list[tuple[str, str]]:
        fault = folder / "fault"
        if fault.exists():
            fault.unlink()
            raise TimeoutError("no connection is free")
        lines = (folder / "waiting").read_text().split()
        return [(line.split(":")[0], line.split(":")[1]) for line in lines]

    engine = Engine(
        url,
        executor_id=executor,
        application_version="1",
        operations={"work": operate, "broken": broken},
        waiting=waiting,
        put_event=lambda event: write("events", event),
        try_again_seconds=0.1 if held("again") else 600.0,
    )
    # Handlers may interrupt each other; of all that waits, this queue alone bears it.
    asked: SimpleQueue[str] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: asked.put("end"))
    signal.signal(signal.SIGHUP, lambda *_: asked.put("wake"))
    engine.start()
    write("journal", "up" if engine.alive else "down")
    while asked.get() == "wake":
        engine.wake()
    clean = engine.stop(10)
    logging.shutdown()
    os._exit(0 if clean else 3)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
