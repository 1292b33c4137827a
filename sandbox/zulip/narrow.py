"""Narrows: which messages a request or a queue asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.zulip.errors import Refused, bad_narrow
from sandbox.zulip.records import Channel, Message, User
from sandbox.zulip.world import World

Test = Callable[[Message, list[str]], bool]
_IS_DIRECT = {"dm", "private"}
_WHO = {"sender", "from"}
_PEOPLE = {"dm", "pm-with", "dm-including", "group-pm-with"}
_BY_NUMBER = {"channel", "stream", "id", "near"} | _WHO | _PEOPLE
_IS_FLAG = {"starred": "starred", "alerted": "has_alert_word"}


@dataclass(frozen=True)
class Term:
    """One condition, possibly negated."""

    operator: str
    operand: Any
    negated: bool = False


def parse_narrow(given: list[Any] | None) -> list[Term]:
    """Read a narrow in either of Zulip's forms, pairs or objects. Raises Refused."""
    terms: list[Term] = []
    for index, one in enumerate(given or []):
        if isinstance(one, list):
            if len(one) != 2 or not isinstance(one[0], str):  # noqa: PLR2004 (a pair)
                raise Refused(f"narrow[{index}] is not a pair of strings")
            terms.append(Term(one[0], one[1]))
        elif isinstance(one, dict):
            if not isinstance(one.get("operator"), str):
                raise Refused(f"operator key is missing from narrow[{index}]")
            if "operand" not in one:
                raise Refused(f"operand key is missing from narrow[{index}]")
            terms.append(Term(one["operator"], one["operand"], one.get("negated") is True))
        else:
            raise Refused(f"narrow[{index}] is not a dict or a pair")
        _check_operand(terms[-1])
    return terms


def _check_operand(term: Term) -> None:
    """Raises Refused for an operand of a type that the operator does not take."""
    if term.operator in _PEOPLE and isinstance(term.operand, list):
        if not all(_is_text_or_number(one) for one in term.operand):
            raise Refused("operand is not a string or an integer list")
    elif term.operator in _BY_NUMBER:
        if not _is_text_or_number(term.operand):
            raise Refused("operand is not a string or integer")
    elif not isinstance(term.operand, str):
        raise Refused("operand is not a string")


def _is_text_or_number(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def covers_history(world: World, user: User, terms: list[Term]) -> bool:
    """Whether a narrow reaches messages that were never delivered to the account."""
    for term in terms:
        if term.negated:
            continue
        if term.operator in {"channels", "streams"} and term.operand == "public":
            return True
        if term.operator in {"channel", "stream"}:
            return world.reads_history(user, find_channel(world, user, term.operand))
    return False


def find_channel(world: World, user: User, operand: Any) -> Channel:
    """The channel of a narrow. Raises Refused (BAD_NARROW)."""
    channel = None
    if isinstance(operand, int) and not isinstance(operand, bool):
        channel = world.channels.get(operand)
    elif isinstance(operand, str):
        channel = world.channel_by_name(operand)
        if channel is None and operand.isdecimal():
            channel = world.channels.get(int(operand[:9]))
    owner_sees = (
        channel is not None
        and user.owner_id is not None
        and world.sees_channel(world.users[user.owner_id], channel)
    )
    if channel is None or not (world.sees_channel(user, channel) or owner_sees):
        raise bad_narrow(f"unknown channel {operand}")
    return channel


def _find_person(world: World, operand: Any) -> int:
    user = None
    if isinstance(operand, int) and not isinstance(operand, bool):
        user = world.users.get(operand)
    elif isinstance(operand, str):
        user = world.user_by_email(operand)
        if user is None and operand.isdecimal():
            user = world.users.get(int(operand[:9]))
    if user is None:
        raise bad_narrow(f"unknown user {operand}")
    return user.id


def _people(world: World, operand: Any) -> list[int]:
    if isinstance(operand, str):
        operand = [part.strip() for part in operand.split(",")]
    return [_find_person(world, one) for one in (operand if isinstance(operand, list) else [operand])]


def build_test(world: World, user: User, terms: list[Term]) -> Test:
    """One test for all conditions. Raises Refused (BAD_NARROW)."""
    tests = [_term_test(world, user, term) for term in terms]
    return lambda message, flags: all(test(message, flags) for test in tests)


def _term_test(world: World, user: User, term: Term) -> Test:
    test = _positive(world, user, term)
    return (lambda message, flags: not test(message, flags)) if term.negated else test


def _positive(world: World, user: User, term: Term) -> Test:
    makers: dict[str, Callable[[World, User, Any], Test]] = {
        "channel": _in_channel,
        "stream": _in_channel,
        "channels": _in_channels,
        "streams": _in_channels,
        "topic": _in_topic,
        "subject": _in_topic,
        "sender": _by_sender,
        "from": _by_sender,
        "dm": _with,
        "pm-with": _with,
        "dm-including": _including,
        "group-pm-with": _including,
        "is": _is,
        "in": lambda *_: lambda *_: True,
        "has": _has,
        "id": _by_id,
        "near": lambda *_: lambda *_: True,
        "search": _search,
    }
    if term.operator not in makers:
        raise bad_narrow(f"unknown operator {term.operator}")
    return makers[term.operator](world, user, term.operand)


def _in_channel(world: World, user: User, operand: Any) -> Test:
    channel = find_channel(world, user, operand)
    return lambda message, _flags: message.channel_id == channel.id


def _in_channels(world: World, _user: User, operand: Any) -> Test:
    if operand != "public":
        raise bad_narrow(f"unknown channels operand {operand}")
    return lambda message, _flags: (
        message.channel_id is not None and not world.channels[message.channel_id].private
    )


def _in_topic(_world: World, _user: User, operand: Any) -> Test:
    wanted = str(operand).casefold()
    return lambda message, _flags: message.channel_id is not None and message.topic.casefold() == wanted


def _by_sender(world: World, _user: User, operand: Any) -> Test:
    sender = _find_person(world, operand)
    return lambda message, _flags: message.sender_id == sender


def _with(world: World, user: User, operand: Any) -> Test:
    people = sorted({*_people(world, operand), user.id})
    return lambda message, _flags: message.channel_id is None and message.people == people


def _including(world: World, user: User, operand: Any) -> Test:
    person = _people(world, operand)
    return lambda message, _flags: message.channel_id is None and {*person, user.id} <= set(message.people)


def _is(_world: World, _user: User, operand: Any) -> Test:
    if operand in _IS_DIRECT:
        return lambda message, _flags: message.channel_id is None
    if operand == "unread":
        return lambda _message, flags: "read" not in flags
    if operand == "mentioned":
        return lambda _message, flags: "mentioned" in flags or "stream_wildcard_mentioned" in flags
    if operand == "resolved":
        return lambda message, _flags: message.topic.startswith("✔ ")
    if operand == "followed":
        return lambda _message, _flags: False
    if operand in _IS_FLAG:
        return lambda _message, flags: _IS_FLAG[operand] in flags
    raise bad_narrow("unknown 'is' operand " + str(operand))


def _has(_world: World, _user: User, operand: Any) -> Test:
    tests: dict[str, Test] = {
        "reaction": lambda message, _flags: bool(message.reactions),
        "link": lambda message, _flags: "<a href" in message.rendered,
        "attachment": lambda message, _flags: "/user_uploads/" in message.content,
        "image": lambda message, _flags: "message_inline_image" in message.rendered,
    }
    if operand not in tests:
        raise bad_narrow("unknown 'has' operand " + str(operand))
    return tests[operand]


def _by_id(_world: World, _user: User, operand: Any) -> Test:
    if not str(operand).isdecimal():
        raise bad_narrow("Invalid message ID")
    return lambda message, _flags: str(message.id) == str(operand)


def _search(_world: World, _user: User, operand: Any) -> Test:
    words = str(operand).casefold().split()
    return lambda message, _flags: all(
        word in message.content.casefold() or word in message.topic.casefold() for word in words
    )


_QUEUE_OPERATORS = {"channel", "stream", "topic", "subject", "sender", "from", "is"}


def queue_filter(world: World, user: User, terms: list[Term]) -> Test:
    """The test of an event queue, which knows fewer operators. Raises Refused."""
    for term in terms:
        if term.operator not in _QUEUE_OPERATORS:
            raise Refused(f"Operator {term.operator} not supported.")
    return build_test(world, user, terms)
