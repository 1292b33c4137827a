"""Notes every accepted webhook in the audit log, without what it said."""

from stuf_bot import audit
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived

router = Router()


@router.event
def note(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """One entry a delivery; the inbox hands each over once."""
    details = {"source": delivery.source, "kind": delivery.kind, "subject": delivery.subject}
    if delivery.source == "stuf":
        details["stuf"] = delivery.subject
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.DELIVERY_ACCEPTED,
        actor_id=None,
        outcome="accepted",
        cause=delivery.key,
        details=details,
    )
    return []
