"""Notes which states of GitHub's objects were told of, so that what was missed can be told from it."""

from provisioning.github_state import told_of
from stuf_bot import seen
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived

router = Router()


@router.event
def note(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """Says nothing."""
    if delivery.source == "github":
        seen.note(ctx.session, told_of(delivery.body))
    return []
