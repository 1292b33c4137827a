"""Reads the audit log: for a STUF, since a moment, the newest first or all in order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from stuf_bot.store.audit_tables import AuditEntry

_ENTRIES: Table = AuditEntry.__table__  # type: ignore[assignment]
_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it was recorded; `at` is in UTC, `details` hold names of things only."""

    id: int
    version: int
    at: datetime
    tag: str
    actor_id: int | None
    place: str
    outcome: str
    reason_code: str
    cause: str
    correlation: str
    stuf: str | None
    details: dict[str, Any]
    before: str
    digest: str

    def line(self) -> str:
        """The entry as a line of JSON; its digest can be computed again from it."""
        content = {name: getattr(self, name) for name in self.__slots__ if name != "stuf"}
        return json.dumps(content | {"at": self.at.isoformat()})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of a STUF (by slug), since a moment (aware); None wants all.

    `besides`: with a `since`, a person's own acts are wanted also from before it.
    """

    stuf: str | None = None
    since: datetime | None = None
    besides: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What an entry has to meet."""
        found: list[ColumnElement[bool]] = []
        if self.stuf is not None:
            found.append(_ENTRIES.c.stuf == self.stuf)
        if self.since is not None:
            young = _ENTRIES.c.at >= self.since
            own = [_ENTRIES.c.actor_id == self.besides] if self.besides is not None else []
            found.append(or_(young, *own))
        return found


def entries(session: Session, wanted: Wanted = Wanted()) -> Iterator[Entry]:
    """All wanted entries, oldest first, read as they are asked for."""
    query = select(_ENTRIES).where(*wanted.conditions()).order_by(_ENTRIES.c.id)
    for row in session.execute(query, execution_options={"yield_per": _AT_A_TIME}):
        yield _entry(row)


def newest(session: Session, wanted: Wanted, most: int) -> list[Entry]:
    """The newest of the wanted entries, at most `most`, oldest first."""
    query = select(_ENTRIES).where(*wanted.conditions()).order_by(_ENTRIES.c.id.desc()).limit(most)
    return [_entry(row) for row in reversed(session.execute(query).all())]


def _entry(row: Any) -> Entry:
    return Entry(**row._mapping)  # noqa: SLF001 - the documented name, underscored so as not to hide a column.
