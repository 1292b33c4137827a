"""Whether an answer agrees with a recorded one: status, code, message, keys and types, and chosen values."""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("STUF_CONTRACTS", Path(__file__).parents[4] / "shared" / "contracts"))
TRANSCRIPTS = FOLDER / "zulip-transcripts"
SITE = "http://127.0.0.1:9991"

# Values that mean the same everywhere; others (numbers, times, texts of the day) are compared by type.
_STABLE = {
    "all",
    "allowed_methods",
    "already_subscribed",
    "code",
    "content_type",
    "desc",
    "display_recipient",
    "emoji_code",
    "emoji_name",
    "found_anchor",
    "found_newest",
    "found_oldest",
    "full_name",
    "is_me_message",
    "msg_type",
    "message_type",
    "op",
    "orig_subject",
    "propagate_mode",
    "reaction_type",
    "role",
    "sender_id",
    "subject",
    "subscribed",
    "type",
    "user_id",
}


def load(name: str) -> dict[str, Any]:
    """A recorded exchange, with this realm's mail domain."""
    text = (TRANSCRIPTS / name).read_text().replace("zulip.test", "example.org")
    return dict(json.loads(text))


def index() -> list[dict[str, Any]]:
    """All recorded exchanges; empty where the folder is absent."""
    if not (TRANSCRIPTS / "index.json").exists():
        return []
    return list(json.loads((TRANSCRIPTS / "index.json").read_text())["files"])


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return {int: "number", float: "number", str: "text"}.get(type(value), type(value).__name__)


def shape(value: Any) -> Any:
    """A value with every leaf replaced by its type; a list by the set of its members' shapes."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(shape(inner), sort_keys=True) for inner in value})
    return _kind(value)


def stable(value: Any) -> Any:
    """What has to be equal to the letter."""
    if isinstance(value, dict):
        kept = {key: inner if key in _STABLE else stable(inner) for key, inner in sorted(value.items())}
        return {key: inner for key, inner in kept.items() if key in _STABLE or inner}
    if isinstance(value, list):
        return [kept for inner in value if (kept := stable(inner))]
    return None


def difference(recorded: Any, ours: Any, place: str = "") -> list[str]:
    """In words, where the shapes differ."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        found = [f"{place}: no key {key}" for key in recorded.keys() - ours.keys()]
        found += [f"{place}: new key {key}" for key in ours.keys() - recorded.keys()]
        for key in sorted(recorded.keys() & ours.keys()):
            found += difference(recorded[key], ours[key], f"{place}.{key}")
        return found
    if isinstance(recorded, list) and isinstance(ours, list):
        theirs, mine = shape(recorded), shape(ours)
        if theirs == mine:
            return []
        if recorded and ours and isinstance(recorded[0], dict) and len(recorded) == len(ours):
            pairs = zip(recorded, ours, strict=True)
            return [line for n, (a, b) in enumerate(pairs) for line in difference(a, b, f"{place}[{n}]")]
        return [
            f"{place}: {len(recorded)} {set(theirs) - set(mine)} -> {len(ours)} {set(mine) - set(theirs)}"
        ]
    if _kind(recorded) != _kind(ours):
        return [f"{place}: {_kind(recorded)} -> {_kind(ours)} ({ours!r})"]
    return []


def value_difference(recorded: Any, ours: Any) -> list[str]:
    """In words, where stable values differ."""
    theirs, mine = stable(recorded), stable(ours)
    return (
        [] if theirs == mine else [f"values: {json.dumps(theirs)[:1500]}\n     -> {json.dumps(mine)[:1500]}"]
    )
