"""What is to be said and done in Zulip and is not yet."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from stuf_bot.acts import Card, ChangeChannel, Edit, EnsureChannel, Lane, Post, React, ResolveTopic
from stuf_bot.chat import cursor
from stuf_bot.chat.channel_names import ChannelNames
from stuf_bot.chat.content import fit_topic
from stuf_bot.clock import Clock, utc_now
from stuf_bot.places import Direct, Topic, conversation
from stuf_bot.store.database import after_commit
from stuf_bot.store.keys import short
from stuf_bot.store.tables import OutboxRow, PostedRow, table_of


class Forward(BaseModel):
    """Let an old card point to the new one, if it can still be edited. Made by the sender itself."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: Literal["forward"] = "forward"
    lane: Lane = Lane.OPERATION
    message_id: int
    content: str


AnyAct = Annotated[
    Post | Card | Edit | React | EnsureChannel | ChangeChannel | ResolveTopic | Forward,
    Field(discriminator="kind"),
]
READ: TypeAdapter[AnyAct] = TypeAdapter(AnyAct, config=ConfigDict(hide_input_in_errors=True))
RECARD = "recard"
"""The kind of a card's row once its message can no longer be edited: it becomes a new message."""
FOLD = "fold"
"""The kind of a post's row once others go out with it, as one message."""

# Every answer passes through these: they are made once, and on the tables, which costs half of the classes.
_T = table_of(OutboxRow)
_P = table_of(PostedRow)
_PUT = {
    name: dialect.insert(_T).on_conflict_do_nothing(index_elements=["key"])
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_NEWEST = select(func.max(_P.c.message_id))


class Outbox:
    """Acts by their keys. `channel_id` knows the ids of channels by name, where they exist."""

    def __init__(
        self, *, channel_id: Callable[[str], int | None] = lambda _: None, clock: Clock = utc_now
    ) -> None:
        self._channels = ChannelNames(channel_id)
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def on_put(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every commit that brought something to send."""
        self._listeners.append(wake)

    def answer(self, session: Session, acts: Iterable[AnyAct], event: object, cause: str) -> None:
        """Put what an event led to. `cause` is the event's key, with a suffix where it is told of twice.

        Whoever asked hears of what Zulip refuses. The answer to a message that was perhaps answered
        before is looked for among what came after it.
        """
        asker = getattr(event, "sender_id", None) or getattr(event, "user_id", None)
        mark = getattr(event, "message_id", None) if getattr(event, "perhaps_answered", False) else None
        for position, act in enumerate(acts):
            self.put(session, act, cause, position, asker=asker, unsure=mark is not None, mark=mark)

    def put(  # noqa: PLR0913 - what is known of the cause.
        self,
        session: Session,
        act: AnyAct,
        cause: str,
        position: int,
        *,
        asker: int | None = None,
        unsure: bool = False,
        mark: int | None = None,
    ) -> None:
        """Send this after the session's commit. The same key, or cause and position, is sent once.

        `cause` names what led to it (the key of an inbox entry), `position` its place among the acts,
        `asker` the person who is told where Zulip refuses it. With `unsure` it may have been sent
        before this row was written: then it is looked for first, among the messages after `mark`.
        """
        act = self._tidy(session, act)
        if isinstance(act, Card | ResolveTopic) and self._renewed(session, act):
            return
        subject = _subject(act, cause, position)
        row = {
            "key": subject if isinstance(act, Post) else short(f"{act.kind}:{subject}@{cause}#{position}"),
            "subject": subject,
            "kind": act.kind,
            "lane": int(act.lane),
            "conversation": short(self._conversation(session, act)),
            "payload": act.model_dump_json(),
            "state": "waiting",
            "mark": _mark(session) if mark is None else mark,
            "after": self._after(session, act),
            "unsure": unsure,
            "asker": asker,
            "cause": short(cause),
            "folds": isinstance(act, Post) and act.may_fold and not unsure,
            "created_at": self._clock(),
        }
        session.execute(_PUT[session.get_bind().dialect.name], row)
        for wake in self._listeners:
            after_commit(session, wake)

    def message_id(self, session: Session, key: str) -> int | None:
        """The newest message of a post or card, or None while it is not sent."""
        posted = self._posted(session, key)
        return posted.message_id if posted else None

    def posted_at(self, session: Session, key: str) -> datetime | None:
        """When the newest message of a post or card was sent, or None while it is not."""
        posted = self._posted(session, key)
        return posted.posted_at if posted else None

    def key_of(self, session: Session, message_id: int) -> str | None:
        """Whose message this is: the key of a post or card, or None where it is none of ours.

        Of folded posts it is the first one's; `keys_of` gives all.
        """
        return session.scalar(select(PostedRow.key).where(PostedRow.message_id == message_id))

    def keys_of(self, session: Session, message_id: int) -> tuple[str, ...]:
        """The keys of all posts that this message says, in their order; of a card its one key."""
        first = self.key_of(session, message_id)
        if first is None:
            return ()
        member, leader = aliased(OutboxRow), aliased(OutboxRow)
        others = (
            select(member.subject)
            .join(leader, leader.id == member.fold)
            .where(leader.subject == first, leader.kind == FOLD)
            .order_by(member.id)
        )
        return (first, *session.scalars(others))

    def _posted(self, session: Session, key: str) -> PostedRow | None:
        wanted = short(key)
        newest = select(PostedRow).order_by(PostedRow.message_id.desc()).limit(1)
        posted = session.scalar(newest.where(PostedRow.key == wanted))
        if posted is not None:
            return posted
        member, leader = aliased(OutboxRow), aliased(OutboxRow)
        folded_into = (
            select(leader.subject)
            .join(member, member.fold == leader.id)
            .where(member.subject == wanted, member.fold.is_not(None))
            .limit(1)
        )
        lead = session.scalar(folded_into)
        return session.scalar(newest.where(PostedRow.key == lead)) if lead else None

    def waiting(self, session: Session) -> int:
        """How many acts wait; those that go out as one message count as one."""
        return session.scalar(select(func.count()).where(OutboxRow.state == "waiting")) or 0

    def _tidy(self, session: Session, act: AnyAct) -> AnyAct:
        if isinstance(act, Post | Card) and isinstance(act.to, Topic):
            channel = self._channel(session, act.to.channel)
            to = Topic(channel=channel, topic=fit_topic(act.to.topic))
            return act.model_copy(update={"to": to})
        if isinstance(act, ChangeChannel):
            return act.model_copy(update={"channel": self._channel(session, act.channel)})
        return act

    def _channel(self, session: Session, channel: int | str) -> int | str:
        if isinstance(channel, int):
            return channel
        number = self._channels.now(session, channel)
        if self._being_made(session, channel) is not None:
            # It may stand on Zulip already, after a crash: what is put now still comes after what waits for it.
            return channel
        if number is None:
            number = self._channels.before(session, channel)
        return channel if number is None else number

    def _renewed(self, session: Session, card: Card | ResolveTopic) -> bool:
        """Put the newest version of a card in the place of an edit that waits, or of a topic's mark likewise.

        A first or new message of a card stays as it was written: after a crash it is known by its content.
        """
        rows = session.scalars(
            select(OutboxRow.id)
            .where(
                OutboxRow.subject == short(card.key),
                OutboxRow.kind == card.kind,
                OutboxRow.state == "waiting",
            )
            .order_by(OutboxRow.id)
            .with_for_update()
        ).all()
        marks = isinstance(card, ResolveTopic)
        edits = rows if marks or self.message_id(session, card.key) is not None else rows[1:]
        if not edits:
            return False
        waiting = edits[-1]
        if isinstance(card, Card) and not card.anew:
            # What waits may have been meant to be posted again, if need be.
            before = session.scalar(select(OutboxRow.payload).where(OutboxRow.id == waiting))
            card = card.model_copy(update={"anew": not before or Card.model_validate_json(before).anew})
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == waiting)
            .values(
                payload=card.model_dump_json(),
                lane=case((OutboxRow.lane > int(card.lane), int(card.lane)), else_=OutboxRow.lane),
            )
        )
        return True

    def _conversation(self, session: Session, act: AnyAct) -> str:
        if isinstance(act, Card):
            # All that waits of one card stays in line, also where its channel got its id meanwhile.
            waiting = select(OutboxRow.conversation).where(
                OutboxRow.subject == short(act.key), OutboxRow.state == "waiting"
            )
            return session.scalar(waiting.limit(1)) or conversation(act.to)
        if isinstance(act, Post):
            return conversation(act.to)
        if isinstance(act, EnsureChannel):
            return f"channel:{act.name}"
        if isinstance(act, ChangeChannel):
            return f"channel:{act.channel}"
        if isinstance(act, ResolveTopic | Edit):
            of_subject = select(OutboxRow.conversation).where(
                OutboxRow.subject == short(act.key), OutboxRow.kind.in_(("post", "card", RECARD, FOLD))
            )
            found = session.scalar(of_subject.order_by(OutboxRow.id.desc()).limit(1))
            return found or f"key:{act.key}"
        return f"message:{act.message_id}"

    def _after(self, session: Session, act: AnyAct) -> int | None:
        """A post into a channel that is still to be made waits for it."""
        if not isinstance(act, Post | Card) or isinstance(act.to, Direct):
            return None
        return self._being_made(session, act.to.channel) if isinstance(act.to.channel, str) else None

    def _being_made(self, session: Session, channel: str) -> int | None:
        return session.scalar(
            select(func.max(OutboxRow.id)).where(
                OutboxRow.conversation == short(f"channel:{channel}"),
                OutboxRow.kind == "ensure_channel",
                OutboxRow.state == "waiting",
            )
        )


def _subject(act: AnyAct, cause: str, position: int) -> str:
    if isinstance(act, Post):
        return short(act.key or f"{cause}#{position}")
    if isinstance(act, Card | Edit | ResolveTopic):
        return short(act.key)
    if isinstance(act, ChangeChannel):
        return short(str(act.channel))
    if isinstance(act, EnsureChannel):
        return short(act.name)
    return str(act.message_id)


def _mark(session: Session) -> int:
    posted = session.scalar(_NEWEST) or 0
    return max(posted, cursor.message_id(session))
