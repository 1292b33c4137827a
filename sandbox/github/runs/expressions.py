"""The small part of Actions' expressions that names and groups of runs are made of."""

import re
from collections.abc import Mapping
from typing import Any

_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
_FORMAT = re.compile(r"format\((.*)\)", re.DOTALL)


class UnknownExpressionError(Exception):
    """The expression is beyond what is understood here."""


def fill(text: str, context: Mapping[str, Any]) -> str:
    """`text` with each `${{ … }}` replaced; those that are not understood stay as they are."""

    def one(hole: re.Match[str]) -> str:
        try:
            return as_text(evaluate(hole.group(1), context))
        except UnknownExpressionError:
            return hole.group(0)

    return _HOLE.sub(one, text)


def evaluate(text: str, context: Mapping[str, Any]) -> Any:
    """The value of paths, literals, `||`, `&&`, `==`, `!=`, `!` and `format()`. Raises UnknownExpressionError."""
    text = text.strip()
    for operator in ("||", "&&", "==", "!="):
        left, found, right = _split(text, operator)
        if found:
            return _join(operator, evaluate(left, context), evaluate(right, context))
    if text.startswith("!"):
        return not evaluate(text[1:], context)
    if text.startswith("(") and text.endswith(")"):
        return evaluate(text[1:-1], context)
    if formatted := _FORMAT.fullmatch(text):
        pattern, *values = [as_text(evaluate(part, context)) for part in _arguments(formatted.group(1))]
        return re.sub(r"\{(\d+)\}", lambda place: values[int(place.group(1))], pattern)
    return _plain(text, context)


def as_text(value: Any) -> str:
    """A value as Actions prints it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
    return str(value)


def _plain(text: str, context: Mapping[str, Any]) -> Any:
    words: dict[str, Any] = {"true": True, "false": False, "null": None, "": None}
    if text in words:
        return words[text]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    if not _PATH.fullmatch(text) or text.split(".", maxsplit=1)[0] not in context:
        raise UnknownExpressionError(text)
    value: Any = context
    for part in text.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _join(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case "||":
            return left or right
        case "&&":
            return left and right
        case "==":
            return _same(left, right)
    return not _same(left, right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def _split(text: str, operator: str) -> tuple[str, str, str]:
    """Split at the first `operator` that stands outside quotes and brackets."""
    for at in _outside(text):
        if text.startswith(operator, at):
            return text[:at], operator, text[at + len(operator) :]
    return text, "", ""


def _arguments(text: str) -> list[str]:
    cuts = [at for at in _outside(text) if text[at] == ","]
    return [
        text[start:end] for start, end in zip([0, *(at + 1 for at in cuts)], [*cuts, len(text)], strict=True)
    ]


def _outside(text: str) -> list[int]:
    places, depth, quoted = [], 0, False
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                places.append(at)
    return places
