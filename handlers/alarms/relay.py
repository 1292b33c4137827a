"""Brings the alarms of AWS and Azure to their topics, and what else SNS brings."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from handlers.alarms.reading import Alarm, State, read
from handlers.alarms.standing import Standing
from provisioning.fleet import Fleet, Stuf
from stuf_bot import deliveries
from stuf_bot.acts import Act, Lane
from stuf_bot.bus import Router
from stuf_bot.chat.format import duration, listing, moment
from stuf_bot.chat.outside import block, inline
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived
from stuf_bot.personal_text import hidden
from stuf_bot.relays import News, Objects, Relay, Relays, Subject

router = Router()

KINDS: Final = frozenset(
    {"sns.alarm", "sns.notification", "sns.subscription", "sns.unsubscribed", "azure.alert"}
)
FIRES = (
    "🔥 The alarm {name} fires since {since}: {reason}.{times} Type {command} to see where the STUF stands."
)
FLEET_FIRES = "🔥 The alarm {name} fires since {since}: {reason}.{times}"
AGAIN = " It has fired {times} times in 24 hours."
HEADS = {
    State.FIRES: "🔴 **Firing** since {since}{severity}",
    State.QUIET: "🟢 **Quiet** since {since}; it had fired for {lasted}",
    State.NO_DATA: "⚪ **No data** since {since}: nobody can say whether it would fire",
}
ALARM = "Alarm: {name}"
WHY = "Why: {reason}"
ABOUT = "What it is about: {description}"
WATCHES = "It watches: {watches}"
FIRED = "Fired {times} in the last 24 hours"
OPEN = "[Open it in the cloud's console]({address})"
NEXT = "Type `status {slug}` to see where the STUF stands."
NO_REASON = "no reason was given"
NOTIFIED = "📨 AWS tells through the topic {topic}:{subject}\n{text}"
NOTICES = "What AWS tells through the SNS topic {topic}, and is no alarm of CloudWatch."
ENDED = "⚠ Somebody has ended the subscription of {topic}: its alarms no longer reach me. {doc}"
DOC = "Subscribe `/hooks/cloud` to the topic again to have them back."

_MOST_TEXT: Final = 3000
_NAME: Final = re.compile(r"stuf-([a-z][a-z0-9-]*)", re.IGNORECASE)


@router.event
def relay(
    delivery: DeliveryReceived, ctx: EventContext, *, fleet: Fleet, relays: Relays, objects: Objects
) -> list[Act]:
    """One alarm, one topic, one card."""
    if delivery.source != "cloud" or delivery.kind not in KINDS:
        return []
    if delivery.kind in {"sns.alarm", "azure.alert"}:
        alarm = read(delivery.kind, delivery.body, ctx.now)
        if alarm is None:
            deliveries.unknown(ctx.session, delivery, ctx.now)
            return []
        told = _alarm(alarm, ctx, fleet, objects)
    else:
        told = _notice(delivery, ctx, fleet)
    return [act for one in told for act in relays.say(ctx.session, one, ctx.now)]


def _alarm(alarm: Alarm, ctx: EventContext, fleet: Fleet, objects: Objects) -> Iterable[Relay]:
    stuf = stuf_of([*alarm.resources, alarm.name], fleet.all(ctx.session))
    slug = stuf.slug if stuf else ""
    now = Standing.after(objects.read(ctx.session, alarm.key), alarm)
    news: tuple[News, ...] = ()
    if now.is_news():
        news = (News(f"fires:{now.since.isoformat()}", _text(now, slug, ctx.now)),)
        now = now.having_told()
    objects.keep(ctx.session, alarm.key, slug, now.kept())
    # An alarm that is new and quiet is nothing that anybody has to read.
    if not now.ever_fired:
        return []
    return [
        Relay(
            subject=Subject(alarm.key, slug, alarm.name),
            kind="alarms",
            status=now.state.value,
            card=_card(now, slug, ctx.now),
            news=news,
            done={State.FIRES: False, State.QUIET: True, State.NO_DATA: None}[now.state],
            lane=Lane.INCIDENT if now.state is State.FIRES else Lane.OPERATION,
        )
    ]


def stuf_of(names: Iterable[str], stufs: Iterable[Stuf]) -> Stuf | None:
    """The STUF to which something with one of these names belongs; of two that fit, the longer slug."""
    found = list(stufs)
    given = list(names)
    for stuf in found:
        made = stuf.outputs
        # Names that say nothing by themselves: ids that AWS gave.
        if made and any(name in {made.distribution_id, _host(made.api_url)} for name in given):
            return stuf
    for name in given:
        match = _NAME.match(name)
        said = match[1].lower() if match else ""
        fitting = [stuf for stuf in found if said == stuf.slug or said.startswith(f"{stuf.slug}-")]
        if fitting:
            return max(fitting, key=lambda stuf: len(stuf.slug))
    return None


def _host(address: str) -> str:
    """The id of an API of API Gateway, with which its address begins."""
    return address.partition("://")[2].partition(".")[0]


def _text(now: Standing, slug: str, at: datetime) -> str:
    times = now.fired(at)
    return (FIRES if slug else FLEET_FIRES).format(
        name=inline(now.alarm.name),
        since=moment(now.since),
        reason=_said(now.alarm.reason) if now.alarm.reason else NO_REASON,
        times=AGAIN.format(times=times) if times > 1 else "",
        command=f"`status {slug}`",
    )


def _card(now: Standing, slug: str, at: datetime) -> str:
    alarm, times = now.alarm, now.fired(at)
    head = HEADS[now.state].format(
        since=moment(now.since),
        severity=f" · severity {inline(alarm.severity)}" if alarm.severity else "",
        lasted=duration(now.lasted.total_seconds()),
    )
    parts = [
        ALARM.format(name=inline(alarm.name)),
        WHY.format(reason=_said(alarm.reason)) if alarm.reason else "",
        ABOUT.format(description=_said(alarm.description)) if alarm.description else "",
        WATCHES.format(watches=_said(alarm.watches)) if alarm.watches else "",
        FIRED.format(times="once" if times == 1 else f"{times} times") if times else "",
        OPEN.format(address=alarm.address) if alarm.address else "",
    ]
    lines = [head, listing(part for part in parts if part)]
    if slug and now.state is State.FIRES:
        lines.append(NEXT.format(slug=slug))
    return "\n".join(lines)


def _said(text: str) -> str:
    return inline(hidden(text, "[…]"), 300)


def _notice(delivery: DeliveryReceived, ctx: EventContext, fleet: Fleet) -> Iterable[Relay]:
    """What a topic of SNS brings that is no alarm, and the end of a subscription."""
    arn = _field(delivery, "TopicArn")
    name = arn.rpartition(":")[2]
    if delivery.kind == "sns.subscription" or not name:
        return []
    stuf = stuf_of([name], fleet.all(ctx.session))
    if delivery.kind == "sns.unsubscribed":
        text = ENDED.format(topic=inline(name), doc=DOC)
    else:
        subject = _field(delivery, "Subject")
        message = hidden(_field(delivery, "Message")[:_MOST_TEXT], "[…]")
        text = NOTIFIED.format(
            topic=inline(name), subject=f" {_said(subject)}" if subject else "", text=block(message)
        )
    return [
        Relay(
            subject=Subject(f"cloud:topic:{arn}", stuf.slug if stuf else "", name, "notifications"),
            kind="alarms",
            card=NOTICES.format(topic=inline(name)),
            news=(News(delivery.delivery_id, text, always=delivery.kind == "sns.unsubscribed"),),
            lane=Lane.OPERATION,
        )
    ]


def _field(delivery: DeliveryReceived, name: str) -> str:
    found = delivery.body.get(name)
    return found if isinstance(found, str) else ""
