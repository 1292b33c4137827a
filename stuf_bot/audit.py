"""The audit log: who did what, where, with which outcome, in a hash chain.

Each entry's digest is SHA-256 over the canonical JSON (sorted keys, no spaces) of the entry with
the digest before it, so that a changed, removed or inserted entry is found.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.store.conversation_tables import AuditEntry

_FIRST = "0" * 64


class Tag(StrEnum):
    """What was done, as `source:subject:action`."""

    HELP_SHOWN = "chat:help:shown"
    FLEET_LISTED = "chat:fleet:listed"
    STATUS_SHOWN = "chat:stuf:shown"
    STUF_ASKED = "chat:stuf:asked"
    PLAN_ANSWERED = "chat:plan:answered"
    PLAN_CONFIRMED = "chat:plan:confirmed"
    PLAN_CANCELLED = "chat:plan:cancelled"
    TEST_STARTED = "chat:test:started"
    OPERATION_RETRIED = "chat:operation:retried"
    REMOVAL_ASKED = "chat:removal:asked"
    OPERATION_ENDED = "engine:operation:ended"
    UPLOAD_ANNOUNCED = "stuf:upload:announced"
    COMMAND_REFUSED = "chat:command:refused"


def record(  # noqa: PLR0913 - an entry has these columns.
    session: Session,
    *,
    at: datetime,
    tag: str,
    actor_id: int | None,
    outcome: str,
    place: str = "",
    reason_code: str = "",
    cause: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry. `details` must hold neither personal data nor secrets: ids, slugs, names of fields."""
    before = session.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)) or _FIRST
    entry = AuditEntry(
        at=at,
        tag=str(tag),
        actor_id=actor_id,
        place=place,
        outcome=outcome,
        reason_code=reason_code,
        cause=cause,
        details=dict(details or {}),
        digest="",
    )
    entry.digest = _digest(entry, before)
    session.add(entry)
    session.flush()


def verify(session: Session) -> int | None:
    """The id of the first entry whose digest does not follow from the one before; None when all do."""
    before = _FIRST
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if entry.digest != _digest(entry, before):
            return entry.id
        before = entry.digest
    return None


def _digest(entry: AuditEntry, before: str) -> str:
    content = {
        "at": entry.at.isoformat(),
        "tag": entry.tag,
        "actor_id": entry.actor_id,
        "place": entry.place,
        "outcome": entry.outcome,
        "reason_code": entry.reason_code,
        "cause": entry.cause,
        "details": entry.details,
        "before": before,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
