"""The objects that have a topic: found by key, and by where they stand."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.places import Topic
from stuf_bot.relays import book
from stuf_bot.relays.model import Subject
from stuf_bot.store.keys import short
from stuf_bot.store.relay_tables import ObjectRow, SubjectRow, TraceRow
from stuf_bot.store.tables import ChannelNameRow

_RESOLVED = "✔ "
ChannelId = Callable[[str], int | None]


def row_of(session: Session, subject: Subject, channel: str, changed_at: datetime) -> SubjectRow:
    """The subject's row, locked; made where there is none.

    Where nothing stands in its topic yet, that is going to be in `channel`. A new row was changed at `changed_at`.
    """
    query = select(SubjectRow).where(SubjectRow.key == short(subject.key)).with_for_update()
    query = query.execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        _make(session, subject, channel, changed_at)
        row = session.scalars(query).one()
    if not row.said:
        row.channel, row.topic, row.stuf = channel, subject.topic, subject.stuf
        row.label, row.label_key = subject.label[:100], subject.label_key
        # It may be new here because what an earlier STUF of this name had was forgotten.
        row.serial = max(row.serial, book.serial(session, subject.stuf))
    return row


def _make(session: Session, subject: Subject, channel: str, changed_at: datetime) -> None:
    """Another hand may make it at the same moment."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(SubjectRow).values(
        key=short(subject.key),
        stuf=subject.stuf,
        channel=channel,
        topic=subject.topic,
        label=subject.label[:100],
        label_key=subject.label_key,
        title=subject.title,
        changed_at=changed_at,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["key"]))


def forget(session: Session, stuf: str) -> None:
    """Nothing stands in any topic of this STUF's any more, and nothing is known of its objects."""
    keys = select(SubjectRow.key).where(SubjectRow.stuf == stuf)
    session.execute(delete(TraceRow).where(TraceRow.subject_key.in_(keys)))
    session.execute(delete(ObjectRow).where(ObjectRow.stuf == stuf))
    serial = book.serial(session, stuf)
    for row in session.scalars(select(SubjectRow).where(SubjectRow.stuf == stuf)):
        row.serial = max(row.serial + 1, serial)
        row.said = row.carded = row.done = False
        row.card = ""


def place(row: SubjectRow) -> Topic:
    """Where it stands."""
    return Topic(channel=row.channel, topic=row.topic)


def subject(row: SubjectRow) -> Subject:
    """The object itself."""
    return Subject(row.key, row.stuf, row.label, row.title)


def by_key(session: Session, key: str) -> SubjectRow | None:
    """The subject with this key, whether or not anything was said of it."""
    return session.get(SubjectRow, key)


def at(session: Session, channel_name: str, topic: str, channel_id: ChannelId) -> SubjectRow | None:
    """What stands in this topic, by its label where the topic was renamed. Resolved ones count."""
    bare = topic.removeprefix(_RESOLVED).strip()
    words = bare.casefold().split(" ")
    labels = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
    labelled = (SubjectRow.label_key.in_(labels), SubjectRow.said)
    names = _names(session, channel_name, channel_id)
    # The label may be that of an object of every STUF: only those of this channel are read.
    channels = session.scalars(select(SubjectRow.channel).where(*labelled).distinct())
    here = [channel for channel in channels if channel.casefold() in names]
    if not here:
        return None
    query = (
        select(SubjectRow)
        .where(*labelled, SubjectRow.channel.in_(here))
        .order_by(func.length(SubjectRow.label_key).desc(), SubjectRow.changed_at.desc())
    )
    there = session.scalars(query).all()
    exact = [row for row in there if row.topic.casefold() == bare.casefold()]
    return next(iter(exact or there), None)


def _names(session: Session, now: str, channel_id: ChannelId) -> set[str]:
    """All names that the channel has, or had before it was renamed, case folded."""
    names, number = {now.casefold()}, channel_id(now)
    if number is not None:
        names |= set(session.scalars(select(ChannelNameRow.name).where(ChannelNameRow.channel_id == number)))
    return names
