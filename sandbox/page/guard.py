"""What every page of the demo is wrapped in: only this machine's own names, and strict headers.

The demo hands out API keys without asking who one is. It listens on 127.0.0.1, and a page from
elsewhere that points its own name at 127.0.0.1 (DNS rebinding) is recognised by the Host header.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

# Scripts and styles come from files only. Server-made HTML passes one named Trusted Types policy.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types server-html"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def is_local(host: str) -> bool:
    """Whether a Host header names this machine itself, whatever the port."""
    name, separator, port = host.rpartition(":")
    if not separator or not port.isdigit():
        name = host
    return name.lower() in _LOCAL_NAMES


class Guarded:
    """An ASGI application behind the host check, with the demo's security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        app = self._app
        if scope["type"] == "http" and not is_local(Headers(scope=scope).get("host", "")):
            app = PlainTextResponse(
                "This page is for this machine only. Open it as http://127.0.0.1 with its port.\n",
                status_code=421,
            )
        await app(scope, receive, send_with_headers)
