"""A reader of Zulip's own API description that says where an answer departs from it."""

import functools
from typing import Any

import yaml
from comparing import FOLDER

FILE = FOLDER / "zulip-openapi.yaml"
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@functools.cache
def _document() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(FILE.read_text(), loader))


def answer_schema(method: str, path: str, status: int = 200) -> dict[str, Any]:
    """The schema of an answer in JSON; `path` as the description writes it."""
    responses = _document()["paths"][path][method.lower()]["responses"]
    found: dict[str, Any] = _resolve(responses[str(status)])["content"]["application/json"]["schema"]
    return found


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = _document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


# By identity: the document stays loaded, so a schema's identity is its own.
_merged_before: dict[int, dict[str, Any]] = {}


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with everything of its `allOf` in one place."""
    schema = _resolve(schema)
    if id(schema) not in _merged_before:
        _merged_before[id(schema)] = _merge(schema)
    return _merged_before[id(schema)]


def _merge(schema: dict[str, Any]) -> dict[str, Any]:
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    whole["properties"] = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        merged = _merged(part)
        for name, value in merged["properties"].items():
            # What is written closer by wins; an empty entry there only repeats the name.
            if not whole["properties"].get(name):
                whole["properties"][name] = value
        for key, value in merged.items():
            whole.setdefault(key, value)
    return whole


def departures(schema: dict[str, Any], value: Any, place: str = "answer") -> list[str]:
    """In words, where a value is not as described: types, unknown keys, values outside an enumeration."""
    schema = _merged(schema)
    if value is None and schema.get("nullable"):
        return []
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        found = [departures(one, value, place) for one in choices]
        return min(found, key=len) if all(found) else []
    if not _has_type(schema.get("type"), value):
        return [f"{place}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        # An event of another type is far from being as described.
        return [f"{place}: {value!r} is none of {schema['enum']}"] * 1000
    if isinstance(value, dict):
        return _of_object(schema, value, place)
    members = value if isinstance(value, list) and "items" in schema else []
    return [line for one in members for line in departures(schema["items"], one, f"{place}[]")]


def _has_type(kind: str | None, value: Any) -> bool:
    if kind not in _TYPES:
        return True
    return isinstance(value, _TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)


def _of_object(schema: dict[str, Any], value: dict[str, Any], place: str) -> list[str]:
    found: list[str] = []
    others = schema.get("additionalProperties", True)
    for key, inner in value.items():
        if key in schema["properties"]:
            found += departures(schema["properties"][key], inner, f"{place}.{key}")
        elif isinstance(others, dict):
            found += departures(others, inner, f"{place}.{key}")
        elif not others:
            found.append(f"{place}: {key} is not described")
    found += [f"{place}: {key} is missing" for key in schema.get("required", []) if key not in value]
    return found
