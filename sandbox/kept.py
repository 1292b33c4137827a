"""What the embedded realm keeps from start to start besides the state of its parts: ports and keys."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from sandbox.aws.ports import Ports

_KEY_BYTES = 24


class StateInUseError(Exception):
    """Another process works in the same folder."""


class Kept:
    """The folder of one embedded realm. Only its owner can read what lies in it."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o700)
        self.state = state.resolve()
        self._lock = (self.state / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise StateInUseError(
                f"another demo or sandbox runs in {state}; stop it, or name another folder with --state"
            ) from None
        self._ports = Ports(self.state / "ports.json")
        self._file = self.state / "keys.json"
        self._keys: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def port(self, name: str, wanted: int = 0) -> int:
        """`wanted`, or the port of last time, or a free one."""
        return self._ports.choose(name, wanted)

    def key(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(_KEY_BYTES)) -> str:
        """The key of that name; made the first time."""
        if name not in self._keys:
            self._keys[name] = make()
            self._file.touch(mode=0o600)
            self._file.write_text(json.dumps(self._keys, indent=1))
        return self._keys[name]

    def folder(self, name: str) -> Path:
        """A folder of a part's own."""
        path = self.state / name
        path.mkdir(exist_ok=True)
        return path

    def write(self, name: str, text: str) -> Path:
        """Write a file that only its owner reads."""
        path = self.state / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def close(self) -> None:
        """Let others use the folder."""
        self._lock.close()
