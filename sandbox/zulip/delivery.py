"""Who gets a message, with which flags, and the event that tells of it."""

from sandbox.zulip.errors import Json
from sandbox.zulip.markdown import Mentions
from sandbox.zulip.records import Message, User
from sandbox.zulip.shapes import message_shape
from sandbox.zulip.world import World

# The sending client's queue, and its own number for the message.
Echo = tuple[str | None, str | None]

EVERYONE = ["stream_wildcard_mentioned", "wildcard_mentioned"]
TOPIC = ["topic_wildcard_mentioned", "wildcard_mentioned"]


def receivers(world: World, message: Message, mentions: Mentions) -> set[int]:
    """Subscribers, or the people of a direct message; and bots that are mentioned, wherever they are."""
    if message.channel_id is None:
        return set(message.people)
    subscribed = set(world.channels[message.channel_id].subscribers)
    bots = {user_id for user_id in mentions.users if world.users[user_id].is_bot}
    return (subscribed | bots) & world.active_ids()


def mention_flags(world: World, message: Message, mentions: Mentions, user_id: int) -> list[str]:
    """Flags that the content gives to one receiver."""
    flags: list[str] = []
    grouped = any(user_id in world.in_group(world.groups[group]) for group in mentions.groups)
    subscribed = message.channel_id is None or user_id in world.channels[message.channel_id].subscribers
    if user_id in mentions.users or (grouped and subscribed):
        flags.append("mentioned")
    if mentions.everyone and subscribed:
        flags.extend(EVERYONE)
    if mentions.topic and message.channel_id is not None and user_id in participants(world, message):
        flags.extend(flag for flag in TOPIC if flag not in flags)
    return flags


def participants(world: World, message: Message) -> set[int]:
    """Who wrote or reacted in the topic so far."""
    found: set[int] = set()
    for other in world.messages.values():
        if other.id != message.id and same_topic(other, message.channel_id, message.topic):
            found.add(other.sender_id)
            found.update(reaction.user_id for reaction in other.reactions)
    return found


def same_topic(message: Message, channel_id: int | None, topic: str) -> bool:
    """Whether a message is in this topic; case does not matter."""
    return message.channel_id == channel_id and message.topic.casefold() == topic.casefold()


def announce_message(world: World, message: Message, echo: Echo = (None, None)) -> None:
    """Put the message into every queue that should have it; the sender's own gets its number back."""
    channel = world.channels[message.channel_id] if message.channel_id is not None else None
    for queue in world.queues.hearing("message"):
        flags = message.received.get(queue.user_id)
        if flags is None:
            public = channel is not None and not channel.private
            if not (queue.all_public and public):
                continue
            flags = []
        if not queue.wants(message, flags):
            continue
        shape = message_shape(world, message, queue.user_id, html=queue.apply_markdown)
        event: Json = {"type": "message", "message": shape, "flags": list(flags)}
        if echo[1] is not None and queue.id == echo[0]:
            event["local_message_id"] = echo[1]
        queue.push(event)


def tell_with_flags(world: World, told: set[int], message: Message, event: Json) -> None:
    """Tell each account of a change to a message, with that account's own flags."""
    for queue in world.queues.hearing(event["type"]):
        if queue.user_id in told:
            queue.push({**event, "flags": list(message.received.get(queue.user_id, ["read"]))})


def store_and_announce(  # noqa: PLR0913 (what is sent, and how it counts for whom)
    world: World,
    message: Message,
    mentions: Mentions,
    *,
    read_by: User | None = None,
    unread_for: set[int] | None = None,
    echo: Echo = (None, None),
) -> None:
    """Deliver a new message: note who received it with which flags, keep it, tell of it.

    It counts as read by `read_by`, and by everybody outside `unread_for` where that is given.
    """
    for user_id in sorted(receivers(world, message, mentions)):
        flags = mention_flags(world, message, mentions, user_id)
        message.received[user_id] = flags
    for user_id, flags in message.received.items():
        reader = read_by is not None and read_by.id == user_id
        if reader or (unread_for is not None and user_id not in unread_for):
            flags.insert(0, "read")
    if message.channel_id is not None:
        channel = world.channels[message.channel_id]
        if channel.first_message_id is None:
            channel.first_message_id = message.id
            world.keep(channel)
    world.keep(message)
    announce_message(world, message, echo)
