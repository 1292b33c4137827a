"""Channels: listing, looking up, changing, archiving."""

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.notices import CHANNEL_EVENTS, say_in_topic, silent_name
from sandbox.zulip.records import Channel
from sandbox.zulip.shapes import channel_shape, subscription_shape

NAME_LIMIT = 60
DESCRIPTION_LIMIT = 1024


def check_name(name: str) -> str:
    """A channel name, trimmed. Raises Refused."""
    name = name.strip()
    if not name:
        raise Refused("Channel name can't be empty.")
    if len(name) > NAME_LIMIT:
        raise Refused(f"Channel name too long (limit: {NAME_LIMIT} characters).")
    for position, character in enumerate(name, start=1):
        if not character.isprintable():
            raise Refused(f"Invalid character in channel name, at position {position}.")
    return name


def visible_channel(call: Call, channel_id: int) -> Channel:
    """A living channel that the account sees. Raises Refused."""
    channel = call.world.channels.get(channel_id)
    if channel is None or channel.archived or not call.world.sees_channel(call.user, channel):
        raise Refused("Invalid channel ID")
    return channel


def everyone_who_sees(call: Call, channel: Channel) -> set[int]:
    """Whom the channel's existence concerns: all of the realm, or its members and the administrators."""
    active = call.world.active_ids()
    if not channel.private:
        return active
    inside = set(channel.subscribers)
    return {one for one in active if one in inside or call.world.users[one].is_admin}


def listing(call: Call) -> Json:
    """GET /streams."""
    for known in ("include_public", "include_subscribed", "include_all_active"):
        call.arguments.text(known)
    seen = [
        one
        for one in call.world.channels.values()
        if not one.archived and call.world.sees_channel(call.user, one)
    ]
    seen.sort(key=lambda channel: channel.name)
    return {"streams": [channel_shape(call.world, channel) for channel in seen]}


def one(call: Call, channel_id: int) -> Json:
    """GET /streams/{id}."""
    return {"stream": channel_shape(call.world, visible_channel(call, channel_id))}


def members(call: Call, channel_id: int) -> Json:
    """GET /streams/{id}/members."""
    return {"subscribers": sorted(visible_channel(call, channel_id).subscribers)}


def id_of(call: Call) -> Json:
    """GET /get_stream_id."""
    name = call.arguments.need("stream")
    channel = call.world.channel_by_name(name)
    if channel is None or not call.world.sees_channel(call.user, channel):
        raise Refused(f"Invalid channel name '{name}'")
    return {"stream_id": channel.id}


def is_subscribed(call: Call, user_id: int, channel_id: int) -> Json:
    """GET /users/{id}/subscriptions/{id}."""
    return {"is_subscribed": user_id in visible_channel(call, channel_id).subscribers}


def topics(call: Call, channel_id: int) -> Json:
    """GET /users/me/{id}/topics, the latest first."""
    channel = visible_channel(call, channel_id)
    history = call.world.reads_history(call.user, channel)
    latest: dict[str, Json] = {}
    for message in call.world.messages.values():
        if message.channel_id == channel.id and (history or call.user.id in message.received):
            latest[message.topic.casefold()] = {"name": message.topic, "max_id": message.id}
    return {"topics": sorted(latest.values(), key=lambda topic: -int(topic["max_id"]))}


def subscriptions(call: Call) -> Json:
    """GET /users/me/subscriptions."""
    subscribers = call.arguments.flag("include_subscribers")
    mine = [
        one for one in call.world.channels.values() if not one.archived and call.user.id in one.subscribers
    ]
    mine.sort(key=lambda channel: channel.name)
    return {
        "subscriptions": [subscription_shape(call.world, one, subscribers=subscribers) for one in mine],
    }


def _administered(call: Call, channel_id: int) -> Channel:
    if not call.user.is_admin:
        raise Refused("Must be an organization administrator", code="UNAUTHORIZED_PRINCIPAL")
    channel = call.world.channels.get(channel_id)
    if channel is None:
        raise Refused("Invalid channel ID")
    if channel.archived:
        raise Refused("Channel is already deactivated")
    return channel


def change(call: Call, channel_id: int) -> Json:
    """PATCH /streams/{id}: name, description, privacy, who may post."""
    arguments = call.arguments
    channel = _administered(call, channel_id)
    name = arguments.text("new_name")
    description = arguments.text("description")
    private = arguments.json("is_private")
    history = arguments.json("history_public_to_subscribers")
    policy = arguments.whole("stream_post_policy")
    if description is not None:
        channel.description = description[:DESCRIPTION_LIMIT]
        _tell_update(call, channel, "description", channel.description, channel.name)
    if name is not None:
        _rename(call, channel, check_name(name))
    if isinstance(private, bool) and private != channel.private:
        _change_privacy(call, channel, private=private, history=history)
    if policy is not None:
        channel.post_policy = policy
        _tell_update(call, channel, "stream_post_policy", policy, channel.name)
    call.world.keep(channel)
    return {}


def _tell_update(call: Call, channel: Channel, name: str, value: object, channel_name: str) -> None:
    event = {"op": "update", "type": "stream", "property": name, "value": value}
    event |= {"stream_id": channel.id, "name": channel_name}
    call.world.queues.tell(everyone_who_sees(call, channel), event)


def _rename(call: Call, channel: Channel, name: str) -> None:
    taken = call.world.channel_by_name(name)
    if taken is not None and taken.id != channel.id:
        raise Refused(f"Channel name already in use: '{name}'", code="CHANNEL_ALREADY_EXISTS")
    old, channel.name = channel.name, name
    _tell_update(call, channel, "name", name, old)
    by = silent_name(call.user)
    say_in_topic(call.world, channel, CHANNEL_EVENTS, f"{by} renamed channel **{old}** to **{name}**.")


def _change_privacy(call: Call, channel: Channel, *, private: bool, history: object) -> None:
    saw = everyone_who_sees(call, channel)
    channel.private = private
    channel.history_public = not private or history is True
    sees = everyone_who_sees(call, channel)
    shape = channel_shape(call.world, channel)
    call.world.queues.tell(sees - saw, {"type": "stream", "op": "create", "streams": [shape]})
    peers = {"stream_ids": [channel.id], "user_ids": sorted(channel.subscribers)}
    call.world.queues.tell(sees - saw, {"type": "subscription", "op": "peer_add", **peers})


def archive(call: Call, channel_id: int) -> Json:
    """DELETE /streams/{id}."""
    channel = _administered(call, channel_id)
    told = everyone_who_sees(call, channel)
    shape = channel_shape(call.world, channel)
    channel.archived = True
    call.world.keep(channel)
    call.world.queues.tell(told, {"type": "stream", "op": "delete", "streams": [shape]})
    return {}
