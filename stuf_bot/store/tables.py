"""Tables of the bot's own: what came in, what is to be posted, and how far it has read."""

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives; SQLite counts up only what it calls INTEGER."""


class UtcTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's.
        """Refuse a moment without a zone: nobody could say which it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's.
        """Give the zone back that SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the bot."""


def table_of(rows: type[Base]) -> Table:
    """The table behind a class of rows: statements on it cost half of those on the class."""
    return cast("Table", rows.__table__)


class InboxRow(Base):
    """Something that came in. `payload` is emptied once it is handled: it may be personal."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    kind: Mapped[str] = mapped_column(String(100))
    order_key: Mapped[str] = mapped_column(String(300))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str | None] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index(
            "inbox_waiting",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )


class OutboxRow(Base):
    """Something to say or do in Zulip. Rows of one `conversation` go out in the order of their ids.

    `mark` is the newest message id known when the row was written: a message of ours that is
    newer and says the same is this row's. `after` is a row that has to be done before. `unsure` rows
    are looked for before they are sent the first time. `asker` is whose question led to it, `cause`
    the key of the inbox entry. `uploaded` is what became of its files so far, as JSON. `folds` says
    whether it may become a part of one message with its neighbours; `fold` is the row that it then
    goes out with.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    subject: Mapped[str] = mapped_column(String(300), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    lane: Mapped[int]
    conversation: Mapped[str] = mapped_column(String(300))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    mark: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[int | None] = mapped_column(BigInteger)
    problem: Mapped[str | None] = mapped_column(String(300))
    unsure: Mapped[bool] = mapped_column(default=False, server_default=false())
    asker: Mapped[int | None] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(300), default="", server_default="")
    uploaded: Mapped[str] = mapped_column(Text, default="", server_default="")
    folds: Mapped[bool] = mapped_column(default=False, server_default=false())
    fold: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index(
            "outbox_waiting",
            "conversation",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "outbox_urgent",
            "lane",
            "id",
            "conversation",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "outbox_folded",
            "fold",
            sqlite_where=text("fold IS NOT NULL"),
            postgresql_where=text("fold IS NOT NULL"),
        ),
    )


class PostedRow(Base):
    """A message of ours, and whose it is: the key of a post, or of a card (its newest one counts)."""

    __tablename__ = "posted"

    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(300), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    posted_at: Mapped[datetime] = mapped_column(UtcTime)


class ChannelNameRow(Base):
    """The channel that last had a name (case folded), so that it is found after it was renamed."""

    __tablename__ = "channel_names"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    channel_id: Mapped[int] = mapped_column(BigInteger)


class CursorRow(Base):
    """How far the bot has read in Zulip: everything up to `message_id`, at the moment `seen_at`.

    Nothing up to `floor`, the newest message when the bot was first started, concerns it.
    """

    __tablename__ = "cursor"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
