"""Sending messages: to channels, to people, with widgets."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.zulip.call import Call
from sandbox.zulip.content import check_rendered, clean_content, clean_topic
from sandbox.zulip.delivery import store_and_announce
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.markdown import Mentions, render
from sandbox.zulip.notices import tell_owner_of_unknown_channel
from sandbox.zulip.records import Channel, Message, Submessage, User
from sandbox.zulip.shapes import is_administrator, shown_name
from sandbox.zulip.widgets import check_widget, widget_of_command
from sandbox.zulip.world import World

_CROWD = 15


# Clients whose user has read what they sent; others say so with `read_by_sender`.
_READING_CLIENTS = {"website", "ZulipElectron", "ZulipMobile", "ZulipTerminal"}


@dataclass(frozen=True)
class Destination:
    """A channel and a topic, or the people of a direct message."""

    channel: Channel | None = None
    topic: str = ""
    people: tuple[int, ...] = ()


def send(call: Call) -> Json:
    """POST /messages."""
    kind = call.arguments.need("type")
    if kind not in {"direct", "private", "stream", "channel"}:
        raise Refused("Invalid type")
    to = call.arguments.text("to")
    topic = _topic_argument(call)
    content = clean_content(call.arguments.need("content"))
    echo = (call.arguments.text("queue_id"), call.arguments.text("local_id"))
    read = call.arguments.flag("read_by_sender", default=call.client in _READING_CLIENTS)
    if kind in {"stream", "channel"}:
        where = _to_channel(call, to, topic)
    else:
        where = Destination(people=tuple(sorted({*find_people(call.world, to), call.user.id})))
    widget = _widget(call, content)
    rendered = render(call.world, content)
    check_rendered(rendered.html)
    if where.channel is not None:
        check_wildcard(call.user, where.channel, rendered.mentions)
    message = Message(
        id=call.world.number("message"),
        sender_id=call.user.id,
        channel_id=where.channel.id if where.channel else None,
        topic=where.topic,
        people=list(where.people),
        content=content,
        rendered=rendered.html,
        sent=call.world.now(),
        client=call.client,
    )
    if widget is not None:
        message.submessages.append(new_submessage(call.world, message, call.user, json.dumps(widget)))
    reader = call.user if read else None
    store_and_announce(call.world, message, rendered.mentions, read_by=reader, echo=echo)
    return {"id": message.id}


def _to_channel(call: Call, to: str | None, topic: str | None) -> Destination:
    channel = _channel(call, to)
    if topic is None:
        raise Refused("Missing topic")
    topic = clean_topic(topic)
    check_may_post(call, channel)
    return Destination(channel, topic)


def new_submessage(
    world: World, message: Message, sender: User, content: str, kind: str = "widget"
) -> Submessage:
    """A submessage with the next number."""
    number = world.number("submessage")
    return Submessage(id=number, message_id=message.id, sender_id=sender.id, msg_type=kind, content=content)


def _topic_argument(call: Call) -> str | None:
    topic = call.arguments.text("topic")
    return topic if topic is not None else call.arguments.text("subject")


def _widget(call: Call, content: str) -> Json | None:
    given = call.arguments.text("widget_content")
    return check_widget(given) if given is not None else widget_of_command(content)


def _channel(call: Call, to: str | None) -> Channel:
    """The channel that `to` names, by name or id. An unknown one is told to a bot's owner."""
    wanted = read_target(to)
    if isinstance(wanted, list):
        if len(wanted) != 1:
            raise Refused("Expected exactly one channel")
        wanted = wanted[0]
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        channel = call.world.channels.get(wanted)
        problem: Json = {"stream_id": wanted}
        msg = f"Channel with ID '{wanted}' does not exist"
    elif isinstance(wanted, str):
        channel = call.world.channel_by_name(wanted)
        problem = {"stream": wanted}
        msg = f"Channel '{wanted}' does not exist"
    else:
        raise Refused("Invalid data type for channel")
    if channel is None:
        tell_owner_of_unknown_channel(call.world, call.user, str(wanted))
        raise Refused(msg, code="STREAM_DOES_NOT_EXIST", **problem)
    return channel


def read_target(to: str | None) -> Any:
    """A destination as JSON where it is that, otherwise as the text that it is."""
    if to is None:
        return []
    try:
        return json.loads(to)
    except (ValueError, RecursionError):
        return to


def check_may_post(call: Call, channel: Channel) -> None:
    """Raises Refused unless the sender, or the owner of a sending bot, may post in the channel."""
    owner = call.owner()
    inside = call.user.id in channel.subscribers or (owner is not None and owner.id in channel.subscribers)
    if channel.archived or (channel.private and not inside):
        raise Refused(f"Not authorized to send to channel '{shown_name(channel)}'")
    if channel.post_policy == 2 and not (call.user.is_admin or is_administrator(owner)):  # noqa: PLR2004
        raise Refused("Only organization administrators can send to this channel.")


def check_wildcard(sender: User, channel: Channel, mentions: Mentions) -> None:
    """Raises Refused where somebody without the right addresses a crowd."""
    if mentions.everyone and len(channel.subscribers) > _CROWD and not sender.is_admin:
        raise Refused(
            "You do not have permission to use channel wildcard mentions in this channel.",
            code="STREAM_WILDCARD_MENTION_NOT_ALLOWED",
        )


def find_people(world: World, to: str | None) -> list[int]:
    """Ids of the people that `to` lists, by id or by e-mail. Raises Refused."""
    wanted = read_target(to)
    if isinstance(wanted, str):
        wanted = [part.strip() for part in wanted.split(",") if part.strip()]
    if not isinstance(wanted, list):
        raise Refused("Invalid data type for recipients")
    if not wanted:
        raise Refused("Message must have recipients")
    if all(isinstance(one, str) for one in wanted):
        users = [_by_email(world, email) for email in wanted]
    elif all(isinstance(one, int) and not isinstance(one, bool) for one in wanted):
        users = [_by_id(world, user_id) for user_id in wanted]
    elif all(isinstance(one, int | str) for one in wanted):
        raise Refused("Recipient lists may contain emails or user IDs, but not both.")
    else:
        raise Refused("Invalid data type for recipients")
    for user in users:
        if not user.active:
            raise Refused(f"'{user.email}' is no longer using Zulip.")
    return [user.id for user in users]


def _by_email(world: World, email: str) -> User:
    user = world.user_by_email(email)
    if user is None:
        raise Refused(f"Invalid email '{email}'")
    return user


def _by_id(world: World, user_id: int) -> User:
    user = world.users.get(user_id)
    if user is None:
        raise Refused(f"Invalid user ID {user_id}")
    return user
