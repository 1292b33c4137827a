"""What Sentry's webhooks tell.

An issue's webhook says what it was like when it was written, and webhooks come late, twice and in any order.
So of an issue that is known already it is only a hint: the issue is asked for, and what Sentry answers then is
what counts. Errands of one issue run one after the other, so the last answer is the newest.
"""

from collections.abc import Callable
from typing import Any

from handlers.sentry.asking import DETAILS, ask
from handlers.sentry.comments import heard
from handlers.sentry.desk import Desk
from handlers.sentry.metric import Alert, tell_alert
from handlers.sentry.reading import (
    Comment,
    Hook,
    Unreadable,
    alert_news,
    alerted,
    event_place,
    own_project,
    reading,
    who,
)
from handlers.sentry.wording import Who
from provisioning.fleet import Fleet
from provisioning.sentry.models import Issue
from stuf_bot import deliveries
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.chat.directory import Directory
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import DeliveryReceived
from stuf_bot.relays import Objects, People, Relays
from stuf_bot.settings import Settings

router = Router()

ISSUE = ("created", "resolved", "assigned", "archived", "ignored", "unresolved")
KINDS = frozenset(
    {f"issue.{action}" for action in ISSUE}
    | {f"comment.{action}" for action in ("created", "updated", "deleted")}
    | {f"metric_alert.{action}" for action in ("critical", "warning", "resolved", "open")}
    | {f"installation.{action}" for action in ("created", "deleted")}
    | {"event_alert.triggered", "activity_alert.triggered", "error.created"}
)
"""The kinds that are understood; of installations, changed comments and single events nothing is told."""


@router.event
def hear(  # noqa: PLR0913 - what is named here is handed in by name.
    delivery: DeliveryReceived,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
    directory: Directory,
    errands: Errands,
    settings: Settings | None,
) -> list[Act]:
    """One delivery. What is of an unknown kind, or not what its kind should be, is kept for administrators."""
    if delivery.source != "sentry":
        return []
    desk = Desk(ctx.session, ctx.now, fleet, relays, objects, people, directory, own_project(settings))
    resource = delivery.kind.partition(".")[0]
    tell = _READERS.get(resource) if delivery.kind in KINDS else None
    if tell is None:
        if delivery.kind not in KINDS:
            deliveries.unknown(ctx.session, delivery, ctx.now)
        return []
    try:
        with reading():
            hook = Hook.model_validate(delivery.body)
            by = who(hook.actor, settings)
        return tell(hook, delivery, desk, errands, by)
    except Unreadable:
        deliveries.unknown(ctx.session, delivery, ctx.now)
        return []


def _issue(hook: Hook, delivery: DeliveryReceived, desk: Desk, errands: Errands, by: Who) -> list[Act]:
    with reading():
        told = Issue.told(_with_link(hook.data["issue"]))
    if desk.read(told.id) is None:
        if not desk.concerns(told.project, told.project_id):
            return []
        # The card at once, from what is here; what is missing follows.
        acts = desk.told(told, by)
        ask(errands, desk.session, DETAILS, told.id, delivery.delivery_id)
        return acts
    if by.own:
        # What the bot did itself it has heard as the answer.
        return []
    if ask(errands, desk.session, DETAILS, told.id, delivery.delivery_id, by=by):
        return []
    return desk.told(told, by)


def _event(hook: Hook, delivery: DeliveryReceived, desk: Desk, errands: Errands, by: Who) -> list[Act]:
    del by
    with reading():
        event = hook.data["event"]
        issue = alerted(event)
        before = desk.read(issue.id)
        now = event_place(before or desk.begin(issue), event)
        news = alert_news(hook.data)
    if before is None and not desk.concerns(issue.project, issue.project_id):
        return []
    asked = ask(errands, desk.session, DETAILS, issue.id, delivery.delivery_id)
    if before is None:
        # Its short id, by which its topic is called, comes with the details.
        return [] if asked else desk.say(None, now)
    desk.keep(now)
    return desk.relay(now, news=news)


def _comment(hook: Hook, delivery: DeliveryReceived, desk: Desk, errands: Errands, by: Who) -> list[Act]:
    if delivery.kind != "comment.created" or by.own:
        return []
    with reading():
        comment = Comment.of(hook.data, by)
    if desk.read(comment.issue) is not None:
        return heard(desk, comment)
    if not (desk.own_project or desk.stuf_of(str(hook.data.get("project_slug") or ""))):
        return []
    # Of an issue that is not known yet: told once it is.
    ask(errands, desk.session, DETAILS, comment.issue, delivery.delivery_id, comment=comment)
    return []


def _alert(hook: Hook, delivery: DeliveryReceived, desk: Desk, errands: Errands, by: Who) -> list[Act]:
    del errands, by
    with reading():
        alert = Alert.of(hook.data, delivery.kind.partition(".")[2])
    return tell_alert(alert, desk) if desk.concerns(alert.project) else []


def _with_link(issue: dict[str, Any]) -> dict[str, Any]:
    return issue | {"permalink": issue.get("web_url") or issue.get("permalink")}


Tell = Callable[[Hook, DeliveryReceived, Desk, Errands, Who], list[Act]]
_READERS: dict[str, Tell] = {
    "issue": _issue,
    "activity_alert": _issue,
    "event_alert": _event,
    "comment": _comment,
    "metric_alert": _alert,
}
