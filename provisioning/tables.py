"""The fleet's tables. Only fleet.py, progress.py, architects.py and sentry/kept.py read and write them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A moment, aware and in UTC on every database (SQLite itself keeps no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        del dialect
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite drops."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The fleet's own metadata."""


class StufRow(Base):
    """A STUF. A slug may come again once its STUF is gone, hence the key of its own."""

    __tablename__ = "stufs"
    __table_args__ = (
        Index(
            "uq_stufs_slug_in_use",
            "slug",
            unique=True,
            sqlite_where=text("state <> 'gone'"),
            postgresql_where=text("state <> 'gone'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(32))
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    owner_name: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    outputs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(Utc)
    architects: Mapped[list["ArchitectRow"]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by="ArchitectRow.id",
    )


class ArchitectRow(Base):
    """A TA of a STUF: who asked for it, and whom its TAs have added."""

    __tablename__ = "architects"
    __table_args__ = (UniqueConstraint("stuf_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stuf_id: Mapped[int] = mapped_column(ForeignKey("stufs.id"))
    user_id: Mapped[int] = mapped_column(BigInteger)
    added_by: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(Utc)


class OperationRow(Base):
    """An operation; the partial index is the lock: one active operation a STUF."""

    __tablename__ = "operations"
    __table_args__ = (
        Index(
            "uq_operations_active",
            "stuf_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    stuf_id: Mapped[int] = mapped_column(ForeignKey("stufs.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int]
    start_at: Mapped[str] = mapped_column(String(32))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    run_url: Mapped[str | None] = mapped_column(Text)
    dispatching: Mapped[bool]
    adopt_files: Mapped[bool]
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    person_id: Mapped[int] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    sequence: Mapped[int]


class PendingRow(Base):
    """Personal data on its way to storage: one object each, deleted once it is written there."""

    __tablename__ = "pending_participants"
    __table_args__ = (UniqueConstraint("stuf_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stuf_id: Mapped[int] = mapped_column(ForeignKey("stufs.id"))
    key: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class UploadRow(Base):
    """An upload that a STUF has announced."""

    __tablename__ = "uploads_seen"
    __table_args__ = (UniqueConstraint("stuf_id", "upload_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stuf_id: Mapped[int] = mapped_column(ForeignKey("stufs.id"))
    upload_id: Mapped[str] = mapped_column(String(64))
    verification: Mapped[bool]
    seen_at: Mapped[datetime] = mapped_column(Utc)


class SentryProjectRow(Base):
    """A STUF's project in Sentry. `project_id` is empty while it is being made."""

    __tablename__ = "sentry_projects"

    id: Mapped[int] = mapped_column(primary_key=True)
    stuf_id: Mapped[int] = mapped_column(ForeignKey("stufs.id"), unique=True)
    slug: Mapped[str] = mapped_column(String(64), index=True)
    project_id: Mapped[str | None] = mapped_column(String(32), index=True)
    dsn: Mapped[str | None] = mapped_column(Text)
    alerts: Mapped[int]
    written: Mapped[bool]
    begun_at: Mapped[datetime] = mapped_column(Utc)
