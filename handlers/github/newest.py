"""Facts that end up the same in whatever order, and however often, they are heard.

Each field stands with the time at which its sender said it; the latest wins. Of two at the same time (GitHub
counts in seconds) the one wins that says more: closed, true, the longer list, else the greater.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from handlers.github.reading import Facts, Json

Registers = dict[str, list[Any]]
"""Field to [time as text that sorts, value], as plain JSON."""

_STRONGER: Final = ("dismissed", "closed")


def stamp(at: datetime | None) -> str:
    """A time as text that sorts; what has none is older than all."""
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else ""


def newer(kept: Registers, given: Mapping[str, Any], at: datetime | None) -> Registers:
    """`kept` with each field of `given` that was said later, or at the same time and says more."""
    said = stamp(at)
    won = dict(kept)
    for name, value in given.items():
        now = won.get(name)
        if now is None or (said, _weight(value)) > (now[0], _weight(now[1])):
            won[name] = [said, value]
    return won


def values(kept: Registers) -> Json:
    """The fields without their times."""
    return {name: value for name, (_at, value) in kept.items()}


def given(facts: Facts) -> Json:
    """The fields that the payload had, as plain JSON."""
    return facts.model_dump(mode="json", include=facts.model_fields_set)


def _weight(value: Any) -> tuple[bool, int, str]:
    count = len(value) if isinstance(value, list) else 0
    strong = value if isinstance(value, str) else value.get("state") if isinstance(value, dict) else None
    return strong in _STRONGER, count, json.dumps(value, sort_keys=True)
