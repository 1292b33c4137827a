"""What is wrong with the arguments of a command, and the line that was probably meant."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stuf_bot.chat.arguments import REFUSED, UNKNOWN_NAME, Argument, Known, said
from stuf_bot.chat.fields import choices, mark, title
from stuf_bot.chat.filling import Filled
from stuf_bot.chat.format import listing
from stuf_bot.chat.nearest import nearest
from stuf_bot.chat.words import quoted

_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not something that I know here",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be yes or no",
    "bool_type": "must be yes or no",
    "string_type": "must be a text",
    "datetime_type": "must be a day or a time",
}


def sentence(problem: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """One problem as a sentence that begins with the field's name; the value is not repeated."""
    if problem["type"] in {UNKNOWN_NAME, REFUSED}:
        return str(problem["ctx"]["what"])
    name = str(problem["loc"][0]) if problem["loc"] else "?"
    called = f"**{title(name, fields[name])}**" if name in fields else said(name)
    allowed = [choice for choice in choices(fields[name]) if choice] if name in fields else []
    if problem["type"] in {"literal_error", "enum"} and allowed:
        return f"{called} must be one of {', '.join(f'`{choice}`' for choice in allowed)}."
    return f"{called} {reason(problem['type'], problem['msg'])}"


def problems(error: ValidationError) -> list[ErrorDetails]:
    """The problems, one a field, without the values that were typed."""
    found: dict[Any, ErrorDetails] = {}
    for each in error.errors(include_url=False, include_input=False):
        found.setdefault(each["loc"][:1], each)
    return list(found.values())


def code(found: Sequence[ErrorDetails]) -> str:
    """The reason code: that of the only problem where it has one of its own."""
    own = found[0].get("ctx", {}).get("code") if len(found) == 1 else None
    return str(own or "bad-arguments")


def told(found: Sequence[ErrorDetails], fields: Mapping[str, FieldInfo]) -> str:
    """All problems in one answer."""
    sentences = [sentence(each, fields) for each in found]
    return sentences[0] if len(sentences) == 1 else "This is not right yet:\n" + listing(sentences) + "\n"


def reason(kind: str, message: str) -> str:
    """A validator's message as the end of a sentence that begins with the field's name."""
    if kind in _SENTENCES:
        return _SENTENCES[kind] + "."
    text = message.removeprefix("Value error, ")
    return (text[0].lower() + text[1:]).rstrip(".") + "."


def near(
    problem: ErrorDetails, fields: Mapping[str, FieldInfo], filled: Filled, known: Known | None
) -> list[str]:
    """What was probably meant where a name or a choice was not met: the nearest ones."""
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if name not in fields or name not in filled.values:
        return []
    typed = filled.values[name].text
    if problem["type"] in {"literal_error", "enum"}:
        return nearest(typed, [choice for choice in choices(fields[name]) if choice])
    argument = mark(fields[name], Argument)
    if problem["type"] != UNKNOWN_NAME or argument is None or known is None:
        return []
    bare = typed.strip("`@_#* ").partition("|")[0]
    return nearest(bare, known.names(argument.noun))


def corrected(line: str, filled: Filled, meant: Mapping[str, str]) -> str:
    """The line with the values of these fields in place of those typed."""
    places = sorted(
        ((filled.values[name], text) for name, text in meant.items()), key=lambda pair: -pair[0].start
    )
    for given, text in places:
        line = line[: given.start] + given.name + quoted(text) + line[given.end :]
    return line
