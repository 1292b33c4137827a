"""`deliveries`: the webhooks that nobody understood or that failed, and how many came; handled again on a word."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Annotated

from pydantic import Field

from stuf_bot import deliveries, seen
from stuf_bot.access import Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Argument
from stuf_bot.chat.format import listing, moment, size
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.deliveries import FAILED, HANDLED, WAITING, Kept
from stuf_bot.errors import Refusal
from stuf_bot.inbox import Inbox
from stuf_bot.messages import Command, Effect
from stuf_bot.places import silent_mention

router = Router()

DAYS = 7
GROUPS = 15
# What came in and was taken, by what the counts call it; every other outcome is a reason for a refusal.
TAKEN = ("accepted", "repeated", "fetched", "replayed")

NOTHING = "Every webhook that I took was understood and handled."
HEAD = "**Not handled**, by source and kind, the newest first. {each} shows one, {again} handles it again."
GROUP = "{source} {kind}: {why}, last {at} (`{id}`)"
MORE = "… and {count} more kinds"
CAME = "**What came in the last {days} days:**"
NO_WEBHOOK = "No webhook came in the last {days} days."
COUNTS = "{source}: {taken}{refused}"
REFUSED = "; {number} refused ({reasons})"
ASKED = "GitHub was last asked for what I had missed {at}."
UNKNOWN_NUMBER = (
    "There is no kept delivery `{id}`. They are kept for two weeks, and of each kind the newest few."
)
ONE = """**Delivery {id}** of {source}
- kind: {kind}
- about: {subject}
- its id there: {delivery}
- size: {size}
- came: {at}
- what became of it: {fate}{replays}"""
NOT_UNDERSTOOD = "nobody here understands this kind of webhook, so nothing was done"
HAS_FAILED = "handling it failed on my side{reference}"
IN_LOG = " (reference `{reference}` leads to the log)"
IS_WAITING = "it is being handled again"
WAS_HANDLED = "it was handled when it was tried again"
REPLAYED = "\n- tried again: {times}, last {at} by {who}"
GONE_BODY = "its content is no longer kept (it was too large, or made room for others)"
REPLAY = "Type {command} to have it handled again once the cause is gone."
PLAN = """**Plan: handle delivery {id} again**
{kind} of {source}, about {subject}, as if it came now. What was posted about it before is not posted twice."""
AGAIN = "It is being handled again. Type {command} to see what became of it."
NOT_KEPT = "Delivery `{id}` cannot be handled again: {why}."

Number = Annotated[int, Field(ge=1, le=2**53), Argument("NUMBER", "the number that `deliveries` shows")]


class Deliveries(
    Command,
    words="deliveries",
    role=Role.ADMINISTRATOR,
    tag=Tag.DELIVERIES_LISTED,
    examples=("deliveries", "deliveries 12"),
):
    """List the webhooks that nobody understood or that failed, with how many came; with a number, show one.

    What was in them is not shown: it may be personal.
    """

    number: Number | None = None


class Replay(
    Command,
    words="deliveries replay",
    effect=Effect.CHANGES,
    role=Role.ADMINISTRATOR,
    tag=Tag.DELIVERY_AGAIN,
    examples=("deliveries replay 12",),
):
    """Handle a kept webhook again, as if it came now."""

    number: Number


@router.command
def show(asked: Deliveries, ctx: Context) -> list[Act]:
    """The list, or one of them."""
    if asked.number is None:
        return [ctx.reply("\n\n".join(filter(None, [_kept(ctx), _counted(ctx), _asked(ctx)])))]
    return [ctx.reply(_one(_found(asked.number, ctx), ctx))]


@router.plan
def plan(asked: Replay, ctx: Context) -> Plan:
    """Which one. Raises Refusal where it is not there, or its content is not."""
    kept = _replayable(asked.number, ctx)
    text = PLAN.format(**_named(kept))
    return Plan(
        title=f"handle delivery {kept.id} again",
        text=text,
        effect=Effect.CHANGES,
        basis=f"{text} {kept.replays}",
    )


@router.do
def replay(asked: Replay, ctx: Context, *, inbox: Inbox) -> list[Act]:
    """Into the inbox, under the key that it had."""
    kept = _replayable(asked.number, ctx)
    inbox.forget(ctx.session, kept.key)
    delivery = deliveries.again(ctx.session, kept.id, ctx.person.user_id, ctx.now)
    if delivery is None or not inbox.put(ctx.session, delivery):
        raise Refusal("not-replayable", NOT_KEPT.format(id=kept.id, why=IS_WAITING), f"deliveries {kept.id}")
    return [ctx.reply(AGAIN.format(command=ctx.type_this(f"deliveries {kept.id}")))]


@router.on("sense", "deliveries replay")
def sense(ctx: Context) -> bool:
    """While there is one."""
    return deliveries.any_kept(ctx.session)


def _kept(ctx: Context) -> str:
    found = deliveries.newest(ctx.session)
    if not found:
        return NOTHING
    kinds = [list(same) for _, same in groupby(sorted(found, key=_kind), key=_kind)]
    kinds.sort(key=lambda same: -same[0].id)
    lines = [_group(same) for same in kinds[:GROUPS]]
    if len(kinds) > GROUPS:
        lines.append(MORE.format(count=len(kinds) - GROUPS))
    newest = kinds[0][0].id
    head = HEAD.format(
        each=ctx.type_this(f"deliveries {newest}"), again=ctx.type_this(f"deliveries replay {newest}")
    )
    return f"{head}\n{listing(lines)}"


def _kind(kept: Kept) -> tuple[str, str]:
    return kept.source, kept.kind


def _group(same: Sequence[Kept]) -> str:
    """Those of one source and kind, the newest first."""
    failed = sum(kept.why == FAILED for kept in same)
    numbers = {"failed": failed, "not understood": len(same) - failed}
    newest = same[0]
    return GROUP.format(
        source=inline(newest.source),
        kind=inline(newest.kind),
        why=" and ".join(f"{number} {what}" for what, number in numbers.items() if number),
        at=moment(newest.kept_at),
        id=newest.id,
    )


def _counted(ctx: Context) -> str:
    counts = deliveries.counts(ctx.session, ctx.now - timedelta(days=DAYS - 1))
    if not counts:
        return NO_WEBHOOK.format(days=DAYS)
    lines = [_count(source, outcomes) for source, outcomes in sorted(counts.items())]
    return f"{CAME.format(days=DAYS)}\n{listing(lines)}"


def _count(source: str, outcomes: dict[str, int]) -> str:
    taken = [f"{outcomes.get(name, 0)} {name}" for name in TAKEN if outcomes.get(name) or name == "accepted"]
    refused = {name: number for name, number in outcomes.items() if name not in TAKEN}
    reasons = ", ".join(f"{inline(name)} {number}" for name, number in sorted(refused.items()))
    return COUNTS.format(
        source=inline(source),
        taken=", ".join(taken),
        refused=REFUSED.format(number=sum(refused.values()), reasons=reasons) if refused else "",
    )


def _asked(ctx: Context) -> str:
    at = seen.looked(ctx.session, seen.REDELIVERED)
    return ASKED.format(at=moment(at)) if at else ""


def _found(number: int, ctx: Context) -> Kept:
    kept = deliveries.find(ctx.session, number)
    if kept is None:
        raise Refusal("unknown-delivery", UNKNOWN_NUMBER.format(id=number), "deliveries")
    return kept


def _replayable(number: int, ctx: Context) -> Kept:
    kept = _found(number, ctx)
    if kept.state == HANDLED:
        why = WAS_HANDLED
    elif kept.state == WAITING:
        why = IS_WAITING
    elif not kept.replayable:
        why = GONE_BODY
    else:
        return kept
    raise Refusal("not-replayable", NOT_KEPT.format(id=number, why=why), f"deliveries {number}")


def _one(kept: Kept, ctx: Context) -> str:
    text = ONE.format(
        **_named(kept),
        delivery=inline(kept.delivery_id),
        size=size(kept.size),
        at=moment(kept.kept_at),
        fate=_fate(kept),
        replays=_replays(kept),
    )
    if kept.state in {WAITING, HANDLED}:
        return text
    if not kept.replayable:
        return f"{text}\n- {GONE_BODY}"
    return f"{text}\n\n{REPLAY.format(command=ctx.type_this(f'deliveries replay {kept.id}'))}"


def _named(kept: Kept) -> dict[str, str]:
    return {
        "id": f"`{kept.id}`",
        "source": inline(kept.source),
        "kind": inline(kept.kind),
        "subject": inline(kept.subject),
    }


def _fate(kept: Kept) -> str:
    if kept.state == WAITING:
        return IS_WAITING
    if kept.state == HANDLED:
        return WAS_HANDLED
    if kept.why != FAILED:
        return NOT_UNDERSTOOD
    return HAS_FAILED.format(reference=IN_LOG.format(reference=kept.reference) if kept.reference else "")


def _replays(kept: Kept) -> str:
    if kept.replayed_at is None or kept.replayed_by is None:
        return ""
    times = "once" if kept.replays == 1 else f"{kept.replays} times"
    return REPLAYED.format(times=times, at=moment(kept.replayed_at), who=silent_mention(kept.replayed_by))
