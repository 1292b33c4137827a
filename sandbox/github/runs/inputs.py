"""Checks the inputs of a dispatch as GitHub does."""

from collections.abc import Mapping
from typing import Any

_MOST = 25
_MOST_CHARACTERS = 65_535


class InputsError(Exception):
    """The inputs are refused; the text is GitHub's message."""


def check(declared: Mapping[str, Mapping[str, Any] | None], given: Mapping[str, Any]) -> dict[str, str]:
    """The inputs as the workflow gets them: texts, defaults filled in. Raises InputsError."""
    if len(given) > _MOST:
        raise InputsError(f"Inputs are limited to {_MOST} top-level properties")
    if unknown := sorted(set(given) - set(declared)):
        raise InputsError(f"Unexpected inputs provided: {unknown}".replace("'", '"'))
    result = {}
    for name, declaration in declared.items():
        result[name] = _one(name, declaration or {}, given.get(name))
    if sum(len(value) for value in result.values()) > _MOST_CHARACTERS:
        raise InputsError("inputs are too large.")
    return result


def typed(declared: Mapping[str, Mapping[str, Any] | None], values: Mapping[str, str]) -> dict[str, Any]:
    """The values as the `inputs` context has them: booleans and numbers in their type."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        match (declared.get(name) or {}).get("type"):
            case "boolean":
                result[name] = value == "true"
            case "number" if value:
                result[name] = float(value) if "." in value else int(value)
            case _:
                result[name] = value
    return result


def _one(name: str, declaration: Mapping[str, Any], value: Any) -> str:
    kind = declaration.get("type", "string")
    options = [str(option) for option in declaration.get("options") or []]
    if value is None or value == "":
        if declaration.get("required") and declaration.get("default") in {None, ""}:
            raise InputsError(f"Required input '{name}' not provided")
        value = declaration.get("default")
        if value is None:
            return {"boolean": "false", "choice": options[0] if options else ""}.get(kind, "")
    if isinstance(value, dict | list):
        raise InputsError(f"Provided value for input '{name}' not a string")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "choice" and text not in options:
        raise InputsError(f"Provided value '{text}' for input '{name}' not in the list of allowed values")
    if kind == "boolean" and text not in {"true", "false"}:
        raise InputsError(
            f"Provided value '{text}' for input '{name}' not one of the allowed values: [\"true\", \"false\"]"
        )
    if kind == "number":
        _check_number(name, text)
    return text


def _check_number(name: str, text: str) -> None:
    try:
        float(text)
    except ValueError as wrong:
        raise InputsError(f"Provided value '{text}' for input '{name}' not a number") from wrong
