"""Notes what the program itself could not do, and of what was said nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from stuf_bot import deliveries
from stuf_bot.audit.chain import record
from stuf_bot.audit.tags import Tag
from stuf_bot.clock import Clock
from stuf_bot.messages import DeliveryReceived, MessageReceived, ReactionAdded
from stuf_bot.places import conversation


class Faults:
    """Told by the hall of what it gave up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def note(self, session: Session, event: Any, reference: str) -> None:
        """That `event` (of the inbox) failed; `reference` leads to the log."""
        note_fault(session, event, self._clock(), reference)


def note_fault(session: Session, event: Any, now: datetime, reference: str = "") -> None:
    """That `event`, or a part of what it sets going, failed. A delivery is kept, to be handled again."""
    actor, place = None, ""
    if isinstance(event, MessageReceived):
        actor, place = event.sender_id, conversation(event.place)
    elif isinstance(event, ReactionAdded):
        actor = event.user_id
    record(
        session,
        at=now,
        tag=Tag.COMMAND_FAILED if actor is not None else Tag.EVENT_FAILED,
        actor_id=actor,
        outcome="failed",
        place=place,
        reason_code="internal-error",
        cause=event.key,
        details={"event": type(event).__name__} | ({"reference": reference} if reference else {}),
    )
    if isinstance(event, DeliveryReceived):
        deliveries.failed(session, event, now, reference)
