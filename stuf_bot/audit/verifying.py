"""Looks whether the audit log is as it was written, and says where not.

Every entry holds its own digest and the digest before it, ids are consecutive, and the head knows number and
digest of the newest. So an entry whose digest does not fit its content was changed; a missing id was removed;
one that does not follow from its neighbour was inserted or moved, or others were removed before it and the
rest numbered anew. Who can write to the database can also write the whole chain anew, head included: that
is found by a digest that was written down elsewhere (`expect`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from stuf_bot.audit.chain import digest_of, head
from stuf_bot.store.audit_tables import START, AuditEntry
from stuf_bot.store.database import Database
from stuf_bot.store.tables import table_of

_ENTRIES = table_of(AuditEntry)
_AT_A_TIME = 1000


class Kind(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    MOVED = "moved"
    HEAD = "head"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong: at the entry `entry`; `at` is its moment, where it is known."""

    kind: Kind
    entry: int
    at: datetime | None
    sentence: str

    def __str__(self) -> str:
        """As a person reads it."""
        return self.sentence


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """A session that sees one moment, whatever is written meanwhile."""
    with database.reading() as session:
        if database.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def verify(session: Session, expect: str = "") -> Problem | None:
    """The first problem from the oldest entry on, or None. Wants a `snapshot` while others write.

    `expect`: a digest that was written down; some entry must have it.
    """
    last: Any = None
    met = expect in {"", START}
    for row in _rows(session):
        if isinstance(row, int):
            return Problem(Kind.CHANGED, row, None, f"Entry {row} was changed: it cannot be read.")
        problem = _look(session, last, row)
        if problem is not None:
            return problem
        last = row
        met = met or row.digest == expect
    return _look_at_head(session, last) or (None if met else _unmet(last))


def _rows(session: Session) -> Iterator[Any]:
    """All entries in order; of one that cannot be read its id."""
    at = 0
    ordered = select(_ENTRIES).order_by(_ENTRIES.c.id)
    try:
        for row in session.execute(ordered, execution_options={"yield_per": _AT_A_TIME}):
            yield row
            at = row.id
    except (TypeError, ValueError):
        # SQLite keeps in a column what one puts there. The slow way finds out whose it is.
        ids = select(_ENTRIES.c.id).where(_ENTRIES.c.id > at).order_by(_ENTRIES.c.id)
        for number in session.scalars(ids).all():
            try:
                yield session.execute(select(_ENTRIES).where(_ENTRIES.c.id == number)).one()
            except (TypeError, ValueError):
                yield number


def _look(session: Session, last: Any, row: Any) -> Problem | None:
    """What is wrong with `row`, which comes after `last`."""
    number, before = (last.id, last.digest) if last else (0, START)
    if row.id <= 0:
        return Problem(
            Kind.INSERTED, row.id, row.at, f"{_capital(_named(row))} was inserted: entries count from 1."
        )
    follows = row.before == before
    if row.id != number + 1 and not follows:
        return _gap(number, row)
    whole = _whole(row)
    if follows and whole and row.id == number + 1:
        return None
    if not follows:
        return _break(session, before, last, row, whole=whole)
    what = "was changed" if row.id == number + 1 else f"has another number than {number + 1}, which it had"
    return Problem(Kind.CHANGED, row.id, row.at, f"{_capital(_named(row))} {what}.")


def _whole(row: Any) -> bool:
    columns = row._mapping  # noqa: SLF001 - the documented name, underscored so as not to hide a column.
    try:
        stuf = row.details.get("stuf")
        repeated = row.stuf == (stuf if isinstance(stuf, str) else None)
        linked = row.version != 1 or row.correlation == row.cause
        return bool(repeated and linked and digest_of(columns) == row.digest)
    except (AttributeError, TypeError, ValueError):
        # No writer of ours leaves what cannot be computed.
        return False


def _break(session: Session, before: str, last: Any, row: Any, *, whole: bool) -> Problem:
    """`row` has the right number, and does not follow from `last`."""
    number = row.id - 1
    same = _where(session, _ENTRIES.c.digest == row.digest, row.id)
    follower = _where(session, _ENTRIES.c.before == before, row.id)
    behind = 0 if row.before == START else _where(session, _ENTRIES.c.digest == row.before, row.id)
    if same is not None:
        sentence = f"{_capital(_named(row))} was inserted: it is a copy of entry {same}."
        return Problem(Kind.INSERTED, row.id, row.at, sentence)
    if whole and behind is not None and behind < number:
        where = f"Between entry {behind} and" if behind else "Before"
        sentence = f"{where} what is now {_named(row)} {_counted(number - behind)} inserted."
        return Problem(Kind.INSERTED, behind + 1, None, sentence)
    if whole and behind is not None:
        sentence = f"{_capital(_named(row))} was moved: it followed what is now entry {behind}."
        return Problem(Kind.MOVED, row.id, row.at, sentence)
    if follower is not None and follower > row.id:
        return Problem(Kind.INSERTED, row.id, row.at, f"{_capital(_named(row))} was inserted.")
    if not whole:
        return Problem(Kind.CHANGED, row.id, row.at, f"{_capital(_named(row))} was changed.")
    where = f"Between entry {number} and" if last else "Before"
    sentence = f"{where} {_named(row)} entries are missing."
    return Problem(Kind.REMOVED, row.id, None, sentence)


def _gap(number: int, row: Any) -> Problem:
    missing = row.id - number - 1
    counted = "one entry is missing" if missing == 1 else f"{missing} entries are missing"
    where = f"between entry {number} and {_named(row)}" if number else f"before {_named(row)}"
    return Problem(Kind.REMOVED, number + 1, None, f"{_capital(where)} {counted}.")


def _look_at_head(session: Session, last: Any) -> Problem | None:
    number, digest = (last.id, last.digest) if last else (0, START)
    stands = head(session)
    at = last.at if last else None
    if stands is None:
        return Problem(Kind.HEAD, number, at, f"The head is missing; the last entry is {number}.")
    if not isinstance(stands.entries, int):
        return Problem(Kind.HEAD, number, at, "The head was changed: it cannot be read.")
    missing = stands.entries - number
    if missing > 0:
        counted = (
            "the newest entry is missing" if missing == 1 else f"the newest {missing} entries are missing"
        )
        where = f"after {_named(last)}" if last else "at the beginning"
        return Problem(Kind.REMOVED, number + 1, None, f"{_capital(where)} {counted}.")
    if missing < 0:
        sentence = f"After entry {stands.entries} {_counted(-missing)} inserted."
        return Problem(Kind.INSERTED, stands.entries + 1, None, sentence)
    if stands.digest != digest:
        sentence = f"The head was changed, or {_named(last)} replaced: they do not fit." if last else ""
        return Problem(Kind.HEAD, number, at, sentence or "The head was changed: there is no entry.")
    return None


def _unmet(last: Any) -> Problem:
    number = last.id if last else 0
    sentence = f"None of the {number} entries has the digest that you wrote down: the log was written anew."
    return Problem(Kind.ANCHOR, number, last.at if last else None, sentence)


def _where(session: Session, condition: ColumnElement[bool], besides: int) -> int | None:
    """The id of the first other entry for which this holds."""
    query = select(_ENTRIES.c.id).where(condition, _ENTRIES.c.id != besides).order_by(_ENTRIES.c.id)
    return session.scalar(query.limit(1))


def _named(row: Any) -> str:
    """`entry 17 of 2026-11-23 10:02`, in UTC."""
    return f"entry {row.id} of {row.at:%Y-%m-%d %H:%M}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _counted(number: int) -> str:
    return "one entry was" if number == 1 else f"{number} entries were"
