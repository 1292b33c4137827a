"""A webhook about a workflow run makes its follower look at once, instead of at its next poll."""

from provisioning.nudges import Nudges
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived

router = Router()


@router.event
def nudge(delivery: DeliveryReceived, ctx: EventContext, *, nudges: Nudges) -> list[Act]:
    """Says nothing: the follower reads the state from GitHub itself."""
    del ctx
    if delivery.source != "github":
        return []
    body = delivery.body
    run = body.get("workflow_run", {}).get("id") or body.get("workflow_job", {}).get("run_id")
    if isinstance(run, int):
        nudges.nudge(run)
    return []
