"""Brings what an attempt left in the instance repository onto its operation's card, once it is over."""

from handlers import operation_card
from handlers._plan_text import Home
from provisioning.events import OperationEnded
from provisioning.fleet import Fleet, OperationKind, StufState
from provisioning.glass_reading import RECORD
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import ErrandEnded
from stuf_bot.relays import Objects

router = Router()


@router.event
def ask(ended: OperationEnded, ctx: EventContext, *, fleet: Fleet, errands: Errands, home: Home) -> list[Act]:
    """Have it read; a test leaves nothing, and what is gone needs nothing."""
    operation = fleet.operation(ctx.session, ended.operation_id)
    stuf = fleet.stuf_of_operation(ctx.session, ended.operation_id)
    if operation is None or stuf is None or operation.kind is OperationKind.TEST:
        return []
    if stuf.state is StufState.GONE:
        return []
    attempt = f"{operation.id}-{ended.attempt}"
    # One that failed early may have left nothing yet: then it is looked for in vain.
    repository = stuf.outputs.repository if stuf.outputs else f"{home.repository_owner}/stuf-{stuf.slug}"
    payload = {"operation": operation.id, "attempt": attempt, "repository": repository}
    errands.put(ctx.session, RECORD, attempt, payload)
    return []


@router.event
def keep(ended: ErrandEnded, ctx: EventContext, *, fleet: Fleet, objects: Objects) -> list[Act]:
    """Draw the card with it. Where it could not be read, the card says less."""
    if ended.kind != RECORD or not ended.succeeded or not ended.result:
        return []
    operation_id = str(ended.payload.get("operation", ""))
    stuf = fleet.stuf_of_operation(ctx.session, operation_id)
    if stuf is None or stuf.state is StufState.GONE:
        return []
    key = operation_card.record_key(operation_id)
    known = objects.read(ctx.session, key) or {}
    attempt, repository = str(ended.payload.get("attempt", "")), ended.payload.get("repository", "")
    record = {**ended.result, "repository": repository}
    objects.keep(ctx.session, key, stuf.slug, {**known, attempt: record})
    return operation_card.drawn(ctx.session, fleet, operation_id)
