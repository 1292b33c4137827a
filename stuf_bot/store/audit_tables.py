"""Tables of the audit log: its entries, where it stands, and what was last known of settings and roles."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Index, Table, Text, event, insert
from sqlalchemy.orm import Mapped, mapped_column

from stuf_bot.store.tables import Base, UtcTime

START = "0" * 64
"""The digest before the first entry."""


class AuditEntry(Base):
    """One act. Ids are consecutive from 1; `digest` is over the entry and `before`, the digest of the last one.

    `version` names what the digest covers. `stuf` repeats what `details` say, to be searched by.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_stuf", "stuf", "id"),
        Index("ix_audit_correlation", "correlation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcTime)
    tag: Mapped[str]
    actor_id: Mapped[int | None]
    place: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str]
    reason_code: Mapped[str]
    cause: Mapped[str]
    correlation: Mapped[str] = mapped_column(Text)
    stuf: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    before: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]


class AuditHead(Base):
    """One row: how many entries there are, and the digest of the newest. Writers queue at it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
    digest: Mapped[str] = mapped_column(Text)


class KnownSetting(Base):
    """A setting as the bot `bot` had it at its last start; `shown` is its value where it may be read."""

    __tablename__ = "audit_settings"

    bot: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    salt: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    shown: Mapped[str | None] = mapped_column(Text)


class KnownRole(Base):
    """The ids of the people who had a role when it was last looked at, ascending."""

    __tablename__ = "audit_roles"

    role: Mapped[str] = mapped_column(Text, primary_key=True)
    members: Mapped[list[int]] = mapped_column(JSON)


@event.listens_for(AuditHead.__table__, "after_create")
def _first(_table: Table, connection: Connection, **_given: object) -> None:
    connection.execute(insert(AuditHead).values(id=1, entries=0, digest=START))
