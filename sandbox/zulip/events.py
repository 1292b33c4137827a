"""GET and DELETE /events: the long poll."""

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused


async def fetch(call: Call) -> Json:
    """GET /events: what is new after `last_event_id`; waits for something unless `dont_block`."""
    arguments = call.arguments
    queue_id = arguments.text("queue_id")
    if queue_id is None:
        raise Refused("Missing 'queue_id' argument")
    last = arguments.whole("last_event_id")
    dont_block = arguments.flag("dont_block")
    queue = call.world.queues.get(queue_id, call.user.id)
    if last is None:
        raise Refused("Missing 'last_event_id' argument")
    queue.acknowledge(last)
    queue.last_seen = call.world.clock()
    if queue.events or dont_block:
        return {"events": list(queue.events)}
    await call.world.queues.wait(queue)
    return {"events": list(queue.events), "queue_id": queue.id}


def delete(call: Call) -> Json:
    """DELETE /events."""
    queue_id = call.arguments.text("queue_id")
    if queue_id is None:
        raise Refused("Missing 'queue_id' argument")
    call.world.queues.remove(call.world.queues.get(queue_id, call.user.id))
    return {}
