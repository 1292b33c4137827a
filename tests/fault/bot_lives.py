"""The bot and its deaths, seen from outside: begin a life, kill it, wait for its end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

HERE = Path(__file__).parent
_SECONDS = 60.0


class BotLives:
    """A nursery and the one bot that lives at a time."""

    def __init__(self, conf: Path) -> None:
        self.log = conf.parent / "bot.log"
        self._points = conf.parent / "points.json"
        self._told: SimpleQueue[dict[str, int]] = SimpleQueue()
        self._pid = 0
        self._up = threading.Event()
        self.kills = 0
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STUF_BOT_")}
        with (conf.parent / "nursery.log").open("ab") as errors:
            self._nursery = subprocess.Popen(
                [sys.executable, HERE / "nursery.py", conf, self.log, self._points],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                text=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, *, die_at: str | None = None, nth: int = 1, lost: float = 0.0, seed: int = 0) -> None:
        """Begin a life that dies at the n-th passing of a point, if it gets there."""
        assert self._nursery.stdin is not None
        line = json.dumps({"die_at": die_at, "nth": nth, "lost": lost, "seed": seed})
        self._up.clear()
        self._nursery.stdin.write(f"{line}\n")
        self._nursery.stdin.flush()
        self._pid = self._told.get(timeout=_SECONDS)["pid"]

    def listens(self, seconds: float) -> bool:
        """Whether it is up within this time."""
        return self._up.wait(seconds)

    def died(self, seconds: float) -> bool:
        """Whether this life ends by itself within this time. Fails where it was no kill that ended it."""
        try:
            told = self._told.get(timeout=seconds)
        except Empty:
            return False
        assert told["exit"] == -signal.SIGKILL, f"exit code {told['exit']}\n{self.log.read_text()[-3000:]}"
        self.kills += 1
        return True

    def kill(self) -> None:
        """`kill -9` it now, unless it is dead."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        assert self.died(_SECONDS)

    def end(self) -> dict[str, int]:
        """Ask it to end; gives how often each point was passed in this life."""
        os.kill(self._pid, signal.SIGTERM)
        assert self._told.get(timeout=_SECONDS) == {"exit": 0}
        points: dict[str, int] = json.loads(self._points.read_text())
        return points

    def close(self) -> None:
        """End the nursery, and whoever still lives."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        try:
            self._nursery.wait(0.5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._nursery.wait(_SECONDS)

    def _listen(self) -> None:
        assert self._nursery.stdout is not None
        for line in self._nursery.stdout:
            told: dict[str, Any] = json.loads(line)
            if "up" in told:
                self._up.set()
            else:
                self._told.put(told)
