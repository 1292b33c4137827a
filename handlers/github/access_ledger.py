"""Who may read a repository: every change is told, whatever the rules, and the last ones stand on a card.

GitHub dates none of these events, and tells some changes twice under two names (`team_add` and `team`, `public` and
`repository`): of two words on one thing that say the same within minutes, the second is no news.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handlers.github.reading import Account, Hook, ReadContext, Repository
from handlers.github.shared import lines, linked, repository_link, subject, to, when
from stuf_bot.acts import Lane
from stuf_bot.chat.format import listing
from stuf_bot.relays import News, Relay, Subject

HEADING = "**Who may read** {name}: the latest changes, the newest first"
UNEXPECTED = "Next: if nobody expected this, take it back in {settings}, and tell the operators."
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
    kept = (ctx.objects.read(ctx.session, about.key) or {}).get("changes", [])
    earlier = next((one for one in kept if one["thing"] == change.thing), None)
    twice = (
        earlier is not None
        and earlier["said"] == change.said
        and ctx.now - datetime.fromisoformat(earlier["at"]) < _TWICE
    )
    if not twice:
        entry = {"thing": change.thing, "said": change.said, "text": change.text, "at": ctx.now.isoformat()}
        # Those of one moment stand in an order of their own, so that theirs is of no account.
        kept = sorted([entry, *kept], key=lambda one: (one["at"], one["thing"], one["said"]), reverse=True)[
            :_KEPT
        ]
        ctx.objects.keep(ctx.session, about.key, about.stuf, {"changes": kept})
    advice = "" if change.expected else " " + UNEXPECTED.format(settings=place.settings)
    key = f"{change.thing}:{change.said}:{ctx.now.isoformat()}"
    return Relay(
        about,
        "access",
        status=hook.action,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=lines(
            HEADING.format(name=place.name),
            listing(f"{when(datetime.fromisoformat(one['at']))} {one['text']}" for one in kept),
            SEE.format(settings=place.settings),
        ),
        news=() if twice else (News(key, change.text + advice, always=True),),
        lane=change.lane,
    )
