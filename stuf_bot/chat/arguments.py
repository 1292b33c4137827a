"""What stands behind a command's words: marks for its fields, and what its types need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stuf_bot.places import Person


@dataclass(frozen=True, slots=True)
class Rest:
    """Marks the field that takes all remaining words as one text; with `lines`, the lines below, too."""

    lines: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Marks the field that takes a fenced YAML block as a mapping."""


class Known(Protocol):
    """What the arguments of one person's command can refer to, at the moment it is read."""

    @property
    def now(self) -> datetime:
        """The time now, aware, UTC."""
        ...

    def person(self, text: str) -> Person:
        """Who is meant by a mention, an id or a name. Raises Refusal where it is nobody or not one person."""
        ...

    def names(self, noun: str) -> Sequence[str]:
        """All names of a 'stuf', 'person' or 'channel' that this person may know of."""
        ...
