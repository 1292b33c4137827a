"""Who may read a repository: every change is told, whatever the rules, and the last ones stand on a card.

GitHub dates none of these events, and tells some changes twice under two names (`team_add` and `team`, `public` and
`repository`): of two words on one thing that say the same within minutes, the second is no news.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from handlers.github.reading import Account, Hook, Json, ReadContext, Repository
from handlers.github.shared import (
    lines,
    linked,
    listed,
    person,
    quoted,
    repository_link,
    subject,
    to,
    when,
)
from stuf_bot.acts import Lane
from stuf_bot.chat.format import listing
from stuf_bot.relays import News, Relay, Subject

HEADING = "**Who may read** {name}: the latest changes, the newest first"
UNEXPECTED = "Next: if nobody expected this, take it back in {settings}, and tell the operators."
ASKED = "When I last asked GitHub ({at}), these could: {who}."
SEE = "Who may read it now: {settings}. Type `mute` for the rules of this topic; changes of access are always told."

_KEPT: Final = 12
_TWICE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change. `thing` is what it is about (`member:octo`), `said` what it says of it; both in plain letters.

    `text` is safe Markdown, and ends with a full stop. `expected`: it needs no advice what to do about it.
    """

    thing: str
    said: str
    text: str
    lane: Lane = Lane.OPERATION
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the changes of a repository, or of an account, are told. `settings` is a link, safe Markdown."""

    subject: Subject
    name: str
    settings: str


def of_repository(ctx: ReadContext, repository: Repository) -> Place:
    """The repository's own."""
    about = subject(ctx, repository, "access", "access", repository.name if ctx.stuf else "")
    address = f"{repository.html_url}/settings/access" if repository.html_url else ""
    return Place(about, repository_link(repository), to("the repository's settings", address))


def of_account(account: Account) -> Place:
    """An organization's or an App's, which is the fleet's: it may concern every repository."""
    login = account.login or "GitHub"
    about = Subject(f"github:{login}:access", "", "access", login)
    page = f"https://github.com/orgs/{login}/people" if account.login else ""
    return Place(about, linked(login, account.html_url), to("the settings of the account", page))


def tell(hook: Hook, ctx: ReadContext, place: Place, change: Change) -> Relay:
    """The change as news that nothing mutes, and the card with the latest of them."""
    about = place.subject
    facts = ctx.objects.read(ctx.session, about.key) or {}
    kept = facts.get("changes", [])
    earlier = next((one for one in kept if one["thing"] == change.thing), None)
    twice = (
        earlier is not None
        and earlier["said"] == change.said
        and ctx.now - datetime.fromisoformat(earlier["at"]) < _TWICE
    )
    if not twice:
        entry = {"thing": change.thing, "said": change.said, "text": change.text, "at": ctx.now.isoformat()}
        # Those of one moment stand in an order of their own, so that theirs is of no account.
        every = sorted([entry, *kept], key=lambda one: (one["at"], one["thing"], one["said"]), reverse=True)
        facts = {**facts, "changes": every[:_KEPT]}
        ctx.objects.keep(ctx.session, about.key, about.stuf, facts)
    advice = "" if change.expected else " " + UNEXPECTED.format(settings=place.settings)
    key = f"{change.thing}:{change.said}:{ctx.now.isoformat()}"
    news = () if twice else (News(key, change.text + advice, always=True),)
    return replace(shown(hook, ctx, place), news=news, lane=change.lane)


def shown(hook: Hook, ctx: ReadContext, place: Place) -> Relay:
    """The card as it stands, without news."""
    facts = ctx.objects.read(ctx.session, place.subject.key) or {}
    changes = facts.get("changes", [])
    return Relay(
        place.subject,
        "access",
        status=hook.action,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=lines(
            HEADING.format(name=place.name),
            listing(f"{when(datetime.fromisoformat(one['at']))} {one['text']}" for one in changes),
            _now(ctx, facts),
            SEE.format(settings=place.settings),
        ),
    )


def told_since(ctx: ReadContext, place: Place, thing: str, since: str) -> bool:
    """Whether a change of `thing` was told after `since` (ISO 8601)."""
    facts = ctx.objects.read(ctx.session, place.subject.key) or {}
    return any(one["thing"] == thing and one["at"] > since for one in facts.get("changes", []))


def _now(ctx: ReadContext, facts: Json) -> str:
    """Who may read it, as GitHub said when it was last asked."""
    now = facts.get("readers")
    if not now:
        return ""
    people = [
        f"{person(Account(login=name), ctx)} ({quoted(role, 40)})" for name, role in _part(now, "people")
    ]
    teams = [f"the team {quoted(name, 60)} ({quoted(role, 40)})" for name, role in _part(now, "teams")]
    keys = [f"the key {quoted(name, 60)} ({quoted(role, 40)})" for name, role in _part(now, "keys")]
    invited = [f"{person(Account(login=name), ctx)} is invited" for name, _ in _part(now, "invited")]
    who = [*(["**everybody**"] if now.get("public") else []), *people, *teams, *keys, *invited]
    return ASKED.format(
        at=when(datetime.fromisoformat(facts["read_at"])), who=", ".join(listed(who)) or "nobody"
    )


def _part(now: Json, name: str) -> list[tuple[str, str]]:
    return sorted((now.get(name) or {}).items())
