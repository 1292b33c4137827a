"""`resolve` and `unresolve`: an issue is solved, or is not."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from handlers.sentry.changing import change, plan_of
from handlers.sentry.target import target
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from provisioning.sentry.changes import Change
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest, said, without_code_marks
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.relays import Objects, Relays

router = Router()

DECIDING: Final = "the STUF's TAs, operators and administrators"
WHEN = "I do not know when {text} is. Type `resolve`, `resolve in next release`, or `resolve in` with a release, such as v13."
NOTHING_MORE = "I do not know what {text} means behind `unresolve`."
_IN: Final = re.compile(r"in\s+(?P<release>\S{1,200})", re.IGNORECASE)
_NEXT: Final = re.compile(r"in\s+(?:the\s+)?next(?:\s+release)?", re.IGNORECASE)


def not_all(text: str) -> str:
    """`all` begins another command. Raises ValueError for it."""
    if text.split(maxsplit=1)[:1] == ["all"]:
        raise ValueError("`all` is followed by `in` and a STUF")
    return text


class Resolve(
    Command,
    words="resolve",
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_RESOLVED,
    open_to=DECIDING,
    examples=("resolve", "resolve in next release", "resolve ACME-AUDIT-4F in v13"),
):
    """Resolve an issue of Sentry.

    In the topic of an issue that one is meant; elsewhere name it by its short id. A new event of it reopens it:
    at once, or with `in next release` and `in v13` only where it happens in that release or a later one.
    """

    what: Annotated[
        str,
        AfterValidator(not_all),
        Rest(),
        Field(title="issue and when", description="the issue's short id, and `in next release` or `in v13`"),
    ] = ""


class Unresolve(
    Command,
    words="unresolve",
    aliases=("reopen",),
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_REOPENED,
    open_to=DECIDING,
    examples=("unresolve", "unresolve ACME-AUDIT-4F"),
):
    """Open an issue of Sentry again that was resolved or archived."""

    issue: Annotated[
        str, Rest(), Field(title="issue", description="the issue's short id, such as `ACME-AUDIT-4F`")
    ] = ""


@router.plan
def plan_resolve(asked: Resolve, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> Plan:
    """Which one, and when. Raises Refusal."""
    record, when = target(asked.what, ctx, "resolve", objects=objects, relays=relays, fleet=fleet)
    return plan_of(record, _read(when)[1])


@router.do
def resolve(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Resolve, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet, errands: Errands
) -> list[Act]:
    """Ask Sentry for it."""
    record, when = target(asked.what, ctx, "resolve", objects=objects, relays=relays, fleet=fleet)
    wanted, what = _read(when)
    return change(
        record,
        wanted,
        what,
        typed=f"resolve {record.name} {when}".strip(),
        ctx=ctx,
        errands=errands,
    )


@router.plan
def plan_unresolve(asked: Unresolve, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> Plan:
    """Which one. Raises Refusal."""
    record, rest = target(asked.issue, ctx, "unresolve", objects=objects, relays=relays, fleet=fleet)
    _nothing_more(rest)
    return plan_of(record, "reopen it")


@router.do
def unresolve(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Unresolve, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet, errands: Errands
) -> list[Act]:
    """Ask Sentry for it."""
    record, rest = target(asked.issue, ctx, "unresolve", objects=objects, relays=relays, fleet=fleet)
    _nothing_more(rest)
    return change(
        record,
        changes.unresolve(),
        "reopen it",
        typed=f"unresolve {record.name}",
        ctx=ctx,
        errands=errands,
    )


def _read(when: str) -> tuple[Change, str]:
    """The change, and how it is said. Raises Refusal."""
    if not when:
        return changes.resolve(), "resolve it"
    if _NEXT.fullmatch(when):
        return changes.resolve_in_next_release(), "resolve it in the next release"
    if found := _IN.fullmatch(when):
        release = without_code_marks(found["release"])
        return changes.resolve_in(release), f"resolve it in {inline(release, 80)}"
    raise Refusal("bad-arguments", WHEN.format(text=said(when)), "help resolve")


def _nothing_more(rest: str) -> None:
    if rest:
        raise Refusal("too-many-words", NOTHING_MORE.format(text=said(rest)), "help unresolve")
