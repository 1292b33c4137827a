"""`archive`: an issue that nobody works on is put out of sight, until it matters."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from handlers.sentry.changing import change, plan_of
from handlers.sentry.resolve import DECIDING, not_all
from handlers.sentry.target import target
from handlers.sentry.wording import counted
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from provisioning.sentry.changes import Change
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest, said
from stuf_bot.chat.format import duration
from stuf_bot.chat.plans import Plan
from stuf_bot.chat.times import read_duration
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.relays import Objects, Relays

router = Router()

UNTIL = (
    "I do not know how long {text} is. Type `archive until escalating`, `archive for 3 days`, "
    "`archive after 100 events`, `archive after 10 users` or `archive forever`."
)
_AFTER: Final = re.compile(
    r"(?:after|until)\s+(?P<count>[0-9]{1,7})\s+(?:more\s+)?(?P<what>events?|users?|people|persons?)",
    re.IGNORECASE,
)
_MINUTE: Final = 60


class Archive(
    Command,
    words="archive",
    aliases=("ignore",),
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_ARCHIVED,
    open_to=DECIDING,
    examples=(
        "archive until escalating",
        "archive for 3 days",
        "archive ACME-AUDIT-4F after 100 events",
        "archive forever",
    ),
):
    """Put an issue of Sentry out of sight, until it escalates, for a while, until it has happened so often, or for ever.

    Without more it is archived until it escalates: until it happens much more often than before.
    """

    what: Annotated[
        str,
        AfterValidator(not_all),
        Rest(),
        Field(
            title="issue and until",
            description="the issue's short id, and `until escalating`, `for 3 days`, `after 100 events` or `forever`",
        ),
    ] = ""


@router.plan
def plan(asked: Archive, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> Plan:
    """Which one, and until when. Raises Refusal."""
    record, until = target(asked.what, ctx, "archive", objects=objects, relays=relays, fleet=fleet)
    return plan_of(record, _read(until)[1])


@router.do
def archive(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Archive, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet, errands: Errands
) -> list[Act]:
    """Ask Sentry for it."""
    record, until = target(asked.what, ctx, "archive", objects=objects, relays=relays, fleet=fleet)
    wanted, what = _read(until)
    return change(
        record,
        wanted,
        what,
        typed=f"archive {record.name} {until}".strip(),
        ctx=ctx,
        errands=errands,
    )


def _read(until: str) -> tuple[Change, str]:
    """The change, and how it is said. Raises Refusal."""
    words = " ".join(until.lower().split())
    if words in {"", "until escalating", "until it escalates"}:
        return changes.archive_until_escalating(), "archive it until it escalates"
    if words in {"forever", "for ever"}:
        return changes.archive_forever(), "archive it for ever"
    if found := _AFTER.fullmatch(words):
        count = int(found["count"])
        if count > 0 and found["what"].startswith("event"):
            return changes.archive_after(count), f"archive it until {counted(count, 'more event')}"
        if count > 0:
            return changes.archive_after_users(
                count
            ), f"archive it until {counted(count, 'more person', 'more people')}"
    if words.startswith("for "):
        try:
            span = read_duration(words.removeprefix("for "))
        except ValueError:
            raise _unclear(until) from None
        minutes = max(1, round(span.total_seconds() / _MINUTE))
        return changes.archive_for(minutes), f"archive it for {duration(minutes * _MINUTE)}"
    raise _unclear(until)


def _unclear(until: str) -> Refusal:
    return Refusal("bad-arguments", UNTIL.format(text=said(until)), "help archive")
