"""What all pages share: the frame, safe HTML, headers, and who may send a form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from sandbox.sentry import records
from sandbox.sentry.calls import ApiError
from sandbox.sentry.realm import Realm
from sandbox.viewing import PageMissingError, assets, headers_of, is_local, refused

_STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = headers_of(images="data:", forms="'self'", referrer="same-origin")
_MOST_FORM: Final = 65_536
_NOTE: Final = (
    "A Sentry for trying things out. Anybody on this machine may look and act here, as whom they like."
)
_FRAME: Final = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Sentry in the sandbox</title>
<link rel="stylesheet" href="/_assets/page.css">
<link rel="icon" href="data:,">
<script src="/_assets/page.js" defer></script>
</head>
<body>
<header><a class="home" href="/">Sentry <span>in the sandbox</span></a></header>
<p class="note">{note}</p>
<main id="main" data-live="3000">
{body}
</main>
</body>
</html>
""")


@dataclass(frozen=True)
class Page:
    """One page."""

    title: str
    body: Markup


@dataclass(frozen=True)
class Visit:
    """One request for a page. `form` is what was sent with it."""

    realm: Realm
    path: Mapping[str, Any]
    query: Mapping[str, str]
    form: Mapping[str, str]

    def organization(self) -> records.Organization:
        """The organization of the address. Raises PageMissingError."""
        found = self.realm.organization(self.path["org"])
        if found is None:
            raise PageMissingError
        return found

    def issue(self) -> records.Issue:
        """The issue of the address. Raises PageMissingError."""
        found = self.realm.issues.get(self.path["issue"])
        if found is None or self.realm.projects[found.project].organization != self.organization().id:
            raise PageMissingError
        return found

    def members(self) -> list[records.User]:
        """The people of the organization."""
        people = self.realm.users.where(organization=self.organization().id, app=False)
        return [one for one in people if not one.username.startswith("token-")]


Maker = Callable[[Visit], Page]
Doer = Callable[[Visit], str]
"""Does what a form asks for; gives the address to go to. Raises ApiError, PageMissingError."""


class View:
    """Turns functions into endpoints."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm

    def shows(self, maker: Maker) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._show, maker, request)

        return answer

    def does(self, doer: Doer) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MOST_FORM:
                    return PlainTextResponse("This form is too long.\n", 413, _HEADERS)
            return await run_in_threadpool(self._do, doer, request, bytes(body))

        return answer

    def _show(self, maker: Maker, request: Request) -> Response:
        if not is_local(request):
            return refused(_HEADERS)
        try:
            page = maker(Visit(self._realm, request.path_params, request.query_params, {}))
        except PageMissingError:
            return _missing()
        return HTMLResponse(_framed(page), headers=_HEADERS)

    def _do(self, doer: Doer, request: Request, body: bytes) -> Response:
        if not is_local(request) or _from_elsewhere(request):
            return refused(_HEADERS)
        form = dict(parse_qsl(body.decode(errors="replace")))
        try:
            to = doer(Visit(self._realm, request.path_params, request.query_params, form))
        except PageMissingError:
            return _missing()
        except ApiError as wrong:
            text = Markup("<h1>That did not work</h1><p>{}</p>").format(str(wrong))
            return HTMLResponse(_framed(Page("Not done", text)), wrong.status, _HEADERS)
        return RedirectResponse(to, 303, _HEADERS)


def counted(number: int, one: str) -> str:
    """`1 event`, `2 events`."""
    return f"{number} {one}{'' if number == 1 else 's'}"


def when(seconds: float) -> Markup:
    """A time in UTC that the page's script turns into the reader's own zone."""
    at = datetime.fromtimestamp(int(seconds), UTC)
    return Markup("<time datetime='{}'>{}</time>").format(at.isoformat(), at.strftime("%d %b %Y %H:%M UTC"))


asset = assets(_STATIC, _HEADERS)


def _framed(page: Page) -> str:
    return _FRAME.format(title=page.title, note=_NOTE, body=page.body)


def _missing() -> Response:
    text = Markup("<h1>Nothing here</h1><p>See <a href='/'>all issues</a>.</p>")
    return HTMLResponse(_framed(Page("Not found", text)), 404, _HEADERS)


def _from_elsewhere(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return True
    return request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
