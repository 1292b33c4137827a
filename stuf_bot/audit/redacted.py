"""What the audit log may keep of a command's arguments: names of things; of all else only that it was there.

Decided by the type of each field, as it is declared, never by looking at what was typed. An unknown type is hidden.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stuf_bot.chat.arguments import Argument
from stuf_bot.messages import Command
from stuf_bot.places import Person

PERSONAL = "[personal]"
HIDDEN = "[hidden]"
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")
_STUF = "stuf"
Keep = Callable[[Any], Any]


def kept(asked: BaseModel) -> dict[str, Any]:
    """The details of an entry about a command (or a finished form): its words, its arguments, its STUF.

    Arguments that were left out are left out.
    """
    arguments: dict[str, Any] = {}
    details: dict[str, Any] = {"command": asked.words if isinstance(asked, Command) else type(asked).__name__}
    for name, (keep, noun) in _rules(type(asked)).items():
        if name not in asked.model_fields_set:
            continue
        arguments[name] = keep(getattr(asked, name))
        if noun == _STUF and isinstance(arguments[name], str) and _SLUG.fullmatch(arguments[name]):
            details[_STUF] = arguments[name]
    return details | ({"arguments": arguments} if arguments else {})


@lru_cache(maxsize=256)
def _rules(kind: type[BaseModel]) -> Mapping[str, tuple[Keep, str]]:
    """How each field is kept, and what it names."""
    return {name: _rule(name, field) for name, field in kind.model_fields.items()}


def _rule(name: str, field: FieldInfo) -> tuple[Keep, str]:
    mark = next(
        (mark for mark in _marks(field.annotation, field.metadata) if isinstance(mark, Argument)), None
    )
    choices = frozenset(_choices(field.annotation))
    if mark is not None and mark.personal:
        return (lambda _: PERSONAL), ""
    noun = mark.noun if mark else (_STUF if name == _STUF else "")

    def keep(value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, Enum):
            named = noun and (noun != _STUF or _SLUG.fullmatch(value))
            return value if named or value in choices else _text(value)
        return _other(value)

    return keep, noun


def _other(value: Any) -> Any:
    """What is no plain text: by its type."""
    return next((keep(value) for kind, keep in _BY_TYPE if isinstance(value, kind)), HIDDEN)


def _text(value: str) -> str:
    return f"[text, {len(value)} {'character' if len(value) == 1 else 'characters'}]" if value else ""


# The first that fits counts.
_BY_TYPE: tuple[tuple[type | tuple[type, ...], Keep], ...] = (
    (Enum, lambda value: str(value.value)),
    ((bool, int, float, type(None)), lambda value: value),
    (date, lambda value: value.isoformat()),
    (timedelta, lambda value: f"{value.total_seconds():g} s"),
    (Person, lambda value: value.user_id),
    (str, _text),
    (Mapping, lambda value: f"[block, {len(value)} {'line' if len(value) == 1 else 'lines'}]"),
    ((list, tuple, set, frozenset), lambda value: f"[list, {len(value)}]"),
)


def _marks(annotation: Any, metadata: Any) -> Iterator[Any]:
    """The marks of a type, also of one in a union such as `StufName | None`."""
    yield from metadata
    for inner in get_args(annotation):
        yield from _marks(inner, getattr(inner, "__metadata__", ()))


def _choices(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (choice for choice in get_args(annotation) if isinstance(choice, str))
        return
    for inner in get_args(annotation):
        yield from _choices(inner)
