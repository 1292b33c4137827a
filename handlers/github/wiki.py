"""Pages of a repository's wiki that were written or changed."""

from handlers.github.activity import told
from handlers.github.reading import Facts, Hook, Json, ReadContext, Unreadable
from handlers.github.shared import linked, listed, person
from stuf_bot.relays import Relay

WROTE = "📖 {who} worked on the wiki: {pages}."
CREATED = "created {page}"
EDITED = "edited {page}"


class Page(Facts):
    """A page of the wiki."""

    title: str = ""
    action: str = ""
    html_url: str = ""


class WikiHook(Hook):
    """A `gollum` delivery, so called after GitHub's wiki software."""

    pages: tuple[Page, ...] = ()


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """One line for all pages of one save."""
    hook = WikiHook.of(payload)
    pages = [
        (CREATED if page.action == "created" else EDITED).format(page=linked(page.title, page.html_url))
        for page in hook.pages
        if page.title
    ]
    if not pages:
        raise Unreadable("no pages")
    text = WROTE.format(who=person(hook.sender, ctx), pages=", ".join(listed(pages)))
    return [
        told(hook, ctx, text, kind="repository", at=hook.repository.updated_at, status="edited", news=True)
    ]
