"""One row of the outbox, ready to be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from stuf_bot.acts import Post
from stuf_bot.chat.delivery import Job, Message
from stuf_bot.chat.files import Uploaded, load
from stuf_bot.chat.folding import folded
from stuf_bot.chat.outbox import FOLD, READ, RECARD, AnyAct
from stuf_bot.places import Topic


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the outbox, as it was when it was read."""

    id: int
    key: str
    subject: str
    kind: str
    payload: str
    row: Row[Any]
    known: Message | None
    members: tuple[str, ...] = ()

    @property
    def conversation(self) -> str:
        """The place that it is for, or what else it has to be in order with."""
        return str(self.row.conversation)

    @property
    def edits(self) -> bool:
        """Whether it says something newer in place of what is there."""
        return self.kind in {"card", RECARD, "edit"} and self.known is not None

    def act(self) -> AnyAct:
        """What is to be done. Raises pydantic.ValidationError where another version of the bot wrote it."""
        act = READ.validate_json(self.payload)
        if self.kind != FOLD:
            return act
        others = [READ.validate_json(payload) for payload in self.members]
        return folded([post for post in (act, *others) if isinstance(post, Post)])

    def job(self, *, keep: Callable[[Sequence[Uploaded]], None]) -> Job:
        """Ready to be done, with `keep` to store where its files lie. Raises as `act`."""
        return Job(
            act=self.act(),
            mark=self.row.mark,
            created_at=self.row.created_at,
            known=self.known,
            anew=self.kind == RECARD,
            uploaded=tuple(load(self.row.uploaded)),
            keep=keep,
            place=self._place(),
        )

    def _place(self) -> Topic | None:
        kind, _, rest = self.row.conversation.partition(":")
        channel, _, topic = rest.partition(":")
        return Topic(channel=int(channel), topic=topic) if kind == "topic" and channel.isdecimal() else None
