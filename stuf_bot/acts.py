"""What a handler wants said and done in Zulip. It leaves through the outbox, nothing else posts."""

from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stuf_bot.places import Place


class Lane(IntEnum):
    """Urgency within the budget of calls; lower goes first."""

    INCIDENT = 0
    REPLY = 1
    OPERATION = 2
    SENTRY = 3
    REPOSITORY = 4


class _Act(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    lane: Lane = Lane.REPLY


class Choice(BaseModel):
    """A button of a form. A click sends `reply` as an ordinary message of the person."""

    model_config = ConfigDict(frozen=True)

    label: str
    reply: str


class Post(_Act):
    """A new message. `key` names it for ever: the same key is posted once only.

    Without a key the outbox makes one from the inbox entry that caused it and the act's position.
    `choices` are shown as buttons where the client can; the text must work without them. Such a client
    shows the text without its formatting, so what is long or formatted goes into a post of its own.
    """

    kind: Literal["post"] = "post"
    to: Place
    content: str
    key: str | None = None
    choices: tuple[Choice, ...] = ()


class Card(_Act):
    """The message that shows an object's state now: posted the first time, edited from then on.

    Where it can no longer be edited, a new one is posted and the old one, if it still can be
    edited, points to it. Of several waiting versions of one card only the newest is sent.
    """

    kind: Literal["card"] = "card"
    to: Place
    key: str
    content: str
    lane: Lane = Lane.OPERATION


class React(_Act):
    """A reaction of the bot to a message."""

    kind: Literal["react"] = "react"
    message_id: int
    emoji_name: str


class EnsureChannel(_Act):
    """A channel that must exist, with the bot and these people subscribed."""

    kind: Literal["ensure_channel"] = "ensure_channel"
    name: str
    description: str = ""
    subscribers: tuple[int, ...] = ()
    private: bool = False


class ResolveTopic(_Act):
    """Mark the topic that holds the post or card `key` as done (✔), or as not done."""

    kind: Literal["resolve_topic"] = "resolve_topic"
    key: str
    done: bool = True
    lane: Lane = Lane.OPERATION


Act = Annotated[Post | Card | React | EnsureChannel | ResolveTopic, Field(discriminator="kind")]
