"""Which issues a person may see, and which of them are asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers._fleet import find, may_act, visible
from handlers.sentry import record as records
from handlers.sentry.accounts import user_of
from handlers.sentry.deploys import deployed_before
from handlers.sentry.record import Record
from handlers.sentry.wording import Who
from provisioning.fleet import Fleet, Stuf
from stuf_bot.access import Role
from stuf_bot.chat.arguments import said, without_code_marks
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.relays import People

NO_DEPLOYMENT = "Nothing was deployed to `{slug}` yet, as far as I know, so nothing came with it."
WHICH = "I do not know what {text} means here. Type `errors {slug}`, with `unresolved`, `mine` or `since deploy` behind it."
ALL: Final = "all"
FILTERS: Final = ("unresolved", "mine", "since deploy")
_DEPLOY: Final = frozenset(
    {"since deploy", "since deployment", "since the deployment", "since the last deployment"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`stufs` are the slugs ("" the fleet's own), `filter` one of FILTERS or empty, `slug` the one STUF, if it is one."""

    stufs: tuple[str, ...]
    filter: str
    slug: str = ""


def wanted(text: str, ctx: Context, fleet: Fleet) -> Wanted:
    """What is asked for: a STUF or all, and which of its issues. Raises Refusal.

    Without a STUF it is the one in whose channel it is typed, elsewhere all.
    """
    first, _, rest = text.strip().partition(" ")
    name, rest = without_code_marks(first).lower(), " ".join(rest.lower().split())
    everything = [stuf.slug for stuf in visible(fleet, ctx)]
    if name and name not in everything and " ".join(text.lower().split()) in {*FILTERS, *_DEPLOY}:
        name, rest = "", " ".join(text.lower().split())
    if not name:
        here = [stuf.slug for stuf in visible(fleet, ctx) if stuf.channel == ctx.channel_name]
        name = here[0] if len(here) == 1 else ALL
    kind = "since deploy" if rest in _DEPLOY else rest
    if kind and kind not in FILTERS:
        raise Refusal("bad-arguments", WHICH.format(text=said(rest), slug=name), "help errors")
    if name != ALL:
        stuf = find(fleet, name, ctx)
        return Wanted((stuf.slug,), kind, stuf.slug)
    own = ("",) if Role.VIEWER in ctx.roles else ()
    return Wanted((*everything, *own), kind)


def listed(asked: Wanted, ctx: Context, people: People) -> Sequence[Record]:
    """The issues, the newest events first: those that are not resolved where no filter says more. Raises Refusal."""
    found = [one for one in records.known(ctx.session, asked.stufs) if not one.gone and not one.is_measured]
    return [one for one in found if _test(asked, ctx, people)(one)]


def _test(asked: Wanted, ctx: Context, people: People) -> Callable[[Record], bool]:
    if asked.filter == "unresolved":
        return lambda one: one.is_open
    if asked.filter == "mine":
        return lambda one: not one.is_over and _is_mine(one, ctx, people)
    if asked.filter == "since deploy":
        since = {slug: _deployed(slug, ctx) for slug in asked.stufs}
        if asked.slug and since[asked.slug] is None:
            raise Refusal("no-deployment", NO_DEPLOYMENT.format(slug=asked.slug), f"errors {asked.slug}")
        return lambda one: not one.is_over and _is_since(one, since.get(one.stuf))
    return lambda one: not one.is_over


def _deployed(slug: str, ctx: Context) -> datetime | None:
    found = deployed_before(ctx.session, slug, ctx.now) if slug else None
    return found.at if found else None


def _is_since(one: Record, since: datetime | None) -> bool:
    return since is not None and one.issue.first_seen is not None and one.issue.first_seen >= since


def _is_mine(one: Record, ctx: Context, people: People) -> bool:
    to = one.issue.assigned
    if to is None or to.kind != "user":
        return False
    return user_of(ctx.session, people, Who(to.id, to.name)) == ctx.person.user_id


def workable(fleet: Fleet, ctx: Context) -> list[Stuf]:
    """The STUFs whose issues this person may work on."""
    return [stuf for stuf in visible(fleet, ctx) if may_act(stuf, ctx)]
