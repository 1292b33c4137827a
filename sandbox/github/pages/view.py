"""What all pages share: the frame, safe HTML, headers, and what is not there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.github import records
from sandbox.github.git import Bare, GitError
from sandbox.github.realm import Realm
from sandbox.viewing import PageMissingError, assets, headers_of, is_local, join, refused

_STATIC = Path(__file__).parent / "static"
HEADERS = headers_of(images="'self'", forms="'none'", referrer="no-referrer")
_NOTE = "A GitHub for trying things out. Private repositories are shown here to anybody on this machine."

_FRAME = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · GitHub in the sandbox</title>
<link rel="stylesheet" href="/_assets/page.css">
<link rel="icon" href="/_assets/icon.svg">
<script src="/_assets/page.js" defer></script>
</head>
<body>
<header><a class="home" href="/">GitHub <span>in the sandbox</span></a>{crumbs}</header>
<p class="note">{note}</p>
{tabs}
<main id="main"{live}>
{body}
</main>
</body>
</html>
""")


@dataclass(frozen=True)
class Page:
    """One page. `live`: it is fetched again every second while somebody looks at it."""

    title: str
    body: Markup
    repository: records.Repository | None = None
    tab: str = ""
    live: bool = False


@dataclass(frozen=True)
class Visit:
    """One request for a page."""

    realm: Realm
    path: dict[str, Any]

    def repository(self) -> records.Repository:
        """The repository of the address. Raises PageMissingError."""
        found = self.realm.repository(self.path["owner"], self.path["repo"])
        if found is None:
            raise PageMissingError
        return found

    def bare(self) -> Bare:
        return self.realm.bare(self.repository())


Maker = Callable[[Visit], Page | Response]


class View:
    """Turns functions that make pages into endpoints."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm

    def endpoint(self, maker: Maker) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._answer, maker, request)

        return answer

    def _answer(self, maker: Maker, request: Request) -> Response:
        if not is_local(request):
            return refused(HEADERS)
        try:
            page = maker(Visit(self._realm, request.path_params))
        except (PageMissingError, GitError):
            text = Markup("<h1>Nothing here</h1><p>See <a href='/'>all repositories</a>.</p>")
            return HTMLResponse(_frame(Page("Not found", text)), 404, HEADERS)
        if isinstance(page, Response):
            return page
        return HTMLResponse(_frame(page), headers=HEADERS)


asset = assets(_STATIC, HEADERS)


def avatar(request: Request) -> Response:
    """A coloured square for an account."""
    hue = int(request.path_params["number"]) * 47 % 360
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<rect width="40" height="40" rx="20" fill="hsl({hue} 55% 55%)"/></svg>'
    )
    return Response(text, headers={**HEADERS, "Content-Type": "image/svg+xml"})


def _frame(page: Page) -> str:
    crumbs, tabs = Markup(""), Markup("")
    if page.repository is not None:
        row = page.repository
        base = f"/{row.full_name}"
        badge = "Private" if row.private else "Public"
        crumbs = Markup(
            "<nav class='crumbs'><a href='/{0}'>{0}</a> / <a href='{2}'><b>{1}</b></a>"
            " <span class='badge'>{3}</span></nav>"
        ).format(row.owner, row.name, base, badge)
        names = {"Code": base, "Commits": f"{base}/commits", "Actions": f"{base}/actions"}
        links = [
            Markup("<a href='{}'{}>{}</a>").format(
                link, Markup(" aria-current='page'") if name == page.tab else "", name
            )
            for name, link in names.items()
        ]
        tabs = Markup("<nav class='tabs'>{}</nav>").format(join(links))
    return _FRAME.format(
        title=page.title,
        crumbs=crumbs,
        note=_NOTE,
        tabs=tabs,
        live=Markup(" data-live='1000'") if page.live else "",
        body=page.body,
    )
