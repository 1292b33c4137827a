"""Reads the audit log: for a STUF, since a moment, the newest first or all in order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.tables import table_of

_ENTRIES = table_of(AuditEntry)
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
    """Which entries: of a STUF (by slug), since a moment (aware), of a correlation, with a tag; None wants all.

    `born`: what is older is not wanted, but for the acts of the person `owner`: a STUF's slug may have been
    another one's before.
    """

    stuf: str | None = None
    since: datetime | None = None
    correlation: str | None = None
    tags: tuple[str, ...] = ()
    born: datetime | None = None
    owner: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What an entry has to meet."""
        found: list[ColumnElement[bool]] = []
        if self.stuf is not None:
            found.append(_ENTRIES.c.stuf == self.stuf)
        if self.since is not None:
            found.append(_ENTRIES.c.at >= self.since)
        if self.correlation is not None:
            found.append(_ENTRIES.c.correlation == self.correlation)
        if self.tags:
            found.append(_ENTRIES.c.tag.in_(self.tags))
        if self.born is not None:
            found.append(or_(_ENTRIES.c.at >= self.born, _ENTRIES.c.actor_id == self.owner))
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
