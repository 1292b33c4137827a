"""The bot as a process of its own, as the demo runs it: it can be killed, and comes back."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_AGAIN_SECONDS = 1.0
_POLL_SECONDS = 0.1
_TAIL_LINES = 15


class BotFailedError(Exception):
    """The bot did not get ready; the text has the end of its log."""


class BotProcess:
    """`stuf-bot run` with the settings in `config`; `url` is its web door, `log` the file it writes to."""

    def __init__(self, config: Path, url: str, log: Path, tell: Callable[[str], None]) -> None:
        self._config = config
        self._url = url
        self._log = log
        self._tell = tell
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process id at the moment; 0 before the start."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start; returns when the bot is ready. Raises BotFailedError."""
        self._process = self._spawn()
        until = time.monotonic() + _START_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until or self._ending.is_set():
                self.stop()
                raise BotFailedError(f"the bot did not get ready; the end of {self._log}:\n{self._tail()}")
            time.sleep(_POLL_SECONDS)
        self._keeper = threading.Thread(target=self._keep, name="bot-keeper", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """Ask it to stop; kill it when it does not."""
        self._ending.set()
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        # The settings come from the file alone; what is set here for another bot stays out of it.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STUF_BOT_")}
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "stuf_bot", "run", "--config", str(self._config)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C at the terminal is for the demo, which then ends the bot in good order.
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self._ending.is_set():
            process = self._process
            if process is None or process.poll() is None:
                self._ending.wait(_POLL_SECONDS)
                continue
            self._tell(f"The bot ended (exit code {process.returncode}) and is started again.")
            self._ending.wait(_AGAIN_SECONDS)
            if not self._ending.is_set():
                self._process = self._spawn()

    def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{self._url}/readyz", timeout=2).close()  # noqa: S310 - our own server
            return True
        return False

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-_TAIL_LINES:])
