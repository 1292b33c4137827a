"""What holds for every answer and every request, whatever the route."""

import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

# A completion names up to 10,000 parts; nothing else comes near.
MAX_BODY_BYTES: Final = 2 * 1024**2

_HEADERS: Final = {
    b"strict-transport-security": b"max-age=63072000; includeSubDomains",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; sandbox",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
_TOO_LARGE: Final = b'{"error":{"code":"request-too-large","message":"This request is too large."}}'


class Hardening:
    """Adds security headers and refuses large bodies. No CORS headers: other origins may not read answers."""

    def __init__(self, app: _App) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def hardened(message: _Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in _HEADERS.items() if name not in given]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            await hardened(
                {
                    "type": "http.response.start",
                    "status": 413,
                    "headers": [(b"content-type", b"application/json")],
                }
            )
            await send({"type": "http.response.body", "body": _TOO_LARGE})
            return
        # The application has answered and logged what failed; raised further, its text would be logged too,
        # and texts of services quote names of files and people.
        with contextlib.suppress(Exception):
            await self._app(scope, receive, hardened)
