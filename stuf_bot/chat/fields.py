"""The fields of a command as its arguments: which are positional, how each is called, what it accepts."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from stuf_bot.chat.arguments import Argument, Block, Known, Named, Rest
from stuf_bot.messages import Command

Mark = TypeVar("Mark", Argument, Block, Named, Rest)

_MANY = 6


def mark(field: FieldInfo, kind: type[Mark]) -> Mark | None:
    """The field's mark of this kind, wherever its type was made optional."""
    found = [each for each in field.metadata if isinstance(each, kind)]
    if not found:
        found = [each for each in _inner_marks(field.annotation) if isinstance(each, kind)]
    return found[-1] if found else None


def positional(command: type[Command]) -> list[str]:
    """The fields that a word without a name goes to, in order."""
    fields = command.model_fields.items()
    return [name for name, field in fields if not mark(field, Block) and not mark(field, Named)]


def field_with(command: type[Command], kind: type[Mark]) -> str | None:
    """The name of the field that has a mark of this kind, or None."""
    return next((name for name, field in command.model_fields.items() if mark(field, kind)), None)


@cache
def keys(command: type[Command]) -> Mapping[str, str]:
    """The field that each key means: its own name, or the one that people read."""
    fields = command.model_fields
    by_title = {normal_key(title(name, field)): name for name, field in fields.items()}
    return by_title | {name: name for name in fields}


def normal_key(text: str) -> str:
    """`E-mail` and `Show file names` as fields are named: `e_mail`, `show_file_names`."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def takes_lines(command: type[Command]) -> bool:
    """Whether the lines below belong to it as well."""
    marks = [mark(field, Rest) for field in command.model_fields.values()]
    return any(each is not None and (each.lines or each.whole) for each in marks)


def takes_whole(command: type[Command]) -> bool:
    """Whether the rest of the message belongs to it, whatever stands there."""
    marks = [mark(field, Rest) for field in command.model_fields.values()]
    return any(each is not None and each.whole for each in marks)


def title(name: str, field: FieldInfo) -> str:
    """How people read the field's name in a sentence."""
    argument = mark(field, Argument)
    return field.title or (argument.label if argument else name.replace("_", " "))


def label(name: str, field: FieldInfo) -> str:
    """How the field stands in a usage line: its choices as they are typed, or a name in capitals."""
    if mark(field, Block):
        return "FIELD=VALUE"
    allowed = [choice for choice in choices(field) if choice]
    if 0 < len(allowed) <= _MANY:
        return "|".join(allowed)
    argument = mark(field, Argument)
    return (field.title or (argument.label if argument else name)).upper().replace(" ", "-").replace("_", "-")


def hint(field: FieldInfo) -> str:
    """A line about how the field is typed, or an empty text."""
    argument = mark(field, Argument)
    if field.description:
        return field.description
    if argument:
        return argument.hint
    allowed = [choice for choice in choices(field) if choice]
    return "one of " + ", ".join(f"`{choice}`" for choice in allowed) if allowed else ""


def choices(field: FieldInfo) -> tuple[str, ...]:
    """What a field of a fixed list accepts, as typed; empty for any other field."""
    return _choices(field.annotation)


@cache
def usage(command: type[Command]) -> str:
    """How the command is typed, such as `status STUF` or `create [name=…]`."""
    parts = [command.words]
    for name, field in command.model_fields.items():
        if mark(field, Block):
            continue
        part = label(name, field)
        if mark(field, Named):
            part = f"{name.replace('_', '-')} {part}"
        parts.append(part if field.is_required() else f"[{part}]")
    return " ".join(parts)


def accepts(command: type[Command], name: str, text: str, known: Known | None) -> bool:
    """Whether this text alone is a value of the field."""
    adapter = _adapter(command, name)
    try:
        adapter.validate_python(text, context={"known": known})
    except ValidationError:
        return False
    return True


def choice_of(field: FieldInfo, text: str) -> str:
    """The choice that was typed, whatever its case; any other text as it is."""
    for choice in choices(field):
        if choice.casefold() == text.casefold():
            return choice
    return text


def as_typed(fields: Mapping[str, FieldInfo], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with choices written as they were declared."""
    return {
        name: choice_of(fields[name], value) if name in fields and isinstance(value, str) else value
        for name, value in values.items()
    }


@cache
def _adapter(command: type[Command], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(command.model_fields[name].rebuild_annotation())


def _inner_marks(annotation: Any) -> list[Any]:
    """Marks of `Annotated` types inside a union, such as of `When | None`."""
    marks: list[Any] = []
    for inner in get_args(annotation):
        marks += getattr(inner, "__metadata__", ())
    return marks


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(choice) for choice in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(each.value) for each in annotation)
    found: list[str] = []
    for inner in get_args(annotation):
        found += _choices(inner)
    return tuple(found)
