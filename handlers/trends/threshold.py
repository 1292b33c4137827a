"""`threshold` and `false alarm`: from when on a measure is told as unusual."""

from typing import Annotated

from pydantic import Field

from handlers._fleet import find_to_act, owned
from handlers.trends import record as records
from handlers.trends.wording import NAMES
from provisioning.fleet import Fleet
from provisioning.trends import HIGHEST, Measure, raised
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.places import Topic
from stuf_bot.relays import Objects, Relays

router = Router()

DECIDING = "the STUF's TAs, operators and administrators"
LOWEST = 1.0
PLAN = "**Plan: tell {name} of `{slug}` from {threshold:g} spreads away on** (now {before:g})\nA higher number tells less."
DONE = "{name} of `{slug}` are told from {threshold:g} spreads away on. {shown} shows the week."
FALSE_PLAN = (
    "**Plan: mark the last alarm about {name} of `{slug}` as false**\n"
    "From then on they are told from {threshold:g} spreads away on (now {before:g})."
)
NOT_HERE = "`false alarm` is typed in the topic of the alarm, which begins with `trend-`."
NONE_YET = "There is no alarm here that has not been marked already."


class Threshold(
    Command,
    words="threshold",
    effect=Effect.CHANGES,
    tag=Tag.THRESHOLD_SET,
    open_to=DECIDING,
    examples=("threshold acme-audit errors 6",),
):
    """Set from when on a measure of a STUF is told as unusual.

    The number says how many times the usual spread an hour has to be away from what is usual. 4 at first.
    """

    stuf: StufName
    measure: Annotated[Measure, Field(title="measure", description="`errors`, `throughput` or `latency`")]
    spreads: Annotated[
        float,
        Field(title="spreads", ge=LOWEST, le=HIGHEST, description="from 1 (tells much) to 20 (tells little)"),
    ]


class FalseAlarm(
    Command,
    words="false alarm",
    effect=Effect.CHANGES,
    tag=Tag.FALSE_ALARM,
    open_to=DECIDING,
    examples=("false alarm",),
):
    """Mark the last alarm of this topic as false: the next one is told a little later."""


@router.plan
def plan(asked: Threshold, ctx: Context, *, fleet: Fleet, objects: Objects) -> Plan:
    """Which measure, from when. Raises Refusal."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "threshold")
    before = records.watch(ctx.session, objects, stuf.slug, asked.measure).threshold
    text = PLAN.format(name=NAMES[asked.measure], slug=stuf.slug, threshold=asked.spreads, before=before)
    return _plan(f"change when {NAMES[asked.measure]} are told", text, stuf.slug, stuf.channel)


@router.do
def set_threshold(asked: Threshold, ctx: Context, *, fleet: Fleet, objects: Objects) -> list[Act]:
    """From now on."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "threshold")
    watch = records.watch(ctx.session, objects, stuf.slug, asked.measure)
    watch = watch.changed(threshold=asked.spreads)
    records.keep(ctx.session, objects, stuf.slug, asked.measure, watch)
    return [_told(stuf.slug, asked.measure, asked.spreads, ctx)]


@router.plan
def plan_false(_asked: FalseAlarm, ctx: Context, *, fleet: Fleet, objects: Objects, relays: Relays) -> Plan:
    """What it changes. Raises Refusal where there is no alarm here."""
    slug, measure, watch = _here(ctx, fleet, objects, relays)
    text = FALSE_PLAN.format(
        name=NAMES[measure], slug=slug, threshold=raised(watch.threshold), before=watch.threshold
    )
    return _plan("mark a false alarm", text, slug, ctx.channel_name or "")


@router.do
def mark_false(
    _asked: FalseAlarm, ctx: Context, *, fleet: Fleet, objects: Objects, relays: Relays
) -> list[Act]:
    """Once for each alarm."""
    slug, measure, watch = _here(ctx, fleet, objects, relays)
    threshold = raised(watch.threshold)
    marked = watch.changed(
        threshold=threshold, false_alarms=watch.false_alarms + 1, marked=watch.number, since=None
    )
    records.keep(ctx.session, objects, slug, measure, marked)
    return [_told(slug, measure, threshold, ctx)]


@router.on("sense", "threshold")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF whose measures they may set."""
    return bool(owned(fleet, ctx))


@router.on("sense", "false alarm")
def sense_false(ctx: Context, *, relays: Relays) -> bool:
    """Where the topic is one of a trend."""
    return _measure_here(ctx, relays) is not None


def _measure_here(ctx: Context, relays: Relays) -> tuple[str, Measure] | None:
    if not isinstance(ctx.place, Topic) or not ctx.channel_name:
        return None
    subject = relays.subject_at(ctx.session, ctx.channel_name, ctx.place.topic)
    measure = records.measure_of(subject.key) if subject else None
    return (subject.stuf, measure) if subject and measure else None


def _here(ctx: Context, fleet: Fleet, objects: Objects, relays: Relays) -> tuple[str, Measure, records.Watch]:
    found = _measure_here(ctx, relays)
    if found is None:
        raise Refusal("no-alarm", NOT_HERE, "help false alarm")
    slug, measure = found
    find_to_act(fleet, slug, ctx, "false alarm")
    watch = records.watch(ctx.session, objects, slug, measure)
    if watch.number == watch.marked:
        raise Refusal("no-alarm", NONE_YET, f"trends {slug}")
    return slug, measure, watch


def _plan(title: str, text: str, slug: str, channel: str) -> Plan:
    return Plan(title=title, text=text, effect=Effect.CHANGES, stuf=slug, channel=channel, basis=text)


def _told(slug: str, measure: Measure, threshold: float, ctx: Context) -> Act:
    return ctx.reply(
        DONE.format(
            name=NAMES[measure].capitalize(),
            slug=slug,
            threshold=threshold,
            shown=ctx.type_this(f"trends {slug}"),
        )
    )
