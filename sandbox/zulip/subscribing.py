"""Subscribing and unsubscribing; subscribing to a channel that is not there creates it."""

from typing import Any

from sandbox.zulip.call import Call
from sandbox.zulip.channels import DESCRIPTION_LIMIT, check_name, everyone_who_sees
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.notices import say_in_topic, silent_name, tell_channel_created, tell_person
from sandbox.zulip.records import Channel, User
from sandbox.zulip.shapes import channel_shape, subscription_shape


def subscribe(call: Call) -> Json:
    """POST /users/me/subscriptions."""
    arguments = call.arguments
    asked = _asked(call)
    principals = _principals(call)
    private = arguments.flag("invite_only")
    history = arguments.json("history_public_to_subscribers")
    announce = arguments.flag("announce")
    policy = arguments.whole("stream_post_policy", 1) or 1
    strict = arguments.flag("authorization_errors_fatal", default=True)
    existing: list[Channel] = []
    refused: list[str] = []
    new: list[tuple[str, str]] = []
    for name, description in asked:
        channel = call.world.channel_by_name(name)
        if channel is None:
            new.append((name, description))
        elif not channel.private or call.user.id in channel.subscribers:
            existing.append(channel)
        else:
            refused.append(channel.name)
    if refused and strict:
        raise Refused(f"Unable to access channel ({', '.join(refused)}).")
    public_history = history if isinstance(history, bool) else not private
    created = [
        Channel(
            id=call.world.number("channel"),
            name=name,
            description=description,
            creator_id=call.user.id,
            created=call.world.now(),
            private=private,
            history_public=public_history or not private,
            post_policy=policy,
        )
        for name, description in new
    ]
    answer = _add(call, created, existing, principals)
    if announce:
        for channel in created:
            _announce(call, channel)
    if refused:
        answer["unauthorized"] = refused
    return answer


def _asked(call: Call) -> list[tuple[str, str]]:
    call.arguments.need("subscriptions")
    asked: list[tuple[str, str]] = []
    for index, one in enumerate(call.arguments.items("subscriptions") or []):
        place = f"subscriptions[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise Refused(f'{place}["name"] field is missing')
        description = one.get("description", "")
        if not isinstance(description, str):
            raise Refused(f'{place}["description"] is not a string')
        if len(description) > DESCRIPTION_LIMIT:
            raise Refused(f'{place}["description"] is too long (limit: {DESCRIPTION_LIMIT} characters)')
        asked.append((check_name(one["name"]), description.replace("\n", " ")))
    return asked


def _principals(call: Call) -> list[User]:
    given: list[Any] = call.arguments.items("principals") or []
    if not given:
        return [call.user]
    found: list[User] = []
    for one in given:
        user = None
        if isinstance(one, str):
            user = call.world.user_by_email(one)
        elif isinstance(one, int):
            user = call.world.users.get(one)
        if user is None or user.system:
            raise Refused("No such user")
        if not user.active:
            raise Refused("User is deactivated")
        if user not in found:
            found.append(user)
    return found


def _add(call: Call, created: list[Channel], existing: list[Channel], people: list[User]) -> Json:
    subscribed: dict[str, list[str]] = {}
    already: dict[str, list[str]] = {}
    for channel in (*created, *existing):
        joining = [user for user in people if user.id not in channel.subscribers]
        for user in people:
            where = subscribed if user in joining else already
            where.setdefault(user.email, []).append(channel.name)
        add_people(call, channel, joining, created=channel in created)
    for user in people:
        joined = [one for one in existing if one.name in subscribed.get(user.email, [])]
        if user.id != call.user.id and not user.is_bot and joined:
            _tell_joined(call, user, joined)
    return {"subscribed": subscribed, "already_subscribed": already}


def _tell_joined(call: Call, user: User, channels: list[Channel]) -> None:
    by = silent_name(call.user)
    if len(channels) == 1:
        text = f"{by} subscribed you to the channel #**{channels[0].name}**."
    else:
        text = f"{by} subscribed you to the following channels:\n\n"
        text += "\n".join(f"* #**{channel.name}**" for channel in channels)
    tell_person(call.world, user.id, text)


def add_people(call: Call, channel: Channel, joining: list[User], *, created: bool) -> None:
    """Make people subscribers and tell everyone whom that concerns."""
    ids = [user.id for user in joining]
    saw = set() if created else everyone_who_sees(call, channel)
    channel.subscribers.extend(ids)
    channel.former = [one for one in channel.former if one not in ids]
    call.world.keep(channel)
    sees = everyone_who_sees(call, channel)
    shape = channel_shape(call.world, channel)
    queues = call.world.queues
    queues.tell(sees - saw, {"type": "stream", "op": "create", "streams": [shape]})
    if ids:
        mine = subscription_shape(call.world, channel, subscribers=True)
        queues.tell(ids, {"type": "subscription", "op": "add", "subscriptions": [mine]})
        peers = {"stream_ids": [channel.id], "user_ids": sorted(ids)}
        queues.tell(sees - set(ids), {"type": "subscription", "op": "peer_add", **peers})
    if created:
        tell_channel_created(call.world, channel, call.user)


def _announce(call: Call, channel: Channel) -> None:
    general = call.world.channel_by_name("general")
    if general is not None and not channel.private:
        text = f"{silent_name(call.user)} created a new channel #**{channel.name}**."
        say_in_topic(call.world, general, "new channels", text)


def unsubscribe(call: Call) -> Json:
    """DELETE /users/me/subscriptions."""
    names = call.arguments.items("subscriptions") or []
    people = _principals(call)
    others = [user for user in people if call.user.id not in {user.id, user.owner_id}]
    if others and not call.user.is_admin:
        raise Refused("Insufficient permission")
    removed: list[str] = []
    absent: list[str] = []
    for name in names:
        channel = call.world.channel_by_name(str(name))
        if channel is None:
            raise Refused(f"Channel(s) ({name}) do not exist")
        for user in people:
            if user.id in channel.subscribers:
                _remove(call, channel, user)
                removed.append(channel.name)
            else:
                absent.append(channel.name)
    return {"removed": removed, "not_removed": absent}


def _remove(call: Call, channel: Channel, user: User) -> None:
    sees = everyone_who_sees(call, channel)
    channel.subscribers.remove(user.id)
    channel.former.append(user.id)
    call.world.keep(channel)
    queues = call.world.queues
    gone = {"name": channel.name, "stream_id": channel.id}
    queues.tell([user.id], {"type": "subscription", "op": "remove", "subscriptions": [gone]})
    peers = {"stream_ids": [channel.id], "user_ids": [user.id]}
    queues.tell(sees - {user.id}, {"type": "subscription", "op": "peer_remove", **peers})
    if user.id not in everyone_who_sees(call, channel):
        shape = channel_shape(call.world, channel)
        queues.tell([user.id], {"type": "stream", "op": "delete", "streams": [shape]})
    unread = []
    for message in call.world.messages.values():
        flags = message.received.get(user.id)
        if message.channel_id == channel.id and flags is not None and "read" not in flags:
            flags.insert(0, "read")
            call.world.keep(message)
            unread.append(message.id)
    if unread:
        event = {"type": "update_message_flags", "op": "add", "operation": "add", "flag": "read"}
        queues.tell([user.id], {**event, "messages": unread, "all": False})
