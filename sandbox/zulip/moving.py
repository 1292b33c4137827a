"""Renaming and resolving topics, moving messages to other topics and channels."""

from dataclasses import dataclass

from sandbox.zulip.call import Call
from sandbox.zulip.content import clean_topic
from sandbox.zulip.delivery import same_topic, tell_with_flags
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.markdown_inline import hash_encode
from sandbox.zulip.notices import NOTIFICATION_BOT, say_in_topic, silent_name
from sandbox.zulip.records import MODERATOR, Channel, Message

RESOLVED = "✔ "
_MODES = {"change_one", "change_later", "change_all"}
_UNDO_SECONDS = 60
_POLICY_ADMINISTRATORS = 2


@dataclass(frozen=True)
class Target:
    """Where messages are to go, and who is told."""

    channel_id: int
    topic: str
    mode: str
    tell_old: bool
    tell_new: bool


def wanted_move(call: Call, message: Message) -> Target | None:
    """What a PATCH asks for, or None where nothing moves. Raises Refused."""
    arguments = call.arguments
    topic = arguments.text("topic")
    topic = topic if topic is not None else arguments.text("subject")
    channel_id = arguments.whole("stream_id")
    mode = arguments.text("propagate_mode") or "change_one"
    tell_old = arguments.flag("send_notification_to_old_thread")
    tell_new = arguments.flag("send_notification_to_new_thread", default=True)
    if mode not in _MODES:
        raise Refused("Invalid propagate_mode")
    if topic is None and channel_id is None:
        if mode != "change_one":
            raise Refused("Invalid propagate_mode without topic edit")
        return None
    if message.channel_id is None:
        raise Refused("Direct messages cannot be moved to channels.")
    topic = clean_topic(topic) if topic is not None else message.topic
    if channel_id is not None and not _channel_accepts(call, channel_id):
        raise Refused("Invalid channel ID")
    channel_id = channel_id if channel_id is not None else message.channel_id
    if (channel_id, topic) == (message.channel_id, message.topic):
        return None
    return Target(channel_id, topic, mode, tell_old, tell_new)


def _channel_accepts(call: Call, channel_id: int) -> bool:
    channel = call.world.channels.get(channel_id)
    return channel is not None and not channel.archived and call.world.sees_channel(call.user, channel)


def _check_allowed(call: Call, message: Message, moved: list[Message]) -> None:
    policy = call.world.setting("edit_topic_policy")
    if policy == _POLICY_ADMINISTRATORS and not call.user.is_admin:
        raise Refused("You don't have permission to edit this message")
    limit = call.world.setting("move_messages_within_stream_limit_seconds")
    if limit is None or call.user.role <= MODERATOR:
        return
    oldest = call.world.clock() - limit
    if message.sent < oldest:
        raise Refused("The time limit for editing this message's topic has passed.")
    allowed = [one for one in moved if one.sent >= oldest]
    if len(allowed) < len(moved):
        counts = f"{len(allowed)}/{len(moved)}"
        raise Refused(
            f"You only have permission to move the {counts} most recent messages in this topic.",
            code="MOVE_MESSAGES_TIME_LIMIT_EXCEEDED",
            first_message_id_allowed_to_move=allowed[0].id,
            total_messages_in_topic=len(moved),
            total_messages_allowed_to_move=len(allowed),
        )


def move(call: Call, message: Message, target: Target) -> None:
    """Move a message, what follows it, or its whole topic; tell of it as the Notification Bot does."""
    world = call.world
    old_channel, old_topic = world.channels[message.channel_id or 0], message.topic
    topic = [one for one in world.messages.values() if same_topic(one, old_channel.id, old_topic)]
    moved = [one for one in topic if target.mode == "change_all" or one.id >= message.id]
    moved = [message] if target.mode == "change_one" else moved
    _check_allowed(call, message, moved)
    told = set[int]().union(*(world.audience(one) for one in moved))
    now = world.now()
    for one in moved:
        _change(call, one, target, now)
    event: Json = {
        "type": "update_message",
        "user_id": call.user.id,
        "edit_timestamp": now,
        "message_id": message.id,
        "rendering_only": False,
        "stream_name": old_channel.name,
        "stream_id": old_channel.id,
        "propagate_mode": target.mode,
        "orig_subject": old_topic,
        "message_ids": [one.id for one in moved],
    }
    if target.channel_id != old_channel.id:
        event["new_stream_id"] = target.channel_id
    if target.topic != old_topic:
        event |= {"subject": target.topic, "topic_links": []}
    told -= _tell_lost(call, told, moved, old_channel, old_topic)
    tell_with_flags(world, told, message, event)
    whole = len(moved) == len(topic)
    toggled = target.topic.removeprefix(RESOLVED) == old_topic.removeprefix(RESOLVED)
    if whole and toggled and target.channel_id == old_channel.id:
        _tell_resolved(call, old_channel, target.topic)
    else:
        _tell_moved(call, moved, target, (old_channel, old_topic), whole=whole)


def _tell_lost(call: Call, told: set[int], moved: list[Message], channel: Channel, topic: str) -> set[int]:
    """For who cannot read the messages where they are now, they are deleted. Gives those accounts' ids."""
    world = call.world
    if moved[0].channel_id == channel.id:
        return set()
    lost = {user_id for user_id in told if not world.may_read(world.users[user_id], moved[0])}
    event = {"type": "delete_message", "message_ids": [one.id for one in moved], "message_type": "stream"}
    world.queues.tell(lost, event | {"stream_id": channel.id, "topic": topic})
    return lost


def _change(call: Call, message: Message, target: Target, now: int) -> None:
    entry: Json = {"user_id": call.user.id, "timestamp": now}
    if target.topic != message.topic:
        entry |= {"prev_topic": message.topic, "topic": target.topic}
    if target.channel_id != message.channel_id:
        entry |= {"prev_stream": message.channel_id, "stream": target.channel_id}
        _change_readers(call, message, target.channel_id)
    message.edits.insert(0, entry)
    message.topic, message.channel_id, message.last_edit = target.topic, target.channel_id, now
    call.world.keep(message)


def _change_readers(call: Call, message: Message, channel_id: int) -> None:
    """Who cannot see the new channel loses the message; who is not subscribed there has it as read."""
    channel = call.world.channels[channel_id]
    for user_id in list(message.received):
        if user_id in channel.subscribers:
            continue
        if channel.private:
            del message.received[user_id]
        elif "read" not in message.received[user_id]:
            message.received[user_id] = ["read"]


def _tell_resolved(call: Call, channel: Channel, topic: str) -> None:
    """Post that the topic was (un)resolved, or take back such a post that is hardly a minute old."""
    world = call.world
    resolved = topic.startswith(RESOLVED)
    messages = [one for one in world.messages.values() if same_topic(one, channel.id, topic)]
    undone = "unresolved" if resolved else "resolved"
    last = messages[-1]
    if (
        last.sender_id == NOTIFICATION_BOT
        and last.content.endswith(f"has marked this topic as {undone}.")
        and world.now() - last.sent <= _UNDO_SECONDS
    ):
        told = world.audience(last)
        world.forget(last)
        event = {"type": "delete_message", "message_ids": [last.id], "message_type": "stream"}
        world.queues.tell(told, event | {"stream_id": channel.id, "topic": topic})
        return
    state = "resolved" if resolved else "unresolved"
    text = f"{silent_name(call.user)} has marked this topic as {state}."
    say_in_topic(world, channel, topic, text, quiet=True)


def _tell_moved(
    call: Call, moved: list[Message], target: Target, source: tuple[Channel, str], *, whole: bool
) -> None:
    old_channel, old_topic = source
    new_channel = call.world.channels[target.channel_id]
    here = f"#**{new_channel.name}>{target.topic}**"
    there = f"#**{old_channel.name}>{old_topic}**"
    by = f"by {silent_name(call.user)}"
    if whole:
        new, old = f"This topic was moved here from {there} {by}.", f"This topic was moved to {here} {by}."
    elif len(moved) == 1:
        place = f"{new_channel.id}-{hash_encode(new_channel.name.replace(' ', '-'))}"
        link = f"{call.world.base_url}/#narrow/stream/{place}/topic/{hash_encode(target.topic)}"
        new = f"[A message]({link}/near/{moved[0].id}) was moved here from {there} {by}."
        old = f"A message was moved from this topic to {here} {by}."
    else:
        new = f"{len(moved)} messages were moved here from {there} {by}."
        old = f"{len(moved)} messages were moved from this topic to {here} {by}."
    if target.tell_new:
        say_in_topic(call.world, new_channel, target.topic, new)
    if target.tell_old:
        say_in_topic(call.world, old_channel, old_topic, old)
