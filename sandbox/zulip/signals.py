"""Small things that clients tell: read flags, typing, clicks in widgets, presence, what a bot keeps."""

from sandbox.zulip.call import Call
from sandbox.zulip.channels import visible_channel
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.narrow import parse_narrow
from sandbox.zulip.reading import find_message, matching
from sandbox.zulip.sending import find_people, new_submessage

_FLAGS = {"read", "starred", "collapsed"}


def flags(call: Call) -> Json:
    """POST /messages/flags."""
    return {"messages": _set_flags(call, call.arguments.whole_list("messages"))}


def flags_of_narrow(call: Call) -> Json:
    """POST /messages/flags/narrow: all messages of a narrow, whatever the anchor."""
    for known in ("anchor", "include_anchor", "num_before", "num_after"):
        call.arguments.text(known)
    found = [message.id for message in matching(call, parse_narrow(call.arguments.items("narrow")))]
    changed = _set_flags(call, found)
    return {
        "processed_count": len(found),
        "updated_count": len(changed),
        "first_processed_id": found[0] if found else None,
        "last_processed_id": found[-1] if found else None,
        "found_oldest": True,
        "found_newest": True,
    }


def _set_flags(call: Call, wanted: list[int]) -> list[int]:
    """Add or remove a flag; gives the ids of messages that changed."""
    operation, flag = call.arguments.need("op"), call.arguments.need("flag")
    if operation not in {"add", "remove"}:
        raise Refused("Invalid value for op")
    if flag not in _FLAGS:
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
    if changed:
        call.world.queues.tell([call.user.id], {**event, "messages": changed, "all": False})
    return changed


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


def presence(call: Call) -> Json:
    """POST /users/me/presence: taken note of and told to nobody."""
    call.arguments.need("status")
    for known in ("last_update_id", "history_limit_days", "new_user_input", "ping_only", "slim_presence"):
        call.arguments.text(known)
    return {"presence_last_update_id": -1, "server_timestamp": call.world.clock(), "presences": {}}


def _stored(call: Call) -> dict[str, str]:
    if not call.user.is_bot:
        raise Refused("This endpoint only accepts bot requests.")
    return dict(call.world.value(f"storage:{call.user.id}", {}))


def storage(call: Call) -> Json:
    """GET /bot_storage."""
    stored = _stored(call)
    keys = call.arguments.items("keys")
    missing = [key for key in keys or [] if key not in stored]
    if missing:
        raise Refused("Key does not exist.")
    return {"storage": stored if keys is None else {key: stored[key] for key in keys}}


def change_storage(call: Call) -> Json:
    """PUT /bot_storage."""
    stored = _stored(call)
    given = call.arguments.json("storage")
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refused("storage is not a dict of strings")
    call.world.remember(f"storage:{call.user.id}", stored | given)
    return {}


def clear_storage(call: Call) -> Json:
    """DELETE /bot_storage."""
    stored = _stored(call)
    keys = call.arguments.items("keys")
    kept = {} if keys is None else {key: value for key, value in stored.items() if key not in keys}
    call.world.remember(f"storage:{call.user.id}", kept)
    return {}
