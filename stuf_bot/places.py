"""Where things are said, and who says them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_MARKS = frozenset('*`\\>"@|$<[')

TOPIC_LENGTH = 50
"""Zulip cuts topics at 60 characters, and resolving one adds two: 50 leaves room."""


class Topic(BaseModel):
    """A topic of a channel; `channel` is its id where it is known, else its name."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: Literal["topic"] = "topic"
    channel: int | str
    topic: str


class Direct(BaseModel):
    """A direct conversation: the ids of the people in it besides the bot, ascending."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: Literal["direct"] = "direct"
    user_ids: tuple[int, ...]


Place = Annotated[Topic | Direct, Field(discriminator="kind")]


def conversation(place: Topic | Direct) -> str:
    """A stable name of the place, by which work in it is kept in order."""
    if isinstance(place, Direct):
        return "direct:" + ",".join(map(str, sorted(place.user_ids)))
    return f"topic:{place.channel}:{place.topic.removeprefix('✔ ')}"


def silent_mention(user_id: int) -> str:
    """Names an account by its id alone, without notifying: Zulip fills the name in."""
    return f"@_**|{user_id}**"


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the realm, as the directory knows it now."""

    user_id: int
    name: str
    is_bot: bool = False
    is_guest: bool = False
    is_active: bool = True

    @property
    def mention(self) -> str:
        """Notifies exactly this person, also where two share a name."""
        return f"@**{self._marked}**"

    @property
    def silent_mention(self) -> str:
        """Names this person without notifying."""
        return f"@_**{self._marked}**"

    @property
    def _marked(self) -> str:
        # The number alone says who is meant, and must where the name could end the mark or mean another.
        plain = self.name.isprintable() and not set(self.name) & _MARKS
        return f"{self.name if plain else ''}|{self.user_id}"
