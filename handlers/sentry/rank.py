"""`priority`: what Sentry sorts an issue by."""

from typing import Annotated, Final

from pydantic import Field

from handlers.sentry.changing import change, plan_of
from handlers.sentry.resolve import DECIDING
from handlers.sentry.target import target
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.relays import Objects, Relays

router = Router()

WHICH = "Say which: `priority high`, `priority medium` or `priority low`."
_NAMES: Final = {"high": "high", "medium": "medium", "low": "low"}


class Priority(
    Command,
    words="priority",
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_RANKED,
    open_to=DECIDING,
    examples=("priority high", "priority ACME-AUDIT-4F low"),
):
    """Set the priority of an issue in Sentry.

    The card goes on saying what the numbers say, with Sentry's word beside it where it is another one.
    """

    what: Annotated[
        str,
        Rest(),
        Field(title="issue and level", description="the issue's short id, and `high`, `medium` or `low`"),
    ]


@router.plan
def plan(asked: Priority, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> Plan:
    """Which one, and how high. Raises Refusal."""
    record, level = target(asked.what, ctx, "priority", objects=objects, relays=relays, fleet=fleet)
    return plan_of(record, _what(_read(level)))


@router.do
def rank(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Priority, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet, errands: Errands
) -> list[Act]:
    """Ask Sentry for it."""
    record, words = target(asked.what, ctx, "priority", objects=objects, relays=relays, fleet=fleet)
    level = _read(words)
    wanted = changes.prioritise(level)
    return change(
        record,
        wanted,
        _what(level),
        typed=f"priority {record.name} {level}",
        ctx=ctx,
        errands=errands,
    )


def _read(words: str) -> str:
    level = _NAMES.get(words.lower())
    if level is None:
        raise Refusal("bad-arguments", WHICH, "help priority")
    return level


def _what(level: str) -> str:
    return f"give it the priority {level}"
