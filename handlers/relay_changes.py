"""What happens elsewhere and changes what is told: marks of topics, the end of a STUF."""

from provisioning.events import OperationEnded
from provisioning.fleet import Fleet, OperationKind
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import TopicMarked
from stuf_bot.relays import Relays

router = Router()


@router.event
def marked(event: TopicMarked, ctx: EventContext, *, relays: Relays) -> None:
    """Know how people left a topic, so that it is marked only where that changes."""
    if event.channel_name:
        relays.marked(ctx.session, event.channel_name, event.topic, done=event.done)


@router.event
def gone(ended: OperationEnded, ctx: EventContext, *, fleet: Fleet, relays: Relays) -> None:
    """A later STUF of the same name is another one."""
    operation = fleet.operation(ctx.session, ended.operation_id)
    if operation and operation.kind is OperationKind.ABANDON and ended.succeeded:
        relays.forget(ctx.session, ended.slug)
