"""What happens to a repository or an organization as a whole: one topic, whose card lists the latest of it."""

import hashlib
from datetime import datetime
from typing import Final

from handlers.github.reading import Hook, Json, ReadContext
from handlers.github.shared import lines, linked, repository_link, subject, when
from stuf_bot.chat.format import listing
from stuf_bot.relays import News, Relay, Subject

HEADING = "🗂️ {name}: the latest of what happened to it on GitHub"
PLACE = "repository"
ORGANIZATION = "organization"
ACCOUNT = "account"
TITLE = "GitHub"
ACCOUNTS = "Accounts"

_KEPT: Final = 10


def place(hook: Hook, ctx: ReadContext) -> Subject:
    """The repository; where the payload names none, the organization; else GitHub itself."""
    if hook.repository.full_name:
        return subject(ctx, hook.repository, PLACE, PLACE, hook.repository.name if ctx.stuf else "")
    if hook.organization.login:
        login = hook.organization.login
        return Subject(key=f"github:{login}:organization", stuf="", label=ORGANIZATION, title=login)
    return Subject(key="github::account", stuf="", label=ACCOUNT, title=TITLE)


def told(  # noqa: PLR0913 - what is said, when it was, who may mute it: each by name.
    hook: Hook,
    ctx: ReadContext,
    text: str,
    *,
    kind: str,
    at: datetime | None = None,
    status: str = "",
    news: bool = False,
    always: bool = False,
) -> Relay:
    """`text` (safe, one line) on the card, as the line of the time `at`; with `news` also as a message."""
    about = place(hook, ctx)
    key = hashlib.sha256(f"{at or ''}|{text}".encode()).hexdigest()[:20]
    entries = _entries(ctx, about, {"key": key, "at": (at or ctx.now).isoformat(), "text": text})
    shown = [f"{when(datetime.fromisoformat(entry['at']))} {entry['text']}" for entry in entries]
    name = repository_link(hook.repository) if hook.repository.full_name else _organization(hook)
    return Relay(
        about,
        kind,
        status=status or hook.action,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=lines(HEADING.format(name=name), listing(shown)),
        news=(News(key, text, always=always),) if news else (),
    )


def _entries(ctx: ReadContext, about: Subject, entry: Json) -> list[Json]:
    """The latest entries, newest first, with this one among them once."""
    kept = (ctx.objects.read(ctx.session, about.key) or {}).get("entries", [])
    others = [one for one in kept if one["key"] != entry["key"]]
    same = [one for one in kept if one["key"] == entry["key"]]
    every = sorted([*others, *(same or [entry])], key=lambda one: (one["at"], one["key"]), reverse=True)
    entries = every[:_KEPT]
    ctx.objects.keep(ctx.session, about.key, about.stuf, {"entries": entries})
    return entries


def _organization(hook: Hook) -> str:
    organization = hook.organization
    return linked(organization.login, organization.html_url) if organization.login else ACCOUNTS
