"""The AWS emulator as a process of its own, listening on 127.0.0.1 only."""

import atexit
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_APP: Final = "ministack.app:app"
_ROOT: Final = Path(__file__).resolve().parents[2]


def emulator_python() -> Path:
    """The interpreter that has the emulator. Raises RuntimeError that says how to get it."""
    named = os.environ.get("STUF_AWS_PYTHON")
    python = Path(named) if named else _ROOT / ".venv-aws" / "bin" / "python"
    if not python.exists():
        raise RuntimeError(
            f"the AWS emulator is not installed at {python}; run `make setup`, or set STUF_AWS_PYTHON"
        )
    return python


class Emulator:
    """One ministack; `public_port` is the port by which everybody reaches it, also the functions inside."""

    def __init__(self, state: Path, port: int, public_port: int) -> None:
        self._state = state
        self._pid_file = state / "emulator.pid"
        self.port = port
        self._public_port = public_port
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """The emulator itself, behind the proxy."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start; returns when it answers. Raises RuntimeError with the end of its log if it does not."""
        self._end_predecessor()
        for folder in ("services", "objects", "tmp"):
            (self._state / folder).mkdir(parents=True, exist_ok=True)
        self._log = (self._state / "emulator.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command on a known interpreter
            # No worker process: a stop then reaches the part that saves the state.
            [str(emulator_python()), "-m", "hypercorn", "-w", "0", "-b", f"127.0.0.1:{self.port}", _APP],
            env=self._environment(),
            cwd=self._state,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._pid_file.write_text(str(self._process.pid))
        # A program that ends without stopping its parts must not leave this one behind.
        atexit.register(self.stop)
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop gently, since the emulator saves its services' state only then."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None
        self._pid_file.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        # Nothing of ours leaks in: the emulator hands its whole environment to the functions that it runs.
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self._state),
            "TMPDIR": str(self._state / "tmp"),
            "GATEWAY_PORT": str(self._public_port),
            "MINISTACK_HOST": "127.0.0.1",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._state / "objects"),
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            # These would listen on every interface.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.running:
            with suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5).close()  # noqa: S310 - our own
                return
            time.sleep(0.05)
        self.stop()
        tail = (self._state / "emulator.log").read_text(errors="replace")[-1500:]
        raise RuntimeError(f"the AWS emulator did not start; the end of its log:\n{tail}")

    def _end_predecessor(self) -> None:
        """After a crash of this program its emulator still runs: end it gently, so that it saves its state."""
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text() or 0)
        if not _is_emulator(pid):
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _is_emulator(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _is_emulator(pid: int) -> bool:
    """Whether an emulator runs under this number, which may have passed to another program since."""
    try:
        return pid > 0 and _APP.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
