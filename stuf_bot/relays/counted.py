"""Identical events: counted up on the card rather than told again."""

from typing import Any

_KEPT = 200
"""So many ids of events are remembered: a delivery that is heard again is heard again soon."""


def count(facts: dict[str, Any], what: str, event: str) -> int:
    """How often `what` happened by now, with this event; `facts` are changed, to be kept with `Objects`.

    `event` is the sender's id of it: the same one counts once, in whatever order they come.
    """
    counted = facts.setdefault("counted", {}).setdefault(what, {"times": 0, "events": []})
    if event not in counted["events"]:
        counted["times"] += 1
        counted["events"] = [*counted["events"], event][-_KEPT:]
    return int(counted["times"])


def times(number: int) -> str:
    """`×3` behind what happened three times, nothing behind what happened once."""  # noqa: RUF002 - the sign of multiplication.
    return f" ×{number}" if number > 1 else ""  # noqa: RUF001 - as above.
