"""What the doors hear, as typed messages: a `Command` has one handler, an `Event` any number."""

import inspect
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stuf_bot.places import Place, conversation


class Event(BaseModel):
    """Something that happened. Stored in the inbox under `key`, handled once."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @property
    def key(self) -> str:
        """The sender's id for it: the same happening heard twice has the same key."""
        raise NotImplementedError

    @property
    def order(self) -> str:
        """Events of one order are handled one after the other; different orders side by side."""
        return self.key


class MessageReceived(Event):
    """A message that concerns the bot: a direct message to it, or one that mentions it.

    `content` is raw Markdown and may be personal. `edited` is true where the mention came by an edit,
    `caught_up` where it waited for the bot, `perhaps_answered` where a power cut may have taken the
    note of an answer.
    """

    message_id: int
    sender_id: int
    sender_name: str
    place: Place
    channel_name: str | None = None
    content: str = Field(repr=False)
    sent_at: datetime
    edited: bool = False
    caught_up: bool = False
    perhaps_answered: bool = False

    @property
    def key(self) -> str:
        """By message id: a caught-up message and its event are the same."""
        return f"zulip:message:{self.message_id}"

    @property
    def order(self) -> str:
        """By conversation: what is said in one is answered in the order in which it was said."""
        return conversation(self.place)


class ReactionAdded(Event):
    """Somebody reacted to a message."""

    message_id: int
    user_id: int
    emoji_name: str

    @property
    def key(self) -> str:
        """One per person, message and emoji."""
        return f"zulip:reaction:{self.message_id}:{self.user_id}:{self.emoji_name}"

    @property
    def order(self) -> str:
        """By message: the first of several reactions to one counts first."""
        return f"reactions:{self.message_id}"


class DeliveryReceived(Event):
    """An inbound webhook whose signature was right; `body` is its parsed JSON."""

    source: str
    delivery_id: str
    kind: str
    subject: str = ""
    body: dict[str, Any] = Field(repr=False)

    @property
    def key(self) -> str:
        """By the sender's delivery id."""
        return f"{self.source}:delivery:{self.delivery_id}"

    @property
    def order(self) -> str:
        """By source and subject (a STUF, a run)."""
        return f"{self.source}:{self.subject}"


class ErrandEnded(Event):
    """A call to an outside service that somebody asked for is over (`stuf_bot.errands`).

    `errand` is the key under which it was put, `number` the one thing that no other errand has, `within`
    its order. With `succeeded` there is a `result`, else a stable `code` and a `sentence` that says why.
    """

    number: int
    kind: str
    errand: str
    within: str
    payload: dict[str, Any] = Field(repr=False)
    succeeded: bool
    result: dict[str, Any] = Field({}, repr=False)
    code: str = ""
    sentence: str = Field("", repr=False)

    @property
    def key(self) -> str:
        """One per errand."""
        return f"errand:{self.number}"

    @property
    def order(self) -> str:
        """By the errand's order, which may be that of deliveries about the same thing."""
        return self.within


class TopicMarked(Event):
    """A person marked a topic as resolved (✔), or took the mark away. Never the bot itself.

    `topic` is its name without the mark, `message_id` one of its messages; `event` names the event of
    Zulip's queue that told it.
    """

    channel: int
    channel_name: str | None = None
    topic: str
    done: bool
    user_id: int
    message_id: int
    event: str

    @property
    def key(self) -> str:
        """One per event of a queue; a queue tells each until it is acknowledged."""
        return f"zulip:mark:{self.event}"

    @property
    def order(self) -> str:
        """By conversation, as messages."""
        return f"topic:{self.channel}:{self.topic}"


class WaitingMessage(BaseModel):
    """A message that waited while the bot was away: where it stands and whose it is, not what it says."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    message_id: int
    sender_id: int
    sender_name: str
    place: Place
    channel_name: str | None = None


class Reconnected(Event):
    """The bot was away from Zulip and has caught up.

    `waited` counts messages and reactions; `messages` are the first of those messages, 20 at most.
    """

    since: datetime
    until: datetime
    waited: int
    messages: tuple[WaitingMessage, ...] = ()

    @property
    def key(self) -> str:
        """One per gap."""
        return f"zulip:gap:{self.since.isoformat()}"


class Effect(StrEnum):
    """What a command does to the world."""

    READS = "reads"
    CHANGES = "changes"
    COSTS = "costs"
    DESTROYS = "destroys"


class Command(BaseModel):
    """An instruction, typed. A subclass is the one declaration of a command.

    class Status(Command, words="status", examples=("status acme-audit",), tag=Tag.STUF_STATUS):
        '''Show where a STUF stands.'''   # the line of help

        stuf: StufName

    `words` is what one types, `aliases` other words for the same, `role` what the asker needs (`open_to`
    says it in words where the role and the arguments do not), `effect` what it does, `personal` whether it takes
    or shows personal data and so belongs into direct messages, `tag` how the audit log names it, `examples`
    what help shows and tests run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    words: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[str, ...]] = ()
    effect: ClassVar[Effect] = Effect.READS
    personal: ClassVar[bool] = False
    role: ClassVar[str] = "member"
    open_to: ClassVar[str] = ""
    tag: ClassVar[str] = ""

    def __init_subclass__(cls, **declared: Any) -> None:
        """Take the declaration from the class line."""
        super().__init_subclass__()
        for name, value in declared.items():
            setattr(cls, name, value)

    @classmethod
    def __pydantic_init_subclass__(cls, **_declared: Any) -> None:
        """What takes personal data belongs into direct messages, whether or not it was declared."""
        marks = [mark for field in cls.model_fields.values() for mark in field.metadata]
        cls.personal = cls.personal or any(getattr(mark, "personal", False) for mark in marks)

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        """Which arguments were given: what was typed may be personal."""
        return ((name, ...) for name in self.model_fields_set)

    @classmethod
    def help_line(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def needs_arguments(cls) -> bool:
        """Whether the bare words are not yet a whole command."""
        return any(field.is_required() for field in cls.model_fields.values())

    @classmethod
    def more(cls) -> str:
        """What help says below the usage: the rest of the docstring."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[2].strip()
