"""Which events are the same error: their type and their place, unless the sender says otherwise."""

import hashlib
from dataclasses import dataclass
from typing import Any

_TITLE_LENGTH = 255
_DEFAULT = "{{ default }}"
_LEVELS = {"low": {"debug", "info", "sample"}, "medium": {"warning"}}


@dataclass(frozen=True)
class Group:
    """What an event's issue is known by (`digest`) and called."""

    digest: str
    type: str
    title: str
    culprit: str
    metadata: dict[str, Any]


def group(event: dict[str, Any]) -> Group:
    """The group of an error event."""
    error = exception(event)
    place = culprit(event)
    if error is None:
        title = message(event) or "<unlabeled event>"
        own = [template(event) or title]
        found = Group("", "default", title[:_TITLE_LENGTH], place, {"title": title[:_TITLE_LENGTH]})
    else:
        name, value = str(error.get("type") or "Error"), str(error.get("value") or "")
        first_line = value.split("\n", 1)[0]
        title = f"{name}: {first_line}" if first_line else name
        own = [name, place]
        frame = innermost(event) or {}
        metadata = {
            "type": name,
            "value": value,
            "filename": frame.get("filename"),
            "function": frame.get("function"),
        }
        found = Group("", "error", title[:_TITLE_LENGTH], place, {k: v for k, v in metadata.items() if v})
    parts = [str(part) for part in event.get("fingerprint") or [_DEFAULT]]
    whole = [piece for part in parts for piece in (own if part == _DEFAULT else [part])]
    digest = hashlib.sha256("\0".join([found.type, *whole]).encode()).hexdigest()
    return Group(digest, found.type, found.title, found.culprit, found.metadata)


def priority(level: str) -> str:
    """The priority with which an issue of that level begins."""
    return next((name for name, levels in _LEVELS.items() if level in levels), "high")


def exception(event: dict[str, Any]) -> dict[str, Any] | None:
    """The exception that was raised last, in whose handling the others had been raised."""
    values = exceptions(event)
    return values[-1] if values else None


def exceptions(event: dict[str, Any]) -> list[dict[str, Any]]:
    """All exceptions of the event, the first cause first."""
    given = event.get("exception")
    values = given.get("values") if isinstance(given, dict) else given
    return [one for one in values or [] if isinstance(one, dict)]


def innermost(event: dict[str, Any]) -> dict[str, Any] | None:
    """The frame of ours in which it happened; the innermost of all where none is marked as ours."""
    stack = ((exception(event) or {}).get("stacktrace") or {}).get("frames") or []
    frames = [frame for frame in stack if isinstance(frame, dict)]
    ours = [frame for frame in frames if frame.get("in_app")]
    return (ours or frames)[-1] if frames else None


def culprit(event: dict[str, Any]) -> str:
    """Where it happened: the transaction, or the function of the innermost frame of ours."""
    if event.get("transaction"):
        return str(event["transaction"])
    frame = innermost(event)
    if frame is None:
        return ""
    file = frame.get("module") or frame.get("filename") or "?"
    return f"{file} in {frame['function']}" if frame.get("function") else str(file)


def message(event: dict[str, Any]) -> str:
    """What an event without an exception says."""
    entry = event.get("logentry")
    if isinstance(entry, dict):
        return str(entry.get("formatted") or entry.get("message") or "")
    return str(event.get("message") or "")


def template(event: dict[str, Any]) -> str:
    """The message before its parameters were filled in, so that events which differ in these are the same."""
    entry = event.get("logentry")
    return str(entry.get("message") or "") if isinstance(entry, dict) else ""
