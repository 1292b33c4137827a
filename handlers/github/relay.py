"""Brings what GitHub tells to the topic of the object that it is about."""

from handlers.github.kinds import READERS
from handlers.github.reading import Hook, ReadContext, Unreadable
from provisioning.fleet import Fleet
from stuf_bot import deliveries
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived
from stuf_bot.relays import Objects, People, Relays

router = Router()


@router.event
def relay(  # noqa: PLR0913 - what it works with, by name.
    delivery: DeliveryReceived,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
) -> list[Act]:
    """What the rules let through. What nobody can read is kept, for administrators to see."""
    if delivery.source != "github":
        return []
    reader = READERS.get(delivery.kind)
    if reader is None:
        deliveries.unknown(ctx.session, delivery, ctx.now)
        return []
    repository = Hook.of(delivery.body).repository.full_name
    stuf = fleet.by_repository(ctx.session, repository) if repository else None
    # Kinds without a date are named by when they came: handled again they are still the same.
    came = deliveries.came_at(ctx.session, delivery.key, ctx.now)
    reading = ReadContext(
        session=ctx.session, stuf=stuf, objects=objects, people=people, fleet=fleet, now=came
    )
    try:
        told = list(reader(delivery.body, reading))
    except Unreadable:
        deliveries.unknown(ctx.session, delivery, ctx.now)
        return []
    return [act for one in told for act in relays.say(ctx.session, one, ctx.now)]
