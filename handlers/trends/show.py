"""`trends`: a STUF's week against the week before, with the picture."""

from handlers._fleet import find, visible
from handlers.sentry.spark import spark
from handlers.trends import record as records
from handlers.trends.picture import picture
from handlers.trends.wording import NAMES, against
from provisioning.fleet import Fleet
from provisioning.trends import DAY_HOURS, Measure, Series, change
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.format import listing, moment
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.relays import Objects

router = Router()

SHOWN = "**`{slug}`, seven days up to {until}**\n{lines}\nGrey is what is usual for the hour, red what was told. {next} changes from when."
LINE = "{name}: {change} `{spark}`{open}"
STANDS_OUT = " 📈 unusual since {since}"
NOTHING = (
    "There are no measures of `{slug}` yet. They come from its project in Sentry, once an hour; "
    "`status {slug}` shows whether it is ready."
)


class Trends(Command, words="trends", tag=Tag.TRENDS_SHOWN, examples=("trends acme-audit",)):
    """Show errors, requests and latency of a STUF against the week before, with a picture."""

    stuf: StufName


@router.command
def show(asked: Trends, ctx: Context, *, fleet: Fleet, objects: Objects) -> list[Act]:
    """A line a measure, and one picture of all."""
    stuf = find(fleet, asked.stuf, ctx)
    found = records.all_series(ctx.session, objects, stuf.slug)
    if not found:
        raise Refusal("no-measures", NOTHING.format(slug=stuf.slug), f"status {stuf.slug}")
    watches = [records.watch(ctx.session, objects, stuf.slug, one.measure) for one in found]
    text = SHOWN.format(
        slug=stuf.slug,
        until=moment(max(one.until for one in found)),
        lines=listing(_line(one, watch) for one, watch in zip(found, watches, strict=True)),
        next=ctx.type_this(f"threshold {stuf.slug} errors {watches[0].threshold * 1.5:g}"),
    )
    panels = [(one, watch.threshold) for one, watch in zip(found, watches, strict=True)]
    return [Post(to=ctx.place, content=text, files=(picture("trends.png", panels),))]


@router.on("sense", "trends")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF to look at."""
    return bool(visible(fleet, ctx))


def _line(series: Series, watch: records.Watch) -> str:
    return LINE.format(
        name=NAMES[series.measure].capitalize(),
        change=against(series.measure, change(series)),
        spark=spark(_days(series)),
        open=STANDS_OUT.format(since=moment(watch.since)) if watch.since else "",
    )


def _days(series: Series) -> list[int]:
    """One number a day: sums of what is counted, the highest of latency."""
    week = series.week()
    days = [week[first : first + DAY_HOURS] for first in range(0, len(week), DAY_HOURS)]
    known = [[value for value in day if value is not None] for day in days]
    of = max if series.measure is Measure.LATENCY else sum
    return [round(of(day)) if day else 0 for day in known]
