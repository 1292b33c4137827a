"""Each hour the measures of each STUF are asked for, and held against what is usual for it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.trends import record as records
from handlers.trends.picture import picture
from handlers.trends.record import Watch
from handlers.trends.wording import NAMES, amount
from provisioning.fleet import Fleet
from provisioning.trends import Judgement, Measure, Series, judge
from stuf_bot.acts import Act, Lane
from stuf_bot.bus import Router
from stuf_bot.chat.format import moment
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import ErrandEnded
from stuf_bot.relays import News, Objects, Relay, Relays, Subject

router = Router()

ASK = "sentry.trends"
HOURLY = "sentry.hour"
CALM_HOURS = 2
"""So many usual hours end an anomaly."""
FEW, MANY = "fewer", "more"
UNUSUAL = (
    "📈 **{name} of `{slug}`: {value}** in the hour up to {until}. Usual then are {low} to {high} "
    "(from {like} like hours before). `errors {slug}` shows what fails, `false alarm` says that this is fine."
)
CARD = (
    "{mark} **{name} of `{slug}`**: {state}\n"
    "Last hour (up to {until}): {value}; usual then: {low} to {high}.  \n"
    "Told from {threshold:g} spreads away; false alarms so far: {false_alarms}.\n"
    "`trends {slug}` draws the week, `threshold {slug} {measure} {more:g}` tells less."
)
OPEN, OVER = "unusual since {since}", "as usual"


@dataclass(frozen=True, slots=True)
class _Hour:
    """One measure of one STUF after its last hour."""

    slug: str
    series: Series
    watch: Watch
    found: Judgement

    @property
    def unusual(self) -> bool:
        return self.found.unusual


@router.event
def ask(ended: ErrandEnded, ctx: EventContext, *, errands: Errands) -> list[Act]:
    """A full hour is over: ask for the values of each STUF that has a project."""
    if ended.kind != HOURLY or not ended.succeeded:
        return []
    for slug, project in dict(ended.result.get("projects") or {}).items():
        errands.put(
            ctx.session, ASK, f"{slug}@{ended.number}", {"projects": {slug: project}}, order=f"trends:{slug}"
        )
    return []


@router.event
def hear(
    ended: ErrandEnded, ctx: EventContext, *, objects: Objects, relays: Relays, fleet: Fleet
) -> list[Act]:
    """The values are here: keep them, judge the last hour, tell what begins and what is over."""
    if ended.kind != ASK or not ended.succeeded:
        return []
    acts: list[Act] = []
    for slug, told in dict(ended.result.get("series") or {}).items():
        if fleet.get(ctx.session, slug) is None:
            continue
        found = [_series(Measure(name), values) for name, values in told.items() if values]
        known = [one for one in found if one is not None]
        records.keep_series(ctx.session, objects, slug, known)
        for series in known:
            acts += _judged(slug, series, ctx, objects, relays)
    return acts


def _series(measure: Measure, values: list[list[Any]]) -> Series | None:
    """The values of a measure; each comes with the beginning of its hour, in seconds since 1970."""
    last = int(values[-1][0])
    hours = {int(at): value for at, value in values}
    first = int(values[0][0])
    until = datetime.fromtimestamp(last + 3600, UTC)
    return Series(measure, until, tuple(hours.get(at) for at in range(first, last + 1, 3600)))


def _judged(slug: str, series: Series, ctx: EventContext, objects: Objects, relays: Relays) -> list[Act]:
    before = records.watch(ctx.session, objects, slug, series.measure)
    if before.judged is not None and series.until <= before.judged:
        return []
    found = judge(series, before.threshold)
    if found is None:
        return []
    watch = _after(before, found, series.until)
    records.keep(ctx.session, objects, slug, series.measure, watch)
    hour = _Hour(slug, series, watch, found)
    begins = watch.number != before.number
    if not begins and before.since is None:
        return []
    return tell(hour, ctx, relays, begins=begins)


def _after(before: Watch, found: Judgement, until: datetime) -> Watch:
    """The watch after this hour: an anomaly begins, goes on, or is over after some usual hours."""
    if found.unusual:
        if before.since is None:
            return before.changed(number=before.number + 1, since=until, judged=until, calm=0)
        return before.changed(judged=until, calm=0)
    calm = before.calm + 1
    since = before.since if calm < CALM_HOURS else None
    return before.changed(judged=until, calm=calm, since=since)


def tell(hour: _Hour, ctx: EventContext, relays: Relays, *, begins: bool) -> list[Act]:
    """The card as it is now; where an anomaly begins, news with the picture of the week."""
    watch, key = hour.watch, records.key_of(hour.slug, hour.series.measure)
    drawn = picture(f"{hour.series.measure}.png", [(hour.series, watch.threshold)])
    news = News(f"unusual:{watch.number}", UNUSUAL.format(**_said(hour)), files=(drawn,))
    relay = Relay(
        subject=Subject(
            key, hour.slug, f"trend-{hour.series.measure}", f"{NAMES[hour.series.measure]} against the usual"
        ),
        kind="trends",
        status="unusual" if watch.since else "usual",
        card=_card(hour),
        news=(news,) if begins else (),
        done=watch.since is None,
        lane=Lane.SENTRY,
    )
    return relays.say(ctx.session, relay, ctx.now)


def _card(hour: _Hour) -> str:
    watch = hour.watch
    state = OPEN.format(since=moment(watch.since)) if watch.since else OVER
    return CARD.format(
        mark="📈" if watch.since else "✅",
        state=state,
        threshold=watch.threshold,
        false_alarms=watch.false_alarms,
        measure=hour.series.measure,
        more=watch.threshold * 1.5,
        **_said(hour),
    )


def _said(hour: _Hour) -> dict[str, object]:
    measure, usual, threshold = hour.series.measure, hour.found.expected, hour.watch.threshold
    return {
        "name": NAMES[measure].capitalize(),
        "slug": hour.slug,
        "value": amount(measure, hour.found.value),
        "until": moment(hour.series.until),
        "low": amount(measure, round(usual.low(threshold))),
        "high": amount(measure, round(usual.high(threshold))),
        "like": usual.like,
    }
