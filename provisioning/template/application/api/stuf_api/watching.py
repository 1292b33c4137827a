"""Times every request, by its route."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from stuf_api.reporting import Reporter

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class Watched:
    """The application, with its requests timed."""

    def __init__(self, app: _App, reporter: Reporter) -> None:
        self._app, self._reporter = app, reporter

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def noted(message: _Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began, from_then = datetime.now(UTC), time.perf_counter()
        try:
            await self._app(scope, receive, noted)
        finally:
            where = route_of(scope)
            if where is not None:
                self._reporter.served(where, began, time.perf_counter() - from_then, status)


def route_of(scope: _Scope) -> str | None:
    """Such as `POST /uploads/{upload_id}/complete`: the route below api/, by its names; None where there is none."""
    path = getattr(scope.get("route"), "path", None)
    # Whether a router's prefix is in it depends on the framework's version.
    return f"{scope['method']} {path.removeprefix('/api')}" if path else None
