"""Passes an HTTP request on as it came, and the answer back, both as streams.

Path, query and Host stay byte for byte: signatures cover them.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import httpx

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# Of one connection, not of the request; the servers at both ends make their own.
_HOP_BY_HOP: Final = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_TIMEOUT: Final = httpx.Timeout(300.0, connect=5.0)


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that belong to the message itself."""
    return [(name.lower(), value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


async def body_of(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body, as it arrives."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


class Forwarder:
    """Sends requests on to one server."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._client: httpx.AsyncClient | None = None

    async def pass_on(  # noqa: PLR0913 - a request has this many parts
        self,
        send: Send,
        *,
        method: str,
        target: bytes,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes,
        change: Callable[[int, Headers], Headers] = lambda _status, headers: headers,
        rewrite: Callable[[bytes], bytes] | None = None,
    ) -> int:
        """Forward one request; `change` may alter the answer's headers. Gives the answer's status.

        `rewrite` may alter the body of a page; it is then held whole. A server that cannot be reached is
        answered with 502.
        """
        try:
            response = await self._send(method, target, headers, body)
        except httpx.HTTPError as error:
            text = f"The server behind this address does not answer ({type(error).__name__}).\n"
            await answer(send, 502, [(b"content-type", b"text/plain")], text.encode())
            return 502
        try:
            own = {b"date", b"server"}  # our server adds its own
            kept = [header for header in end_to_end(response.headers.raw) if header[0] not in own]
            given = change(response.status_code, kept)
            if rewrite is not None and _is_page(kept):
                length = {b"content-length"}
                page = rewrite(await response.aread())
                await answer(send, response.status_code, [one for one in given if one[0] not in length], page)
                return response.status_code
            await send({"type": "http.response.start", "status": response.status_code, "headers": given})
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()
        return response.status_code

    async def ask(self, method: str, target: bytes, headers: Headers, body: bytes = b"") -> int:
        """Send a request of one's own; the answer's status. 502 for a server that cannot be reached."""
        try:
            response = await self._send(method, target, headers, body)
            await response.aclose()
        except httpx.HTTPError:
            return 502
        return response.status_code

    async def _send(
        self, method: str, target: bytes, headers: Headers, body: AsyncIterator[bytes] | bytes
    ) -> httpx.Response:
        # Made here, on the loop that uses it. Bodies of other lengths than announced are the server's affair.
        self._client = self._client or httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)
        has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)
        request = httpx.Request(
            method,
            self._base,
            headers=end_to_end(headers),
            content=body if has_body or isinstance(body, bytes) else b"",
            extensions={"target": target, "timeout": _TIMEOUT.as_dict()},
        )
        return await self._client.send(request, stream=True)


def target_of(scope: Scope, path: bytes | None = None) -> bytes:
    """Path and query as they were sent; `path` replaces the path."""
    raw = path if path is not None else scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return raw + b"?" + query if query else raw


def _is_page(headers: Headers) -> bool:
    named = dict(headers)
    return named.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in named
