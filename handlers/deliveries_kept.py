"""Keeps the deliveries that nobody understands, and is done with those that were handled again. It comes last."""

from handlers import uploads
from handlers.alarms.relay import KINDS as ALARMS
from stuf_bot import deliveries
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived

router = Router()

# What the handlers of these sources look at. GitHub's and Sentry's say themselves what they do not know.
UNDERSTOOD = {
    "stuf": uploads.KINDS,
    "cloud": ALARMS,
}


@router.event
def keep(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """Says nothing: administrators look for it by `deliveries`."""
    understood = UNDERSTOOD.get(delivery.source)
    if understood is not None and delivery.kind not in understood:
        deliveries.unknown(ctx.session, delivery, ctx.now)
    else:
        deliveries.settle(ctx.session, delivery.key)
    return []
