"""Notes every accepted webhook in the audit log, without what it said, and counts it."""

from stuf_bot import audit, deliveries
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived

router = Router()

_TAGS = {
    "accepted": Tag.DELIVERY_ACCEPTED,
    "fetched": Tag.DELIVERY_FETCHED,
    "replayed": Tag.DELIVERY_REPLAYED,
}


@router.event
def note(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """One entry a delivery; the inbox hands each over once."""
    details = {"source": delivery.source, "kind": delivery.kind, "subject": delivery.subject}
    if delivery.source == "stuf":
        details["stuf"] = delivery.subject
    outcome = _outcome(delivery, ctx)
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=_TAGS[outcome],
        actor_id=None,
        outcome=outcome,
        cause=delivery.key,
        details=details,
    )
    # Behind the audit log, whose head is what writers queue at.
    deliveries.count(ctx.session, ctx.now, delivery.source, outcome)
    return []


def _outcome(delivery: DeliveryReceived, ctx: EventContext) -> str:
    if deliveries.replaying(ctx.session, delivery.key):
        return "replayed"
    return "fetched" if delivery.delivery_id.startswith(deliveries.FETCHED) else "accepted"
