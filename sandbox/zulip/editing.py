"""PATCH, DELETE and history of one message."""

from sandbox.zulip.call import Call
from sandbox.zulip.content import check_rendered, cut_content
from sandbox.zulip.delivery import mention_flags, receivers, tell_with_flags
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.markdown import render
from sandbox.zulip.moving import move, wanted_move
from sandbox.zulip.reading import find_message
from sandbox.zulip.records import Message
from sandbox.zulip.sending import check_wildcard

_KEPT_FLAGS = {"read", "starred", "collapsed", "historical"}


def edit(call: Call, message_id: int) -> Json:
    """PATCH /messages/{id}: new content, a new topic, another channel."""
    message = find_message(call, message_id)
    call.arguments.text("message_id")
    content = call.arguments.text("content")
    target = wanted_move(call, message)
    if content is None and target is None:
        raise Refused("Nothing to change")
    if content is not None:
        _check_editable(call, message)
        if target is not None and target.channel_id != message.channel_id:
            raise Refused("Cannot change message content while changing channel")
        _edit_content(call, message, content)
    if target is not None:
        move(call, message, target)
    return {}


def _check_editable(call: Call, message: Message) -> None:
    if message.sender_id != call.user.id:
        raise Refused("You don't have permission to edit this message")
    if not call.world.setting("allow_message_editing"):
        raise Refused("Your organization has turned off message editing")
    limit = call.world.setting("message_content_edit_limit_seconds")
    if limit is not None and call.world.clock() - message.sent > limit:
        raise Refused("The time limit for editing this message has passed")
    if message.submessages:
        raise Refused("Widgets cannot be edited.")


def _edit_content(call: Call, message: Message, content: str) -> None:
    world = call.world
    content = cut_content(content.rstrip().lstrip("\n")) or "(deleted)"
    if "\0" in content:
        raise Refused("Message must not contain null bytes")
    rendered = render(world, content)
    check_rendered(rendered.html)
    if message.channel_id is not None:
        check_wildcard(call.user, world.channels[message.channel_id], rendered.mentions)
    now = world.now()
    event: Json = {
        "type": "update_message",
        "user_id": call.user.id,
        "edit_timestamp": now,
        "message_id": message.id,
        "rendering_only": False,
        "orig_content": message.content,
        "orig_rendered_content": message.rendered,
        "content": content,
        "rendered_content": rendered.html,
        "prev_rendered_content_version": 1,
        "is_me_message": content.startswith("/me "),
        "message_ids": [message.id],
    }
    if message.channel_id is not None:
        event |= {"stream_name": world.channels[message.channel_id].name, "stream_id": message.channel_id}
    message.edits.insert(
        0,
        {
            "user_id": call.user.id,
            "timestamp": now,
            "prev_content": message.content,
            "prev_rendered_content": message.rendered,
            "prev_rendered_content_version": 1,
        },
    )
    message.content, message.rendered, message.last_edit = content, rendered.html, now
    reached = receivers(world, message, rendered.mentions) - set(message.received)
    for user_id in reached:
        message.received[user_id] = []
    for user_id, flags in message.received.items():
        kept = [flag for flag in flags if flag in _KEPT_FLAGS]
        message.received[user_id] = kept + mention_flags(world, message, rendered.mentions, user_id)
    world.keep(message)
    tell_with_flags(world, world.audience(message), message, event)


def delete(call: Call, message_id: int) -> Json:
    """DELETE /messages/{id}."""
    message = find_message(call, message_id)
    if not call.user.is_admin:
        if message.sender_id != call.user.id:
            raise Refused("You don't have permission to delete this message")
        limit = call.world.setting("message_content_delete_limit_seconds")
        if limit is not None and call.world.clock() - message.sent > limit:
            raise Refused("The time limit for deleting this message has passed")
    remove(call, message)
    return {}


def remove(call: Call, message: Message) -> None:
    """Delete a message for good and tell who could see it."""
    event: Json = {"type": "delete_message", "message_ids": [message.id], "message_type": "private"}
    if message.channel_id is not None:
        event |= {"stream_id": message.channel_id, "topic": message.topic, "message_type": "stream"}
    told = call.world.audience(message)
    call.world.forget(message)
    call.world.queues.tell(told, event)


def history(call: Call, message_id: int) -> Json:
    """GET /messages/{id}/history: every state, oldest first."""
    message = find_message(call, message_id)
    entries: list[Json] = []
    content, rendered, topic = message.content, message.rendered, message.topic
    for edit_entry in message.edits:
        entry: Json = {
            "content": content,
            "rendered_content": rendered,
            "timestamp": edit_entry["timestamp"],
            "topic": topic,
            "user_id": edit_entry["user_id"],
        }
        if "prev_content" in edit_entry:
            content, rendered = edit_entry["prev_content"], edit_entry["prev_rendered_content"]
            entry |= {
                "prev_content": content,
                "prev_rendered_content": rendered,
                "content_html_diff": f"<div>{entry['rendered_content']}</div>",
            }
        if "prev_topic" in edit_entry:
            topic = edit_entry["prev_topic"]
            entry["prev_topic"] = topic
        entries.append(entry)
    entries.append(
        {
            "content": content,
            "rendered_content": rendered,
            "timestamp": message.sent,
            "topic": topic,
            "user_id": message.sender_id,
        }
    )
    return {"message_history": entries[::-1]}
