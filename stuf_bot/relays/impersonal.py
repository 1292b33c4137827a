"""What others wrote without e-mail addresses and phone numbers: the last hand before it is kept or told."""

import re
from typing import Any

from stuf_bot.personal_text import hidden

MARK = "…"
# Lines added and removed look like a number to call.
_SIZE = re.compile(r"(\+[0-9]{1,7} -[0-9]{1,7} in )")


def told(text: str) -> str:
    """A text for a channel."""
    parts = _SIZE.split(text)
    return "".join(part if number % 2 else hidden(part, MARK) for number, part in enumerate(parts))


def kept(value: Any) -> Any:
    """The same JSON, each text and each name in it without what is personal."""
    if isinstance(value, str):
        return told(value)
    if isinstance(value, dict):
        return {kept(name): kept(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [kept(inner) for inner in value]
    return value
