"""The front door that plays CloudFront: every STUF below its slug, the page at `/`, the API at `/api`.

The page comes through the STUF's own distribution, which the emulator serves, so that its headers and its
default document are those of the template. The API is passed on here, since the emulator's distribution
refuses to call addresses that belong to AWS.
"""

import asyncio
import html
import re
from typing import Final

from sandbox.aws.button import LINK, PATH, ErrorButton
from sandbox.aws.faults import FRONT_DOOR_STAGE, Faults
from sandbox.aws.forward import Forwarder, Headers, Receive, Scope, Send, answer, body_of, target_of
from sandbox.aws.stacks import Place, Stacks

_PATH: Final = re.compile(rb"/([a-z][a-z0-9-]*)(/.*)?")
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_BLOCKED: Final = b"""<!doctype html><title>403</title><h1>403 ERROR</h1>
<p>The request could not be satisfied. Request blocked.</p>
"""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;
padding:0 1rem}}code{{font-size:.95em}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


class Edge:
    """An ASGI application."""

    def __init__(self, forwarder: Forwarder, stacks: Stacks, faults: Faults, aws_url: str) -> None:
        self._forwarder = forwarder
        self._stacks = stacks
        self._faults = faults
        self._aws_url = aws_url
        self._button = ErrorButton(faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        matched = _PATH.fullmatch(raw)
        slug = matched.group(1).decode() if matched else ""
        place = await asyncio.to_thread(self._stacks.place, slug) if slug else None
        if place is None:
            await self._not_found(send, slug)
            return
        rest = matched.group(2) if matched else None
        if rest is None:
            await answer(send, 308, [(b"location", f"/{slug}/".encode())], b"")
        elif rest == b"/api" or rest.startswith(b"/api/"):
            await self._api(scope, receive, send, place, rest)
        elif rest == PATH:
            await self._button(scope, send, slug, lambda *call: self._ask(place, *call))
        else:
            await self._page(scope, receive, send, place, rest)

    async def _api(self, scope: Scope, receive: Receive, send: Send, place: Place, path: bytes) -> None:
        await self._forwarder.pass_on(
            send,
            method=scope["method"],
            target=target_of(scope, path),
            headers=_readdressed(scope, self._api_host(place)),
            body=body_of(receive),
        )

    async def _ask(self, place: Place, method: str, path: bytes, body: bytes) -> int:
        headers = [
            (b"host", self._api_host(place).encode()),
            (b"x-forwarded-proto", b"https"),
            (b"content-type", b"application/json"),
        ]
        return await self._forwarder.ask(method, path, headers, body)

    def _api_host(self, place: Place) -> str:
        return f"{place.api_id}.execute-api.127.0.0.1:{self._aws_url.rpartition(':')[2]}"

    async def _page(self, scope: Scope, receive: Receive, send: Send, place: Place, path: bytes) -> None:
        # The page, not the API: a version that does not answer yet is asked for again.
        if self._faults.take(FRONT_DOOR_STAGE):
            # What CloudFront answers when its configuration lets a request no further.
            await answer(send, 403, [_HTML, (b"x-cache", b"Error from cloudfront")], _BLOCKED)
            return
        await self._forwarder.pass_on(
            send,
            method=scope["method"],
            target=target_of(scope, path),
            headers=_readdressed(scope, place.distribution_host),
            body=body_of(receive),
            change=lambda _status, headers: self._for_this_machine(headers),
            rewrite=lambda page: page.replace(b"</body>", LINK),
        )

    def _for_this_machine(self, headers: Headers) -> Headers:
        """Storage has another address here than the template's policy names, and nothing here speaks TLS."""
        changed = []
        for name, value in headers:
            if name == b"content-security-policy":
                policy = value.replace(b"upgrade-insecure-requests", b"").strip().rstrip(b";")
                allowed = policy.replace(b"connect-src", b"connect-src " + self._aws_url.encode())
                changed.append((name, allowed))
            elif name != b"strict-transport-security":
                changed.append((name, value))
        return changed

    async def _not_found(self, send: Send, slug: str) -> None:
        slugs = await asyncio.to_thread(self._stacks.slugs)
        links = "".join(f'<li><a href="/{name}/">{html.escape(name)}</a></li>' for name in slugs)
        standing = f"<p>These upload pages stand:</p><ul>{links}</ul>" if links else "<p>None stands yet.</p>"
        if slug:
            title = "No such upload page"
            about = f"<p>There is no finished STUF <code>{html.escape(slug)}</code> here.</p>"
            hint = "<p>Create one in the chat: <code>@STUF Bot create</code>.</p>"
        else:
            title, about, hint = "Upload pages", "", ""
        body = _PAGE.format(title=title, body=about + standing + hint).encode()
        await answer(send, 404 if slug else 200, [_HTML], body)


def _readdressed(scope: Scope, host: str) -> Headers:
    """The request's headers, to `host`; the viewer came by TLS, as it would on CloudFront."""
    kept = [(name, value) for name, value in scope["headers"] if name not in {b"host", b"x-forwarded-proto"}]
    return [*kept, (b"host", host.encode()), (b"x-forwarded-proto", b"https")]
