"""Appends to the audit log.

Each entry's digest is SHA-256 over the canonical JSON (sorted keys, no spaces, ASCII) of the entry with
the digest before it. The head, one row, says how many entries there are and what the newest one's digest
is: on PostgreSQL writers queue at it, and newest entries that were removed are missed by it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session

from stuf_bot.audit.tags import Tag
from stuf_bot.store.audit_tables import START, AuditEntry, AuditHead
from stuf_bot.store.tables import table_of
from stuf_bot.telemetry import Redaction

VERSION = 2
"""What digests cover now; entries of version 1 have neither correlation nor version in theirs."""

_ENTRIES = table_of(AuditEntry)
_HEAD = table_of(AuditHead)
_READ_HEAD = select(_HEAD.c.entries, _HEAD.c.digest).where(_HEAD.c.id == 1)
_TAKE_HEAD = _READ_HEAD.with_for_update()
_MOVE_HEAD = (
    update(_HEAD).where(_HEAD.c.id == 1).values(entries=bindparam("count"), digest=bindparam("newest"))
)
_APPEND = insert(_ENTRIES)
# The last line of defence: callers keep personal data out by type.
_redacted = Redaction(())
# Keys, slugs, codes and words of our own, which nothing needs to be looked for in: it is done for every entry.
_OURS = re.compile(r"[a-z][a-z0-9:\-]*|[0-9a-f]{64}|")


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the digest of the newest: written down elsewhere, it is an anchor."""

    entries: int
    digest: str


def head(session: Session) -> Head | None:
    """Where the chain stands; None where its head is missing."""
    found = session.connection().execute(_READ_HEAD).one_or_none()
    return Head(found.entries, found.digest) if found else None


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
    correlation: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry; it stands when the session commits.

    `cause` is what was heard or done just before (an inbox key); `correlation` is the same for all that follows
    from one message, delivery or operation, and the cause where it is not given. `details` must hold neither
    personal data nor secrets: ids, slugs, names of fields; `details["stuf"]` is what it is found by.
    """
    given = {
        "at": at.astimezone(UTC),
        "tag": str(tag),
        "actor_id": actor_id,
        "place": _clean(place),
        "outcome": outcome,
        "reason_code": reason_code,
        "cause": _clean(cause),
        "correlation": _clean(correlation or cause),
        "details": _clean(details or {}),
    }
    connection = session.connection()
    stands = connection.execute(_TAKE_HEAD).one_or_none()
    _append(connection, Head(*stands) if stands else _restored(connection, given["at"]), given)


def digest_of(row: Mapping[str, Any]) -> str:
    """The digest of an entry, from its columns."""
    content = {
        name: row[name]
        for name in ("tag", "actor_id", "place", "outcome", "reason_code", "cause", "details", "before")
    }
    content["at"] = row["at"].isoformat()
    if row["version"] != 1:
        content |= {"version": row["version"], "correlation": row["correlation"]}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _append(connection: Connection, stands: Head, given: Mapping[str, Any]) -> Head:
    row = {"version": VERSION, "before": stands.digest, **given}
    now = Head(stands.entries + 1, digest_of(row))
    stuf = row["details"].get("stuf")
    row |= {"id": now.entries, "digest": now.digest, "stuf": stuf if isinstance(stuf, str) else None}
    connection.execute(_APPEND, row)
    connection.execute(_MOVE_HEAD, {"count": now.entries, "newest": now.digest})
    return now


def _restored(connection: Connection, at: datetime) -> Head:
    """A head for the entries that there are. That it was missing is an entry of its own."""
    newest = select(_ENTRIES.c.id, _ENTRIES.c.digest).order_by(_ENTRIES.c.id.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    stood = Head(last.id, last.digest) if last else Head(0, START)
    connection.execute(insert(_HEAD).values(id=1, entries=stood.entries, digest=stood.digest))
    missed = {"at": at, "tag": str(Tag.HEAD_RESTORED), "actor_id": None, "outcome": "restored", "details": {}}
    return _append(
        connection, stood, missed | dict.fromkeys(("place", "reason_code", "cause", "correlation"), "")
    )


def _clean(value: Any) -> Any:
    """The value as JSON can hold it and both databases store it, without what looks personal or secret."""
    if isinstance(value, str):
        if _OURS.fullmatch(value):
            return str(value)
        return _redacted(value.encode("utf-8", "replace").decode().replace("\0", ""))
    if isinstance(value, Mapping):
        return {str(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _clean(str(value))
