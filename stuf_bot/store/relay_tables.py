"""Tables of what outside events are about, and of the rules by which they are told."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from stuf_bot.store.tables import Base, Id, UtcTime


class SubjectRow(Base):
    """An object with a topic of its own. `channel` and `topic` stay as they were first used.

    `label_key` is the label as it stands in the topic, case folded. `said` once anything stands there;
    `carded` once its card does; `card` is a first card that waits. `done` is what was last told. `serial`
    counts how often a STUF of this name went: its messages are not the next one's.
    """

    __tablename__ = "relay_subjects"
    __table_args__ = (
        Index("ix_relay_subjects_label", "label_key"),
        Index("ix_relay_subjects_changed", "changed_at"),
    )

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    stuf: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(100))
    topic: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(100))
    label_key: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(Text)
    said: Mapped[bool] = mapped_column(default=False, server_default=false())
    carded: Mapped[bool] = mapped_column(default=False, server_default=false())
    card: Mapped[str] = mapped_column(Text, default="", server_default="")
    done: Mapped[bool] = mapped_column(default=False, server_default=false())
    serial: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class ObjectRow(Base):
    """What a source remembers about an object: plain JSON, nothing personal. `changed_at` is when it was last kept."""

    __tablename__ = "relay_objects"
    __table_args__ = (Index("ix_relay_objects_changed", "changed_at"),)

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    stuf: Mapped[str] = mapped_column(String(32), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class RuleRow(Base):
    """A rule of a STUF, or of the fleet (`scope` is empty). `number` is what people call it.

    `mode` is 'mute' or 'only'; `conditions` gives the patterns of each field that has any.
    """

    __tablename__ = "relay_rules"
    __table_args__ = (UniqueConstraint("scope", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    mode: Mapped[str] = mapped_column(String(8))
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    until: Mapped[datetime | None] = mapped_column(UtcTime)
    person_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class RelaySettingsRow(Base):
    """How a STUF's relays are told. Empty or 0 is what holds of itself; `loud` are the default rules that are off.

    `quiet_from` and `quiet_until` are minutes of the day in `zone`; equal ones are no quiet hours. `serial` counts how
    often a STUF of this name went: it outlives all that is forgotten then.
    """

    __tablename__ = "relay_settings"

    scope: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(100), default="")
    quiet_from: Mapped[int] = mapped_column(default=0)
    quiet_until: Mapped[int] = mapped_column(default=0)
    zone: Mapped[str] = mapped_column(String(64), default="")
    batch_seconds: Mapped[int] = mapped_column(default=0)
    loud: Mapped[list[str]] = mapped_column(JSON, default=list)
    last_number: Mapped[int] = mapped_column(default=0)
    serial: Mapped[int] = mapped_column(default=0, server_default="0")


class TraceRow(Base):
    """What became of one piece of news, and by which rule; `facts` are the fields that rules look at."""

    __tablename__ = "relay_traces"
    __table_args__ = (UniqueConstraint("key"), Index("ix_relay_traces_subject", "subject_key", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(300))
    subject_key: Mapped[str] = mapped_column(String(300))
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcTime)


class WaitingNewsRow(Base):
    """News that quiet hours or a batch hold back until `due_at`, `files` as JSON. The row goes once it is said."""

    __tablename__ = "relay_waiting"
    __table_args__ = (Index("ix_relay_waiting_due", "due_at"), Index("ix_relay_waiting_scope", "scope", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    scope: Mapped[str] = mapped_column(String(32))
    subject_key: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    lane: Mapped[int]
    files: Mapped[str] = mapped_column(Text, default="", server_default="")
    due_at: Mapped[datetime] = mapped_column(UtcTime)


class AccountRow(Base):
    """Whose account at an outside service it is. `account_key` is the name case folded."""

    __tablename__ = "relay_accounts"
    __table_args__ = (UniqueConstraint("service", "user_id"),)

    service: Mapped[str] = mapped_column(String(10), primary_key=True)
    account_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    account: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[int] = mapped_column(BigInteger)
    set_by: Mapped[int] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(UtcTime)
