"""Reactions."""

from sandbox.zulip import emoji
from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.reading import find_message
from sandbox.zulip.records import Message, Reaction


def _asked(call: Call) -> Reaction:
    name = call.arguments.text("emoji_name")
    code = call.arguments.text("emoji_code")
    kind = call.arguments.text("reaction_type") or "unicode_emoji"
    known = emoji.code_of(name) if name is not None else None
    if name is not None and known is None and code is None:
        raise Refused(f"Emoji '{name}' does not exist")
    found = code or known
    if found is None:
        raise Refused("Emoji code or name is required")
    return Reaction(user_id=call.user.id, emoji_name=name or found, emoji_code=found, reaction_type=kind)


def _same(one: Reaction, other: Reaction) -> bool:
    return (one.user_id, one.emoji_code, one.reaction_type) == (
        other.user_id,
        other.emoji_code,
        other.reaction_type,
    )


def _tell(call: Call, message: Message, reaction: Reaction, operation: str) -> None:
    author = {"user_id": call.user.id, "email": call.user.email, "full_name": call.user.full_name}
    event = {
        "type": "reaction",
        "op": operation,
        "user_id": call.user.id,
        "user": author,
        "message_id": message.id,
        "emoji_name": reaction.emoji_name,
        "emoji_code": reaction.emoji_code,
        "reaction_type": reaction.reaction_type,
    }
    call.world.keep(message)
    call.world.queues.tell(call.world.audience(message), event)


def add(call: Call, message_id: int) -> Json:
    """POST /messages/{id}/reactions."""
    message = find_message(call, message_id)
    reaction = _asked(call)
    if any(_same(one, reaction) for one in message.reactions):
        raise Refused("Reaction already exists.", code="REACTION_ALREADY_EXISTS")
    message.reactions.append(reaction)
    # Whoever reacts to a message in a channel's history has received it from then on.
    message.received.setdefault(call.user.id, ["read", "historical"])
    _tell(call, message, reaction, "add")
    return {}


def remove(call: Call, message_id: int) -> Json:
    """DELETE /messages/{id}/reactions."""
    message = find_message(call, message_id)
    reaction = _asked(call)
    there = [one for one in message.reactions if _same(one, reaction)]
    if not there:
        raise Refused("Reaction doesn't exist.", code="REACTION_DOES_NOT_EXIST")
    message.reactions = [one for one in message.reactions if not _same(one, reaction)]
    _tell(call, message, there[0], "remove")
    return {}
