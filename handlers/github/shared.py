"""How what comes from GitHub is written: people, repositories, commits, texts. All goes through `outside.py`.

What it gives does not stand within `**`: there, code is not safe from the marks in it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from handlers.github.reading import Account, Facts, Moment, ReadContext, Repository
from stuf_bot.chat.format import moment, spoiler
from stuf_bot.chat.outside import block, inline, link, link_label
from stuf_bot.personal_text import hidden
from stuf_bot.places import silent_mention
from stuf_bot.relays import Subject

SOMEBODY = "somebody"
HIDDEN = "[…]"
MORE = "… and {count} more"

_READ = 4000
_LINE_LENGTH = 200
_EXCERPT_LENGTH = 1000
_EXCERPT_LINES = 15
_SHORT_SHA = 7
_ADDRESS_LENGTH = 400
# Whose addresses Zulip shows a picture or a player for, wherever they stand in a message.
_PICTURE = re.compile(
    r"\.(?:a?png|avif|bmp|gif|heic|jpe?g|mov|mp[34]|og[agv]|svg|tiff?|wav|web[mp])$", re.IGNORECASE
)
_PLAYERS = re.compile(
    r"(?:^|\.)(?:youtube\.com|youtu\.be|vimeo\.com|dropbox\.com|twitter\.com|x\.com)$", re.IGNORECASE
)


def clean(text: str) -> str:
    """The beginning of a text, with e-mail addresses and phone numbers left out."""
    return hidden(text[:_READ], HIDDEN)


def _first_line(text: str) -> str:
    return clean(next((line for line in text[:_READ].splitlines() if line.strip()), ""))[:_LINE_LENGTH]


class Commit(Facts):
    """A commit as pushes tell of it: of the message the first line. `verified` is None where nobody asked yet."""

    class Author(Facts):
        """The e-mail address is left where it is."""

        name: Annotated[str, AfterValidator(_first_line)] = ""
        username: str = ""

    id: str = ""
    message: Annotated[str, AfterValidator(_first_line)] = ""
    timestamp: Moment = None
    url: str = ""
    author: Author = Author()
    verified: bool | None = None


def quoted(text: str, longest: int = 120) -> str:
    """Words of others, on one line, as code."""
    return inline(clean(text), longest)


def linked(text: str, address: str) -> str:
    """Words of others as the label of a link, where the address is one that embeds nothing."""
    return to(link_label(clean(text)), address)


def to(label: str, address: str) -> str:
    """`label` (safe already) as a link; the label alone where the address is none, too long, or shown as a picture."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return label
    if len(address) > _ADDRESS_LENGTH or _PICTURE.search(parts.path) or _PLAYERS.search(parts.hostname or ""):
        return label
    return link(label, address)


def excerpt(text: str, title: str = "") -> str:
    """The beginning of a longer text as a block, behind `title` (our own words) if there is one; "" for none."""
    lines = clean(text).strip().splitlines()
    shown = "\n".join(lines[:_EXCERPT_LINES])
    if len(shown) > _EXCERPT_LENGTH or len(lines) > _EXCERPT_LINES:
        shown = shown[:_EXCERPT_LENGTH].rstrip() + "\n…"
    if not shown.strip():
        return ""
    return spoiler(title, block(shown)) if title else block(shown)


def person(account: Account, ctx: ReadContext) -> str:
    """Who it is, without calling them: the person of the realm, else the account's name as code."""
    user_id = ctx.user_id(account)
    if user_id is not None:
        return silent_mention(user_id)
    return quoted(account.login, 60) if account.login else SOMEBODY


def persons(accounts: Iterable[Account], ctx: ReadContext) -> str:
    """Several, with commas."""
    return ", ".join(listed([person(account, ctx) for account in accounts]))


def listed(items: Sequence[str], most: int = 10) -> list[str]:
    """The first of them, and how many more there are."""
    kept = list(items[:most])
    return [*kept, MORE.format(count=len(items) - most)] if len(items) > most else kept


def repository_link(repository: Repository) -> str:
    """The repository's full name, to be clicked."""
    return linked(repository.full_name or repository.name, repository.html_url)


def commit_line(commit: Commit, ctx: ReadContext) -> str:
    """Hash with link, first line, author, verified or not; one line of a list."""
    mark = {True: "✔ verified", False: "⚠ not verified", None: ""}[commit.verified]
    parts = [
        to(inline(short(commit.id)), commit.url) if commit.id else "",
        quoted(commit.message) if commit.message else "",
    ]
    author = Account(login=commit.author.username)
    if author.login:
        parts.append(f"by {person(author, ctx)}")
    elif commit.author.name:
        parts.append(f"by {quoted(commit.author.name, 60)}")
    return " ".join(part for part in parts if part) + (f" · {mark}" if mark else "")


def short(sha: str) -> str:
    """The beginning of a commit's hash, as people write it."""
    return sha[:_SHORT_SHA]


def branch_of(ref: str) -> str:
    """`main` of `refs/heads/main`; tags and plain names likewise."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def when(at: datetime | None) -> str:
    """A time that everybody reads in their own zone; "" for none."""
    return moment(at) if at else ""


def lines(*parts: str) -> str:
    """Those that are not empty, one a line."""
    return "\n".join(part for part in parts if part)


def subject(ctx: ReadContext, repository: Repository, what: str, label: str, title: str) -> Subject:
    """The object `what` (such as `pull:12`) of a repository. Among the fleet's, the label names the repository."""
    key = f"github:{repository.full_name}:{what}"
    name = repository.name or repository.full_name.rpartition("/")[2]
    shown = label if ctx.stuf or not name else f"{name}{'' if label.startswith('#') else ' '}{label}"
    return Subject(key=key, stuf=ctx.scope, label=shown, title=clean(title))
