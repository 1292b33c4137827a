"""Serves an ASGI application in a thread of its own."""

import socket
import threading
from typing import Any

import uvicorn

from stuf_bot.web.punctual import punctual

_START_SECONDS = 20.0
_BACKLOG = 128
_HEADER_SECONDS = 10.0


class WebServer:
    """The web door on a host and port; port 0 takes any free one.

    The headers of a request have to come within `header_seconds`.
    """

    def __init__(
        self, app: Any, host: str = "127.0.0.1", port: int = 0, *, header_seconds: float = _HEADER_SECONDS
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            # Only a port that is listened on is refused to the next.
            self._socket.listen(_BACKLOG)
        except OSError as error:
            self._socket.close()
            raise OSError(
                error.errno,
                f"[web] port {port} on {host} cannot be used ({error.strerror}): choose another port",
            ) from error
        self._host = host
        self.port: int = self._socket.getsockname()[1]
        self._started = threading.Event()
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                http=punctual(header_seconds),
                timeout_graceful_shutdown=2,
            ),
            self._started,
        )
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Base address without a trailing slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Serve; returns when the door is open. Raises RuntimeError if it does not open."""
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise RuntimeError(f"the web door on port {self.port} did not open")

    def stop(self, seconds: float = 5.0) -> None:
        """Close the door; what is being stored is finished first."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, opened: threading.Event) -> None:
        super().__init__(config)
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._opened.set()
