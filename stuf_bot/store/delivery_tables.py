"""Tables of what came in from outside: how much, what nobody could handle, and how far GitHub was looked at."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stuf_bot.store.tables import Base, Id, UtcTime


class KeptDelivery(Base):
    """A delivery that nobody understood, or whose handler failed. Numbers are given once.

    `key` is its key in the inbox. `why` is unknown or failed; `state` is kept, waiting (to be handled again)
    or handled. `body` is its JSON, empty where it was too large, is no longer kept, or was handled; it may
    be personal. `size` is what it had, in bytes; `reference` leads to the log.
    """

    __tablename__ = "kept_deliveries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    source: Mapped[str] = mapped_column(String(20))
    delivery_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(300))
    why: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    size: Mapped[int]
    kept_at: Mapped[datetime] = mapped_column(UtcTime)
    replays: Mapped[int]
    replayed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    replayed_by: Mapped[int | None] = mapped_column(BigInteger)
    # Behind the others, which SQLite reaches without it.
    body: Mapped[str] = mapped_column(Text)


class DeliveryCount(Base):
    """How many deliveries of a source had an outcome on a day (UTC): accepted, repeated, or why not."""

    __tablename__ = "delivery_counts"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


class SeenObject(Base):
    """The newest state of an object of GitHub that the bot was told of, by the object's own `updated_at`."""

    __tablename__ = "seen_objects"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Look(Base):
    """When a repository was last asked for what was missed."""

    __tablename__ = "looks"

    repository: Mapped[str] = mapped_column(String(200), primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(UtcTime)
