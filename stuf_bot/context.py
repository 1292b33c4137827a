"""What a handler is told besides the message itself."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from stuf_bot.access import Role
from stuf_bot.acts import Choice, Post
from stuf_bot.chat.outside import inline
from stuf_bot.places import Direct, Person, Topic

_COMMAND_LENGTH = 300


@dataclass(frozen=True, slots=True)
class EventContext:
    """For handlers of events. `cause` is the key of what all this follows from, for the audit log."""

    session: Session
    now: datetime
    cause: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Context(EventContext):
    """For handlers of what a person said or did, with who and where; `quoted` is the message that they quote."""

    person: Person
    roles: frozenset[Role]
    place: Topic | Direct
    message_id: int
    bot: Person
    channel_name: str | None = None
    quoted: int | None = None

    @property
    def private(self) -> bool:
        """Whether only this person and the bot read along."""
        return self.place == self.direct

    @property
    def direct(self) -> Direct:
        """The direct conversation with this person."""
        return Direct(user_ids=(self.person.user_id,))

    def reply(self, content: str, choices: tuple[Choice, ...] = (), key: str | None = None) -> Post:
        """Say something where the question was asked."""
        return Post(to=self.place, content=content, choices=choices, key=key)

    def tell(self, content: str, choices: tuple[Choice, ...] = (), key: str | None = None) -> Post:
        """Say something to this person alone."""
        return Post(to=self.direct, content=content, choices=choices, key=key)

    def typed(self, command: str) -> str:
        """What one types for `command` here: with the bot's name in a channel, plain in a direct message."""
        return command if isinstance(self.place, Direct) else f"@{self.bot.name} {command}"

    def type_this(self, command: str) -> str:
        """The same as Markdown. `command` may repeat what somebody typed."""
        return inline(self.typed(command), _COMMAND_LENGTH)
