"""A webhook about a workflow run makes its follower look at once, instead of at its next poll."""

from typing import Any

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
    run = _number(delivery.body, "workflow_run", "id") or _number(delivery.body, "workflow_job", "run_id")
    if run:
        nudges.nudge(run)
    return []


def _number(body: dict[str, Any], part: str, name: str) -> int:
    """0 where there is none, or no number."""
    found = body.get(part)
    number = found.get(name) if isinstance(found, dict) else None
    return number if isinstance(number, int) else 0
