"""Ports that stay the same across restarts: addresses of a STUF and links in mails hold them."""

import json
import socket
from pathlib import Path


def free_port() -> int:
    """A port on 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """Remembers ports by name in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def choose(self, name: str, wanted: int) -> int:
        """`wanted`, or for 0 the port of last time if it is free, or a free one."""
        if not wanted:
            last = self._known.get(name, 0)
            wanted = last if last and _is_free(last) else free_port()
        self._known[name] = wanted
        self._file.write_text(json.dumps(self._known))
        return wanted
