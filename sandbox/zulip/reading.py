"""GET /messages and GET /messages/{id}: history, by narrow and anchor."""

from bisect import bisect_left, bisect_right
from html import escape

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused, invalid_message
from sandbox.zulip.markdown import render
from sandbox.zulip.narrow import Term, build_test, covers_history, parse_narrow
from sandbox.zulip.records import Message
from sandbox.zulip.shapes import flags_for, message_shape

_NEWEST = 10_000_000_000_000_000
_MOST = 5000


def history(call: Call) -> Json:
    """GET /messages."""
    arguments = call.arguments
    terms = parse_narrow(arguments.items("narrow"))
    before = _count(call, "num_before")
    after = _count(call, "num_after")
    if before + after > _MOST:
        raise Refused(f"Too many messages requested (maximum {_MOST}).")
    include_anchor = arguments.flag("include_anchor", default=True)
    html = arguments.flag("apply_markdown", default=True)
    arguments.text("client_gravatar")
    wanted = arguments.text("anchor")
    first_unread = arguments.flag("use_first_unread_anchor")
    if wanted is None and not first_unread:
        raise Refused("Missing 'anchor' argument.")
    found = matching(call, terms)
    anchor = _anchor(call, "first_unread" if first_unread or wanted is None else wanted, found)
    at_newest, at_oldest = anchor >= _NEWEST, anchor == 0
    ids = [message.id for message in found]
    left, right = bisect_left(ids, anchor), bisect_right(ids, anchor)
    earlier = found[max(0, left - before) : left] if before else []
    anchored = found[left:right] if include_anchor else []
    later = found[right : right + after]
    searched = [term for term in terms if term.operator == "search"]
    shapes = []
    for message in [*earlier, *anchored, *later]:
        shape = message_shape(call.world, message, call.user.id, html=html)
        shape["flags"] = flags_for(message, call.user)
        if searched:
            shape |= _match(message)
        shapes.append(shape)
    return {
        "messages": shapes,
        "found_anchor": bool(anchored),
        "found_oldest": at_oldest or len(earlier) < before,
        "found_newest": at_newest or len(later) < after,
        "history_limited": False,
        "anchor": anchor,
    }


def matching(call: Call, terms: list[Term]) -> list[Message]:
    """All messages of a narrow that the account may read, oldest first."""
    world, user = call.world, call.user
    test = build_test(world, user, terms)
    beyond = covers_history(world, user, terms)
    found: list[Message] = []
    for message in world.messages.values():
        if user.id not in message.received:
            if not beyond or message.channel_id is None:
                continue
            if not world.reads_history(user, world.channels[message.channel_id]):
                continue
        if test(message, flags_for(message, user)):
            found.append(message)
    return found


def _count(call: Call, name: str) -> int:
    count = call.arguments.need_whole(name)
    if count < 0:
        raise Refused(f"{name} is too small")
    return count


def _anchor(call: Call, wanted: str, found: list[Message]) -> int:
    match wanted:
        case "newest":
            return _NEWEST
        case "oldest":
            return 0
        case "first_unread":
            unread = (one.id for one in found if "read" not in flags_for(one, call.user))
            return next(unread, _NEWEST)
    try:
        return min(max(int(wanted), 0), _NEWEST)
    except ValueError as error:
        raise Refused("Invalid anchor") from error


def _match(message: Message) -> Json:
    return {"match_content": message.rendered, "match_subject": escape(message.topic)}


def find_message(call: Call, message_id: int) -> Message:
    """A message that the account may read. Raises Refused."""
    message = call.world.messages.get(message_id)
    if message is None or not call.world.may_read(call.user, message):
        raise invalid_message()
    return message


def one(call: Call, message_id: int) -> Json:
    """GET /messages/{id}."""
    html = call.arguments.flag("apply_markdown", default=True)
    message = find_message(call, message_id)
    shape = message_shape(call.world, message, call.user.id, html=html)
    shape["flags"] = flags_for(message, call.user)
    return {"message": shape, "raw_content": message.content}


def matches_narrow(call: Call) -> Json:
    """GET /messages/matches_narrow: which of these messages are in a narrow."""
    wanted = set(call.arguments.whole_list("msg_ids"))
    found = matching(call, parse_narrow(call.arguments.items("narrow")))
    return {"messages": {str(message.id): _match(message) for message in found if message.id in wanted}}


def rendered(call: Call) -> Json:
    """POST /messages/render."""
    return {"rendered": render(call.world, call.arguments.need("content")).html}
