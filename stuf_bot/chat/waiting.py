"""The outbox as the sender sees it: what is next, and what became of it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from stuf_bot.acts import Card, Lane
from stuf_bot.chat.delivery import Done, Job, Message, forward_to
from stuf_bot.chat.files import Uploaded, dump, load
from stuf_bot.chat.outbox import READ, RECARD, AnyAct, Forward, Outbox
from stuf_bot.clock import Clock
from stuf_bot.store.database import Database
from stuf_bot.store.tables import OutboxRow, PostedRow

log = logging.getLogger(__name__)

_UNDELIVERED = "undelivered:"

_OLDEST = (
    select(func.min(OutboxRow.id).label("id"), func.min(OutboxRow.lane).label("lane"))
    .where(OutboxRow.state == "waiting")
    .group_by(OutboxRow.conversation)
    .subquery()
)
# A post may wait for another row, such as the channel that it goes to.
_BEFORE = aliased(OutboxRow)
_FREE = (
    select(_OLDEST.c.id, _OLDEST.c.lane)
    .join(OutboxRow, OutboxRow.id == _OLDEST.c.id)
    .outerjoin(_BEFORE, and_(_BEFORE.id == OutboxRow.after, _BEFORE.state == "waiting"))
    .where(_BEFORE.id.is_(None))
    .order_by(_OLDEST.c.lane, _OLDEST.c.id)
)


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest act that waits in a conversation. `lane` is the most urgent one of all that wait there."""

    id: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the outbox, as it was when it was read."""

    id: int
    key: str
    subject: str
    kind: str
    payload: str
    row: OutboxRow
    known: Message | None

    def job(self, *, unsure: bool, keep: Callable[[Sequence[Uploaded]], None]) -> Job:
        """What is to be done. Raises pydantic.ValidationError where another version of the bot wrote it."""
        return Job(
            act=READ.validate_json(self.payload),
            mark=self.row.mark,
            created_at=self.row.created_at,
            known=self.known,
            anew=self.kind == RECARD,
            unsure=unsure,
            uploaded=tuple(load(self.row.uploaded)),
            keep=keep,
        )


class Waiting:
    """Reads and notes; one thread at a time."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    def newest(self) -> int:
        """The id of the newest row there is, 0 without any."""
        with self._database.reading() as session:
            return session.scalar(select(func.max(OutboxRow.id))) or 0

    def heads(self) -> list[Head]:
        """The conversations in which something waits that may go now, most urgent first."""
        with self._database.reading() as session:
            return [Head(row.id, Lane(row.lane)) for row in session.execute(_FREE)]

    def read(self, head: Head) -> Entry:
        """The act itself, with the message that is known of its post, card or topic."""
        with self._database.reading() as session:
            row = session.get_one(OutboxRow, head.id)
            newest = select(PostedRow).where(PostedRow.key == row.subject)
            posted = session.scalar(newest.order_by(PostedRow.message_id.desc()).limit(1))
        known = Message(posted.message_id, posted.content_hash, posted.posted_at) if posted else None
        return Entry(row.id, row.key, row.subject, row.kind, row.payload, row, known)

    def keep(self, entry: Entry, uploaded: Sequence[Uploaded]) -> None:
        """Store where its files lie, before anything links to them."""
        with self._database.session() as session:
            session.execute(update(OutboxRow).where(OutboxRow.id == entry.id).values(uploaded=dump(uploaded)))

    def done(self, entry: Entry, act: AnyAct, done: Done) -> None:
        """It is done. A card that got a newer version meanwhile goes on waiting, with that one."""
        # A power cut leaves the row waiting, and then the message is found again.
        with self._database.session(durable=False) as session:
            self._posted(session, entry, act, done)
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == entry.id, OutboxRow.payload == entry.payload)
                .values(state="done", payload="", done_at=self._clock())
            )

    def anew(self, entry: Entry) -> None:
        """From now on this row is a new message with this content, so that a crash can find it again."""
        with self._database.session() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == entry.id, OutboxRow.payload == entry.payload)
                .values(kind=RECARD)
            )

    def failed(self, entry: Entry, code: str, instead: Iterable[AnyAct]) -> None:
        """It will never be done. What is said instead is not replaced again, should it fail too."""
        with self._database.session() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == entry.id)
                .values(state="failed", payload="", problem=code[:300], done_at=self._clock())
            )
            if not entry.key.startswith(_UNDELIVERED):
                for position, act in enumerate(instead):
                    self._outbox.put(session, act, _UNDELIVERED + entry.key, position)

    def claimed(self, message_ids: Sequence[int]) -> set[int]:
        """Which of these messages are known to be some post's or card's."""
        with self._database.reading() as session:
            return set(
                session.scalars(select(PostedRow.message_id).where(PostedRow.message_id.in_(message_ids)))
            )

    def _posted(self, session: Session, entry: Entry, act: AnyAct, done: Done) -> None:
        known = entry.known
        if done.message_id is not None:
            session.add(
                PostedRow(
                    message_id=done.message_id,
                    key=entry.subject,
                    content_hash=done.content_hash or "",
                    posted_at=self._clock(),
                )
            )
            if isinstance(act, Card) and known:
                forward = Forward(message_id=known.message_id, content=forward_to(act, done.message_id))
                self._outbox.put(session, forward, entry.key, 0)
        elif known and done.content_hash is not None:
            edited = update(PostedRow).where(PostedRow.message_id == known.message_id)
            session.execute(edited.values(content_hash=done.content_hash))
