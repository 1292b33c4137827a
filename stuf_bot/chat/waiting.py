"""The outbox as the sender sees it: what is next, and what became of it."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from stuf_bot.acts import Card, Lane
from stuf_bot.chat.delivery import Done, Message, forward_to
from stuf_bot.chat.entry import Entry
from stuf_bot.chat.files import Uploaded, dump
from stuf_bot.chat.folding import FOLD_ABOVE, MOST
from stuf_bot.chat.outbox import FOLD, RECARD, AnyAct, Forward, Outbox
from stuf_bot.clock import Clock
from stuf_bot.store.database import Database, insist
from stuf_bot.store.tables import OutboxRow, PostedRow, table_of

log = logging.getLogger(__name__)

_UNDELIVERED = "undelivered:"

# Word by word as in the indexes: SQLite takes them for nothing else.
_WAITS = OutboxRow.state == literal_column("'waiting'")
_FOLDED = "folded"

# Every answer passes through these: they are made once, and on the tables, which costs half of the classes.
_T = table_of(OutboxRow)
_P = table_of(PostedRow)
_T_WAITS = _T.c.state == literal_column("'waiting'")
_URGENT = select(_T.c.lane, _T.c.conversation).where(_T_WAITS).order_by(_T.c.lane, _T.c.id).limit(1)
_OLDEST: Select[Any] = (
    select(_T.c.id, _T.c.conversation, _T.c.after, _T.c.kind, _T.c.subject)
    .where(_T_WAITS)
    .order_by(_T.c.id)
    .limit(1)
)
_OLDEST_OF = _OLDEST.where(_T.c.conversation == bindparam("name"))
_READ = select(_T).where(_T.c.id == bindparam("entry"))
_NEWEST_OF = select(_P).where(_P.c.key == bindparam("subject")).order_by(_P.c.message_id.desc()).limit(1)
_POSTED = insert(_P)
_CHANGED_NEXT = (
    select(_T.c.id)
    .where(
        _T.c.conversation == bindparam("name"),
        _T.c.id > bindparam("entry"),
        _T.c.subject == bindparam("subject"),
        _T_WAITS,
    )
    .limit(1)
)
_DONE = (
    update(_T)
    .where(_T.c.id == bindparam("entry"), _T.c.payload == bindparam("said"))
    .values(state="done", payload="", uploaded="", done_at=bindparam("moment"))
)


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest act that waits in a conversation. `lane` is the most urgent one of all that wait for it."""

    id: int
    lane: Lane
    conversation: str


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

    def head(self, skip: Collection[str] = ()) -> Head | None:
        """What goes next, in none of the conversations to `skip`; None where nothing may go.

        It is the oldest act of the conversation that holds the most urgent one. Where that has to wait for
        another, as a post for its channel, the other one goes first.
        """
        passed = list(skip)
        with self._database.reading() as session:
            while True:
                urgent = session.execute(
                    _URGENT.where(_T.c.conversation.not_in(passed)) if passed else _URGENT
                ).first()
                if urgent is None:
                    return None
                first = self._first(session, urgent.conversation)
                if first is not None and first.conversation not in passed:
                    return Head(first.id, Lane(urgent.lane), first.conversation)
                passed.append(urgent.conversation)

    def _first(self, session: Session, name: str) -> Row[Any] | None:
        """The oldest of a conversation, or the oldest of what it has to wait for. Ids only fall: this ends."""
        row = session.execute(_OLDEST_OF, {"name": name}).first()
        while row is not None:
            before = None
            if row.after is not None:
                before = self._oldest(session, _T.c.id == row.after)
            elif row.kind == "change_channel":
                # A channel that is closed takes nothing more: what was to be said there goes first.
                posts = _T.c.conversation.startswith(f"topic:{row.subject}:", autoescape=True)
                before = self._oldest(session, and_(posts, _T.c.id < row.id))
            if before is None:
                return row
            row = session.execute(_OLDEST_OF, {"name": before.conversation}).first()
        return None

    def _oldest(self, session: Session, which: ColumnElement[bool]) -> Row[Any] | None:
        return session.execute(_OLDEST.where(which)).first()

    def read(self, head: Head) -> Entry:
        """The act itself, with the message that is known of its post, card or topic."""
        with self._database.reading() as session:
            row = session.execute(_READ, {"entry": head.id}).one()
            posted = session.execute(_NEWEST_OF, {"subject": row.subject}).first()
            members: tuple[str, ...] = ()
            if row.kind == FOLD:
                others = select(OutboxRow.payload).where(OutboxRow.fold == row.id).order_by(OutboxRow.id)
                members = tuple(session.scalars(others))
        known = Message(posted.message_id, posted.content_hash, posted.posted_at) if posted else None
        return Entry(row.id, row.key, row.subject, row.kind, row.payload, row, known, members)

    def alone(self, name: str) -> bool:
        """Whether only one act waits in a conversation: nothing waits behind it."""
        with self._database.reading() as session:
            ids = session.scalars(select(OutboxRow.id).where(_WAITS, OutboxRow.conversation == name).limit(2))
            return len(ids.all()) == 1

    def fold(self, head: Head) -> bool:
        """Let the posts that wait behind this one go out with it, where they are many; tells whether it did.

        Only for one that cannot have been sent yet. It is stored before anything is sent: after a crash
        the same posts are one message again.
        """
        with self._database.reading() as session:
            waiting = session.execute(
                select(OutboxRow.id, OutboxRow.folds, OutboxRow.kind)
                .where(_WAITS, OutboxRow.conversation == head.conversation, OutboxRow.id >= head.id)
                .order_by(OutboxRow.id)
                .limit(MOST)
            ).all()
        members = [row.id for row in takewhile(lambda row: row.folds and row.kind == "post", waiting)]
        if len(members) <= FOLD_ABOVE:
            return False
        with self._database.session() as session:
            others = update(OutboxRow).where(OutboxRow.id.in_(members[1:]))
            session.execute(others.values(state=_FOLDED, fold=head.id))
            session.execute(update(OutboxRow).where(OutboxRow.id == head.id).values(kind=FOLD))
        return True

    def keep(self, entry: Entry, uploaded: Sequence[Uploaded]) -> None:
        """Store where its files lie, before anything links to them."""
        with self._database.session() as session:
            session.execute(update(OutboxRow).where(OutboxRow.id == entry.id).values(uploaded=dump(uploaded)))

    def done(self, entry: Entry, done: Done) -> None:
        """It is done. A card that got a newer version meanwhile goes on waiting, with that one."""
        # A power cut leaves the row waiting, and then the message is found again.
        with self._database.session(durable=False) as session:
            self._posted(session, entry, done)
            if done.channel_id is not None:
                # The subject of a channel is its name.
                self._by_id(session, entry.subject, done.channel_id)
            names = {"name": entry.conversation, "subject": entry.subject, "entry": entry.id}
            if session.execute(_CHANGED_NEXT, names).first():
                # Once it says something else, it is no longer found by what it said.
                insist(session)
            session.execute(_DONE, {"entry": entry.id, "said": entry.payload, "moment": self._clock()})
            self._with_it(session, entry, state="done", payload="", done_at=self._clock())

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
            self._with_it(session, entry, state="failed", payload="", done_at=self._clock())
            if not entry.key.startswith(_UNDELIVERED):
                for position, act in enumerate(instead):
                    self._outbox.put(session, act, _UNDELIVERED + entry.key, position)

    def claimed(self, message_ids: Sequence[int]) -> set[int]:
        """Which of these messages are known to be some post's or card's."""
        with self._database.reading() as session:
            return set(
                session.scalars(select(PostedRow.message_id).where(PostedRow.message_id.in_(message_ids)))
            )

    def _by_id(self, session: Session, name: str, channel_id: int) -> None:
        """What waits for a channel by its name stays in line with what now comes by its id."""
        by_name, by_id = f"topic:{name}:", f"topic:{channel_id}:"
        waiting = update(OutboxRow).where(_WAITS, OutboxRow.conversation.startswith(by_name, autoescape=True))
        rest = func.substr(OutboxRow.conversation, len(by_name) + 1)
        session.execute(waiting.values(conversation=literal(by_id).concat(rest)))

    def _with_it(self, session: Session, entry: Entry, **values: object) -> None:
        if entry.kind == FOLD:
            session.execute(update(OutboxRow).where(OutboxRow.fold == entry.id).values(**values))

    def _posted(self, session: Session, entry: Entry, done: Done) -> None:
        known = entry.known
        if done.message_id is not None:
            session.execute(
                _POSTED,
                {
                    "message_id": done.message_id,
                    "key": entry.subject,
                    "content_hash": done.content_hash or "",
                    "posted_at": self._clock(),
                },
            )
            act = entry.act() if known else None
            if isinstance(act, Card) and known:
                forward = Forward(message_id=known.message_id, content=forward_to(act, done.message_id))
                self._outbox.put(session, forward, entry.key, 0)
        elif known and done.content_hash is not None:
            edited = update(PostedRow).where(PostedRow.message_id == known.message_id)
            session.execute(edited.values(content_hash=done.content_hash))
