"""What a handler wants said and done in Zulip. It leaves through the outbox, nothing else posts."""

from base64 import b64decode, b64encode
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, PlainSerializer

from stuf_bot.places import Place


class Lane(IntEnum):
    """Urgency within the budget of calls; lower goes first."""

    INCIDENT = 0
    REPLY = 1
    OPERATION = 2
    SENTRY = 3
    REPOSITORY = 4


class _Act(BaseModel):
    # What is said to one person may be personal: neither an error nor a log line quotes it.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    lane: Lane = Lane.REPLY


class FilePart(BaseModel):
    """A file to attach. `content` are its bytes as they are; only in JSON they are base64."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    content: Annotated[
        bytes,
        BeforeValidator(lambda given: b64decode(given) if isinstance(given, str) else given),
        PlainSerializer(lambda given: b64encode(given).decode(), return_type=str, when_used="json"),
        Field(repr=False),
    ]


class Drawing(BaseModel):
    """A picture to attach that is drawn when it goes out: drawing takes seconds, which no transaction has.

    `draw` names one of the functions that the sender was given, `of` is what that draws, as JSON. It is
    kept with the post until then, so that a picture shows what the text says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    draw: str
    of: dict[str, JsonValue] = Field(repr=False)


Part = FilePart | Drawing


class Choice(BaseModel):
    """A button of a form. A click sends `reply` as an ordinary message of the person."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    label: str
    reply: str


class Post(_Act):
    """A new message. `key` names it for ever: the same key is posted once only.

    Without a key the outbox makes one from the inbox entry that caused it and the act's position.
    `choices` are shown as buttons where the client can; the text must work without them. Such a client
    shows the text without its formatting, so what is long or formatted goes into a post of its own.

    `files` are uploaded and linked below the text, pictures so that they are seen. A text of more
    than 10,000 characters becomes its beginning, with the whole as one more file. Where a drawing
    fails, the post goes without it and says so.

    Where many posts wait for one topic, those that fold go out as one message. Without `folds` the
    lane decides: news of operations, Sentry and repositories do, answers and incidents do not. What has
    choices or files never does.

    With `beside`, a message id, it goes into the topic in which that message stands by then, resolved or
    renamed as it may be; where there is no such message, to `to`.
    """

    kind: Literal["post"] = "post"
    to: Place
    beside: int | None = None
    content: str = Field(repr=False)
    key: str | None = None
    choices: tuple[Choice, ...] = ()
    files: tuple[Part, ...] = ()
    folds: bool | None = None

    @property
    def may_fold(self) -> bool:
        """Whether it may become a part of one message with its neighbours."""
        if self.choices or self.files:
            return False
        return self.lane >= Lane.OPERATION if self.folds is None else self.folds


class Card(_Act):
    """The message that shows an object's state now: posted the first time, edited from then on.

    Where it can no longer be edited, a new one is posted and the old one, if it still can be
    edited, points to it. Of several waiting versions of one card only the newest is sent.

    With `anew=False` it is not posted again for this version: then it stays as it is until one that may.
    """

    kind: Literal["card"] = "card"
    to: Place
    key: str
    content: str = Field(repr=False)
    lane: Lane = Lane.OPERATION
    anew: bool = True


class Edit(_Act):
    """Say something else in the newest message of the post or card `key`.

    Where that cannot be edited, whoever asked is told; with `needed=False` it then stays as it is. A post
    with choices cannot be edited, nor can one that went out folded. What must stay current is a card.
    """

    kind: Literal["edit"] = "edit"
    key: str
    content: str = Field(repr=False)
    needed: bool = True


class React(_Act):
    """A reaction of the bot to a message; with `remove` it is taken away."""

    kind: Literal["react"] = "react"
    message_id: int
    emoji_name: str
    remove: bool = False


class EnsureChannel(_Act):
    """A channel that must exist, with the bot and these people subscribed."""

    kind: Literal["ensure_channel"] = "ensure_channel"
    name: str
    description: str = ""
    subscribers: tuple[int, ...] = ()
    private: bool = False


class ChangeChannel(_Act):
    """Another name or description for a channel, or its end: archived once all that waits for it is said.

    It takes a bot that is an administrator of the realm; any other is refused, and that is told.
    More people are subscribed with EnsureChannel.
    """

    kind: Literal["change_channel"] = "change_channel"
    channel: int | str
    name: str | None = None
    description: str | None = None
    archive: bool = False


class ResolveTopic(_Act):
    """Mark the topic that holds the post or card `key` as done (✔), or as not done."""

    kind: Literal["resolve_topic"] = "resolve_topic"
    key: str
    done: bool = True
    lane: Lane = Lane.OPERATION


Act = Annotated[
    Post | Card | Edit | React | EnsureChannel | ChangeChannel | ResolveTopic, Field(discriminator="kind")
]
