"""`chart`: the events of an issue as a picture, with the same in words."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from handlers.sentry.picture import picture
from handlers.sentry.record import Record
from handlers.sentry.spark import Trend, spark, trend
from handlers.sentry.target import split_target
from handlers.sentry.wording import counted
from provisioning.fleet import Fleet
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest
from stuf_bot.chat.format import moment
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.relays import Objects, Relays

router = Router()

WORDS = "{issue} in the 24 hours up to {until}: {spark} {count}, {heading}. The most in an hour: {most}, in the hour from {peak}."
TITLE = "Events an hour"
NOTHING = "Sentry has told of no events of {issue} in the last 24 hours, so there is nothing to draw."
HEADINGS = {Trend.NEW: "new today", Trend.RISING: "rising", Trend.STEADY: "steady", Trend.FALLING: "falling"}


class Chart(Command, words="chart", tag=Tag.ISSUE_DRAWN, examples=("chart", "chart ACME-AUDIT-4F")):
    """Draw the events of an issue in the last 24 hours, hour by hour."""

    issue: Annotated[
        str, Rest(), Field(title="issue", description="the issue's short id, such as `ACME-AUDIT-4F`")
    ] = ""


@router.command
def chart(asked: Chart, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> list[Act]:
    """The picture, and what it shows in words."""
    record, _ = split_target(asked.issue, ctx, "chart", objects=objects, relays=relays, fleet=fleet)
    name = inline(record.name, 60)
    if not any(record.issue.hours):
        raise Refusal("nothing-to-draw", NOTHING.format(issue=name), "errors")
    until = _end(record, ctx.now)
    drawing = picture("events.png", record.issue.hours, until, TITLE)
    return [Post(to=ctx.place, content=_words(record, name, until), files=(drawing,))]


def _end(record: Record, now: datetime) -> datetime:
    """The end of the last hour that Sentry told of: the one in which it was read, not before the last event."""
    seen = record.read_at or record.issue.last_seen or now
    return seen.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _words(record: Record, name: str, until: datetime) -> str:
    hours = record.issue.hours
    most = max(hours)
    peak = until - timedelta(hours=len(hours) - hours.index(most))
    return WORDS.format(
        issue=name,
        until=moment(until),
        spark=spark(hours),
        count=counted(sum(hours), "event"),
        heading=HEADINGS[trend(hours)],
        most=most,
        peak=moment(peak),
    )
