"""What is wrong with the declarations of commands; found at start, before anybody types."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from stuf_bot.access import Role
from stuf_bot.chat.arguments import Block, Known, Named, Rest
from stuf_bot.chat.fields import accepts, mark, positional
from stuf_bot.chat.vocabulary import Key
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.places import Person

_DECLARED = frozenset({"words", "aliases", "examples", "effect", "personal", "role", "open_to", "tag"})
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*|\?")


def keys_of(commands: Iterable[type[Command]]) -> dict[Key, type[Command]]:
    """The commands by their words and aliases. Raises ValueError where the same words are declared twice."""
    found: dict[Key, type[Command]] = {}
    for command in commands:
        for words in (command.words, *command.aliases):
            key = tuple(words.split())
            if not key or not all(_WORD.fullmatch(word) for word in key):
                raise ValueError(
                    f"{command.__name__}: {words!r} are no words of lower-case letters and digits"
                )
            if found.get(key) is command:
                raise ValueError(f"{command.__name__} declares {words!r} twice")
            if key in found:
                raise ValueError(f"{words!r} is both {found[key].__name__} and {command.__name__}")
            found[key] = command
    return found


def check(
    commands: Sequence[type[Command]],
    by_words: Mapping[Key, type[Command]],
    parse: Callable[[str, Known], Any],
) -> None:
    """Raise ValueError that names the first declaration which cannot be right, and with which other it collides."""
    for command in commands:
        _fields(command)
        if command.role not in set(Role):
            raise ValueError(f"{command.__name__}: there is no role {command.role!r}")
    for short, command in by_words.items():
        for long, other in by_words.items():
            if command is not other and len(long) > len(short) and long[: len(short)] == short:
                _apart(short, command, long, other)
    for command in commands:
        for example in command.examples:
            _example(command, example, parse)


def _fields(command: type[Command]) -> None:
    if not (command.__doc__ or "").strip():
        raise ValueError(f"{command.__name__} has no line of help")
    if taken := _DECLARED & command.model_fields.keys():
        raise ValueError(
            f"{command.__name__}: {min(taken)!r} is part of the declaration and cannot be an argument"
        )
    places = positional(command)
    rests = [name for name in places if mark(command.model_fields[name], Rest)]
    if len(rests) > 1:
        raise ValueError(f"{command.__name__}: {rests[0]!r} and {rests[1]!r} both take the rest of the line")
    if rests and places[-1] != rests[0]:
        raise ValueError(
            f"{command.__name__}: {places[-1]!r} stands behind {rests[0]!r}, which takes the rest of the line"
        )
    blocks = [name for name, field in command.model_fields.items() if mark(field, Block)]
    if len(blocks) > 1:
        raise ValueError(f"{command.__name__}: {blocks[0]!r} and {blocks[1]!r} both take the block")
    optional = ""
    for name in places:
        if not command.model_fields[name].is_required():
            optional = name
        elif optional:
            raise ValueError(
                f"{command.__name__}: {name!r} is required, but stands behind {optional!r}, which is not"
            )


def _apart(short: Key, command: type[Command], long: Key, other: type[Command]) -> None:
    """Where one command's words begin another's, what is typed behind the shorter must not be the longer's words."""
    word = long[len(short)]
    places = positional(command)
    named = [name for name, field in command.model_fields.items() if mark(field, Named)]
    taking = next((name for name in named if name == word), None)
    if taking is None and places and accepts(command, places[0], word, ANYTHING):
        taking = places[0]
    if taking is not None:
        raise ValueError(
            f"{' '.join(long)!r} is {other.__name__}, but could be {command.__name__} with {taking!r} as well"
        )


def _example(command: type[Command], example: str, parse: Callable[[str, Known], Any]) -> None:
    try:
        parsed = parse(example, ANYTHING)
    except Refusal as refusal:
        raise ValueError(f"{command.__name__}: the example {example!r} is refused: {refusal.what}") from None
    if type(parsed.command) is not command:
        raise ValueError(f"{command.__name__}: the example {example!r} is {type(parsed.command).__name__}")


class _Everything(tuple[str, ...]):
    """Holds every name."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


class _Anything:
    """A realm in which every name is known."""

    now = datetime(2026, 1, 1, tzinfo=UTC)

    def person(self, text: str, *, gone: bool = False) -> Person:
        del gone
        return Person(1, text)

    def names(self, noun: str) -> Sequence[str]:
        del noun
        return _Everything()


ANYTHING = _Anything()
"""What declarations are checked against: it knows every STUF, person and channel."""
