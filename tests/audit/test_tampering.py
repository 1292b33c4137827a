"""Whatever is done to a single place of the log is found, and said where."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from typing import Any

import pytest
from filled import START, fill
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update

from stuf_bot import audit
from stuf_bot.audit import Kind, Problem
from stuf_bot.audit.chain import digest_of
from stuf_bot.store.audit_tables import AuditEntry, AuditHead
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.tables import Base

ENTRIES: Any = AuditEntry.__table__
HEAD: Any = AuditHead.__table__
COLUMNS: dict[str, Any] = {
    "at": START,
    "tag": "chat:stuf:asked",
    "actor_id": 99,
    "place": "topic:1:elsewhere",
    "outcome": "refused",
    "reason_code": "not-allowed",
    "cause": "zulip:message:99",
    "correlation": "op-other",
    "stuf": "other",
    "details": {"stuf": "acme-audit", "number": 99},
    "before": "f" * 64,
    "digest": "f" * 64,
    "version": 1,
}
sizes = st.integers(2, 12)
quick = settings(max_examples=40)


@contextmanager
def log(count: int) -> Iterator[Database]:
    """A log of its own for every example."""
    database = open_database("sqlite:///:memory:")
    Base.metadata.create_all(database.engine)
    fill(database, count)
    yield database
    database.close()


def run(database: Database, *statements: Any) -> None:
    with database.session() as session:
        for statement in statements:
            session.execute(statement)


def found(database: Database, expect: str = "") -> Problem | None:
    with audit.snapshot(database) as session:
        return audit.verify(session, expect)


def place(database: Database, expect: str = "") -> tuple[Kind, int]:
    problem = found(database, expect)
    assert problem is not None
    assert problem.sentence.endswith(".")
    return problem.kind, problem.entry


def renumber(database: Database, first: int, by: int) -> None:
    """Add `by` to all ids from `first` on."""
    with database.session() as session:
        ids = session.scalars(select(ENTRIES.c.id).where(ENTRIES.c.id >= first).order_by(ENTRIES.c.id)).all()
        for number in ids if by < 0 else reversed(ids):
            session.execute(update(ENTRIES).where(ENTRIES.c.id == number).values(id=number + by))


def row(database: Database, number: int) -> dict[str, Any]:
    with database.reading() as session:
        return dict(session.execute(select(ENTRIES).where(ENTRIES.c.id == number)).one()._mapping)


def head(database: Database) -> tuple[int, str]:
    with database.reading() as session:
        stands = audit.head(session)
    assert stands is not None
    return stands.entries, stands.digest


@quick
@given(sizes)
def test_an_untouched_log_is_whole(count: int) -> None:
    with log(count) as database:
        assert found(database) is None
        assert head(database)[0] == count


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))), st.sampled_from(sorted(COLUMNS)))
def test_a_changed_entry(where: tuple[int, int], column: str) -> None:
    count, number = where
    with log(count) as database:
        run(database, update(ENTRIES).where(ENTRIES.c.id == number).values({column: COLUMNS[column]}))
        assert place(database) == (Kind.CHANGED, number)


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n))))
def test_removed_entries(where: tuple[int, int, int]) -> None:
    count, one, other = where
    first, last = min(one, other), max(one, other)
    with log(count) as database:
        run(database, delete(ENTRIES).where(ENTRIES.c.id.between(first, last)))
        assert place(database) == (Kind.REMOVED, first)


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))))
def test_a_removed_entry_whose_followers_are_numbered_anew(where: tuple[int, int]) -> None:
    count, number = where
    with log(count) as database:
        run(database, delete(ENTRIES).where(ENTRIES.c.id == number))
        renumber(database, number + 1, -1)
        assert place(database) == (Kind.REMOVED, number)


@quick
@given(
    sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n))),
    st.sampled_from(["forged", "linked", "copied", "junk"]),
)
def test_an_inserted_entry(where: tuple[int, int, int], how: str) -> None:
    """Between entries, with the followers numbered anew; also by somebody who knows how digests are made."""
    count, number, copied = where
    with log(count) as database:
        new = row(database, copied)
        before = row(database, number)["before"]
        renumber(database, number, 1)
        if how != "copied":
            new |= {"actor_id": 99, "before": before if how == "linked" else "e" * 64}
            new["digest"] = digest_of(new) if how != "junk" else "d" * 64
        run(database, insert(ENTRIES).values(new | {"id": number}))
        kind, found_at = place(database)
        # Which of two equal neighbours was there first nobody can tell.
        assert (kind, found_at) in {(Kind.INSERTED, number), (Kind.INSERTED, number + (how == "copied"))}


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, 3))))
def test_appended_entries_that_the_head_does_not_know(where: tuple[int, int, int]) -> None:
    count, copied, more = where
    with log(count) as database:
        for number in range(count + 1, count + 1 + more):
            new = row(database, copied) | {"id": number, "before": row(database, number - 1)["digest"]}
            run(database, insert(ENTRIES).values(new | {"digest": digest_of(new)}))
        assert place(database) == (Kind.INSERTED, count + 1)


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n))))
def test_swapped_entries(where: tuple[int, int, int]) -> None:
    count, one, other = where
    if one == other:
        return
    first, second = min(one, other), max(one, other)
    with log(count) as database:
        for old, new in ((first, -1), (second, first), (-1, second)):
            run(database, update(ENTRIES).where(ENTRIES.c.id == old).values(id=new))
        assert place(database) == (Kind.MOVED, first)


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_cut_off_newest_entries(where: tuple[int, int]) -> None:
    count, left = where
    with log(count) as database:
        run(database, delete(ENTRIES).where(ENTRIES.c.id > left))
        assert place(database) == (Kind.REMOVED, left + 1)


@quick
@given(sizes.flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
def test_a_log_written_anew_is_found_by_a_digest_from_outside(where: tuple[int, int]) -> None:
    """With the whole chain and its head made to fit: nothing in the database tells."""
    count, number = where
    with log(count) as database:
        noted = head(database)[1]
        run(database, update(ENTRIES).where(ENTRIES.c.id == number).values(actor_id=99))
        before = row(database, number)["before"]
        for each in range(number, count + 1):
            new = row(database, each) | {"before": before}
            before = digest_of(new)
            values = {"before": new["before"], "digest": before}
            run(database, update(ENTRIES).where(ENTRIES.c.id == each).values(values))
        run(database, update(HEAD).values(digest=before))
        assert found(database) is None
        assert place(database, noted) == (Kind.ANCHOR, count)


def test_a_digest_from_outside_holds_while_the_log_grows(database: Database) -> None:
    fill(database, 3)
    noted = head(database)[1]
    fill(database, 3)
    assert found(database, noted) is None
    assert found(database, "0" * 64) is None


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            lambda: [update(ENTRIES).where(ENTRIES.c.id == 2).values(outcome="x")],
            "Entry 2 of 2026-11-23 10:02 was changed.",
        ),
        (
            lambda: [delete(ENTRIES).where(ENTRIES.c.id == 2)],
            "Between entry 1 and entry 3 of 2026-11-23 10:03 one entry is missing.",
        ),
        (
            lambda: [delete(ENTRIES).where(ENTRIES.c.id < 3)],
            "Before entry 3 of 2026-11-23 10:03 2 entries are missing.",
        ),
        (
            lambda: [delete(ENTRIES).where(ENTRIES.c.id == 4)],
            "After entry 3 of 2026-11-23 10:03 the newest entry is missing.",
        ),
        (lambda: [delete(ENTRIES)], "At the beginning the newest 4 entries are missing."),
        (lambda: [delete(HEAD)], "The head is missing; the last entry is 4."),
        (
            lambda: [update(HEAD).values(digest="a" * 64)],
            "The head was changed, or entry 4 of 2026-11-23 10:04 replaced: they do not fit.",
        ),
        (lambda: [update(HEAD).values(entries=3)], "After entry 3 one entry was inserted."),
        (
            lambda: [update(ENTRIES).where(ENTRIES.c.id == 1).values(id=0)],
            "Entry 0 of 2026-11-23 10:01 was inserted: entries count from 1.",
        ),
    ],
)
def test_it_is_said_where(database: Database, tamper: Callable[[], list[Any]], said: str) -> None:
    fill(database, 4)
    run(database, *tamper())
    assert str(found(database)) == said


@pytest.mark.parametrize("column", [*sorted(COLUMNS), "head"])
@pytest.mark.parametrize("junk", ["{broken", " ", b"\xff\xfe", "[1]", "12:00", 1e300, "9" * 30])
def test_whatever_stands_in_a_column_is_found(column: str, junk: object) -> None:
    """SQLite keeps what it is given, of whatever type."""
    with log(5) as database:
        with database.session() as session:
            table, name = ("audit_head", "entries") if column == "head" else ("audit", column)
            row_id = 1 if column == "head" else 3
            statement = text(f"UPDATE {table} SET {name} = :junk WHERE id = {row_id}")
            session.execute(statement, {"junk": junk})
        problem = found(database)
    assert problem is not None
    expected = {Kind.HEAD, Kind.REMOVED, Kind.INSERTED} if column == "head" else {Kind.CHANGED}
    assert problem.kind in expected
    assert column == "head" or problem.entry == 3


def test_a_missing_head_is_made_again_and_that_is_an_entry(database: Database) -> None:
    fill(database, 2)
    run(database, delete(HEAD))
    fill(database, 1)
    assert found(database) is None
    with database.reading() as session:
        tags = session.scalars(select(ENTRIES.c.tag).order_by(ENTRIES.c.id)).all()
        assert session.scalar(select(func.count()).select_from(HEAD)) == 1
    assert tags == ["chat:stuf:shown"] * 2 + ["audit:head:restored", "chat:stuf:shown"]


def test_a_moment_in_another_zone_verifies(database: Database) -> None:
    with database.session() as session:
        at = START.astimezone(timezone(timedelta(hours=5)))
        audit.record(session, at=at, tag="a:b:c", actor_id=None, outcome="done")
    assert found(database) is None
