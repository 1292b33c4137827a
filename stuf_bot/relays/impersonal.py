"""What others wrote without e-mail addresses and phone numbers: the last hand before it is kept or told."""

from typing import Any

from stuf_bot.personal_text import hidden

MARK = "…"


def told(text: str) -> str:
    """A text for a channel."""
    return hidden(text, MARK)


def kept(value: Any) -> Any:
    """The same JSON, each text and each name in it without what is personal."""
    if isinstance(value, str):
        return told(value)
    if isinstance(value, dict):
        return {kept(name): kept(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [kept(inner) for inner in value]
    return value
