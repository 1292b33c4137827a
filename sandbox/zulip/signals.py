"""Small things that clients tell: read flags, typing, clicks in widgets, muting, realm settings."""

from typing import Any

from sandbox.zulip.call import Call
from sandbox.zulip.channels import visible_channel
from sandbox.zulip.errors import Json, Refused, missing
from sandbox.zulip.reading import find_message
from sandbox.zulip.sending import find_people, new_submessage
from sandbox.zulip.server import SETTABLE


def flags(call: Call) -> Json:
    """POST /messages/flags."""
    wanted = call.arguments.whole_list("messages")
    operation, flag = call.arguments.need("op"), call.arguments.need("flag")
    if operation not in {"add", "remove"}:
        raise Refused("Invalid value for op")
    if flag not in {"read", "starred", "collapsed"}:
        raise Refused(f"Flag not editable: '{flag}'")
    changed: list[int] = []
    for message_id in wanted:
        message = call.world.messages.get(message_id)
        own = message.received.get(call.user.id) if message else None
        if message is None or own is None or (flag in own) == (operation == "add"):
            continue
        if operation == "add":
            own.insert(0, flag)
        else:
            own.remove(flag)
        call.world.keep(message)
        changed.append(message_id)
    event = {"type": "update_message_flags", "op": operation, "operation": operation, "flag": flag}
    call.world.queues.tell([call.user.id], {**event, "messages": changed, "all": False})
    return {"messages": changed}


def typing(call: Call) -> Json:
    """POST /typing."""
    operation = call.arguments.need("op")
    if operation not in {"start", "stop"}:
        raise Refused("Invalid op")
    kind = call.arguments.text("type") or "direct"
    sender = {"user_id": call.user.id, "email": call.user.email}
    event: Json = {"type": "typing", "op": operation, "sender": sender}
    if kind in {"stream", "channel"}:
        channel = visible_channel(call, call.arguments.need_whole("stream_id"))
        event |= {"message_type": "stream", "stream_id": channel.id, "topic": call.arguments.need("topic")}
        call.world.queues.tell(set(channel.subscribers) - {call.user.id}, event)
        return {}
    people = [*find_people(call.world, call.arguments.need("to")), call.user.id]
    recipients = [{"user_id": one, "email": call.world.users[one].email} for one in dict.fromkeys(people)]
    event |= {"message_type": "direct", "recipients": recipients}
    call.world.queues.tell(people, event)
    return {}


def submessage(call: Call) -> Json:
    """POST /submessage: what somebody did with a widget."""
    message = find_message(call, call.arguments.need_whole("message_id"))
    kind, content = call.arguments.need("msg_type"), call.arguments.need("content")
    call.arguments.json("content")
    if not message.submessages:
        raise Refused("Message has no widget.")
    made = new_submessage(call.world, message, call.user, content, kind)
    message.submessages.append(made)
    call.world.keep(message)
    event = {"type": "submessage", "msg_type": kind, "message_id": message.id, "submessage_id": made.id}
    told = call.world.audience(message)
    call.world.queues.tell(told, {**event, "sender_id": call.user.id, "content": content})
    return {}


def mute_user(call: Call, user_id: int) -> Json:
    """POST /users/me/muted_users/{id}: accepted; hiding is a client's business."""
    if user_id not in call.world.users:
        raise Refused("No such user")
    return {}


def change_realm(call: Call) -> Json:
    """PATCH /realm: the settings that act here. `"unlimited"` lifts a time limit."""
    if not call.user.is_admin:
        raise Refused("Must be an organization administrator", code="UNAUTHORIZED_PRINCIPAL")
    changed: Json = {}
    for name, kind in SETTABLE.items():
        if call.arguments.text(name) is None:
            continue
        value: Any = call.arguments.text(name) if kind is str else call.arguments.json(name)
        if value == "unlimited" and name.endswith("_seconds"):
            value = None
        elif not isinstance(value, kind):
            raise Refused(f"{name} is not a {kind.__name__}")
        call.world.remember(f"realm:{name}", value)
        changed[name] = value
        event = {"type": "realm", "op": "update", "property": name, "value": value}
        call.world.queues.tell(call.world.active_ids(), event)
    if not changed:
        raise missing("name")
    return changed
