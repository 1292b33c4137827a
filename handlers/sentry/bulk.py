"""`resolve all` and `archive all`: many issues of one STUF, each of them named in the plan."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from handlers._fleet import find_to_act
from handlers.sentry import record as records
from handlers.sentry.changing import put
from handlers.sentry.record import Record
from handlers.sentry.resolve import DECIDING
from handlers.sentry.wording import counted
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from provisioning.sentry.changes import Change
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest, said, without_code_marks
from stuf_bot.chat.format import duration, listing, moment
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.chat.times import read_duration
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

PLAN = "**Plan: {what} {count} of `{slug}`{age}**\n{issues}\nOnly these; what comes meanwhile stays as it is."
NONE = "`{slug}` has no unresolved errors{age}."
HOW = "I do not know what {text} means. Type for example `{words} in acme-audit older than 30d`."
ASKED = "I have asked Sentry to {what} {count}: {issues}. Their cards follow."
TOO_MANY = "These are {count}; I change {most} at once. Choose fewer: `older than` with a longer time."
MOST: Final = 100
_GIVEN: Final = re.compile(
    r"(?:in|of)\s+(?P<slug>\S+)(?:\s+(?:older\s+than|not\s+seen\s+for)\s+(?P<age>.+))?", re.IGNORECASE
)
_DESCRIBED: Final = "`in` and a STUF, and perhaps `older than 30d`: last seen longer ago than that"


class ResolveAll(
    Command,
    words="resolve all",
    effect=Effect.CHANGES,
    tag=Tag.ISSUES_CHANGED,
    open_to=DECIDING,
    examples=("resolve all in acme-audit", "resolve all in acme-audit older than 30d"),
):
    """Resolve all unresolved errors of a STUF, or those that were last seen longer ago than a time.

    The plan names each of them, and only those are resolved.
    """

    which: Annotated[str, Rest(), Field(title="in STUF older than", description=_DESCRIBED)]


class ArchiveAll(
    Command,
    words="archive all",
    effect=Effect.CHANGES,
    tag=Tag.ISSUES_CHANGED,
    open_to=DECIDING,
    examples=("archive all in acme-audit older than 30d",),
):
    """Archive all unresolved errors of a STUF until they escalate, or those last seen longer ago than a time.

    The plan names each of them, and only those are archived.
    """

    which: Annotated[str, Rest(), Field(title="in STUF older than", description=_DESCRIBED)]


@router.plan
def plan_resolve(asked: ResolveAll, ctx: Context, *, fleet: Fleet) -> Plan:
    """Which ones. Raises Refusal."""
    return _plan(asked.which, "resolve", ctx, fleet)


@router.do
def resolve(asked: ResolveAll, ctx: Context, *, fleet: Fleet, errands: Errands) -> list[Act]:
    """Ask Sentry for each."""
    return _do(asked.which, "resolve", changes.resolve(), ctx=ctx, fleet=fleet, errands=errands)


@router.plan
def plan_archive(asked: ArchiveAll, ctx: Context, *, fleet: Fleet) -> Plan:
    """Which ones. Raises Refusal."""
    return _plan(asked.which, "archive", ctx, fleet)


@router.do
def archive(asked: ArchiveAll, ctx: Context, *, fleet: Fleet, errands: Errands) -> list[Act]:
    """Ask Sentry for each."""
    return _do(
        asked.which, "archive", changes.archive_until_escalating(), ctx=ctx, fleet=fleet, errands=errands
    )


def _plan(which: str, what: str, ctx: Context, fleet: Fleet) -> Plan:
    slug, age, found = _found(which, what, ctx, fleet)
    text = PLAN.format(
        what=what,
        count=counted(len(found), "error"),
        slug=slug,
        age=_older(age),
        issues=listing(_line(one) for one in found),
    )
    stuf = find_to_act(fleet, slug, ctx, f"{what} all")
    return Plan(
        title=f"{what} {counted(len(found), 'error')} of `{slug}`",
        text=text,
        # Not undone by one word: it is confirmed like what costs, whatever is said of single changes.
        effect=Effect.COSTS,
        stuf=slug,
        channel=stuf.channel,
        basis=" ".join(sorted(one.issue.id for one in found)),
    )


def _do(  # noqa: PLR0913 - what is done to which, and what it takes.
    which: str, what: str, change: Change, *, ctx: Context, fleet: Fleet, errands: Errands
) -> list[Act]:
    _, _, found = _found(which, what, ctx, fleet)
    for one in found:
        put(one, change, f"{what} {one.name}", ctx, errands)
    names = ", ".join(inline(one.name, 60) for one in found)
    return [ctx.reply(ASKED.format(what=what, count=counted(len(found), "error"), issues=names))]


def _found(
    which: str, what: str, ctx: Context, fleet: Fleet
) -> tuple[str, timedelta | None, Sequence[Record]]:
    """The STUF, how long ago, and the issues. Raises Refusal."""
    words = f"{what} all"
    given = _GIVEN.fullmatch(" ".join(which.split()))
    if given is None:
        raise Refusal("bad-arguments", HOW.format(text=said(which), words=words), f"help {words}")
    slug = find_to_act(fleet, without_code_marks(given["slug"]).lower(), ctx, words).slug
    try:
        age = read_duration(given["age"]) if given["age"] else None
    except ValueError:
        raise Refusal(
            "bad-arguments", HOW.format(text=said(given["age"]), words=words), f"help {words}"
        ) from None
    there = [one for one in records.known(ctx.session, (slug,)) if one.is_open and not one.is_measured]
    found = [one for one in there if _is_older(one, age, ctx)]
    if not found:
        raise Refusal("no-issues", NONE.format(slug=slug, age=_older(age)), f"errors {slug}")
    if len(found) > MOST:
        raise Refusal("too-many", TOO_MANY.format(count=counted(len(found), "error"), most=MOST))
    return slug, age, found


def _is_older(one: Record, age: timedelta | None, ctx: Context) -> bool:
    return age is None or (one.issue.last_seen is not None and ctx.now - one.issue.last_seen > age)


def _older(age: timedelta | None) -> str:
    return f", last seen more than {duration(age.total_seconds())} ago" if age else ""


def _line(one: Record) -> str:
    seen = f", last seen {moment(one.issue.last_seen)}" if one.issue.last_seen else ""
    return f"{inline(one.name, 60)} {inline(one.issue.title, 80)}{seen}"
