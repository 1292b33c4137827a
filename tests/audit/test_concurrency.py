"""Writers at once make one chain, on both databases; who looks meanwhile sees one moment of it."""

import contextlib
import multiprocessing
import threading

from filled import START, fill
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.audit import Tag
from stuf_bot.audit.reading import Wanted, newest
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.database import Database, open_database

WRITERS, EACH = 6, 25


class GaveUpError(Exception):
    """Ends a transaction that has recorded something."""


def write(database: Database, writer: int, failures: list[BaseException]) -> None:
    """Many transactions."""
    try:
        for number in range(EACH):
            with contextlib.suppress(GaveUpError):
                _transaction(database, writer, number)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells of it.
        failures.append(error)


def _transaction(database: Database, writer: int, number: int) -> None:
    """One, two or three entries; every third transaction is rolled back, every fourth holds a savepoint that is."""
    with database.session() as session:
        for part in range(1 + number % 3):
            _one(session, f"{writer}:{number}:{part}")
        if number % 4 == 0:
            nested = session.begin_nested()
            _one(session, "taken back")
            nested.rollback()
        if number % 3 == 0:
            raise GaveUpError


def _one(session: Session, cause: str) -> None:
    audit.record(session, at=START, tag=Tag.STATUS_SHOWN, actor_id=1, outcome="done", cause=cause)


def expected(writers: int) -> set[str]:
    return {
        f"{writer}:{number}:{part}"
        for writer in range(writers)
        for number in range(EACH)
        if number % 3
        for part in range(1 + number % 3)
    }


def causes(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.cause)))


def test_threads(database: Database) -> None:
    failures: list[BaseException] = []
    threads = [threading.Thread(target=write, args=(database, number, failures)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    seen = []
    for thread in threads:
        thread.join(0.05)
        with audit.snapshot(database) as session:
            seen.append(audit.verify(session))
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(seen) <= {None}
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
    found = causes(database)
    assert len(found) == len(set(found))
    assert set(found) == expected(WRITERS)


def _process(url: str, writer: int) -> None:
    database = open_database(url)
    failures: list[BaseException] = []
    write(database, writer, failures)
    database.close()
    raise SystemExit(len(failures))


def test_processes(database: Database) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_process, args=(database.url, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
    assert set(causes(database)) == expected(2)


def test_reading_in_order_and_from_the_end(database: Database) -> None:
    fill(database, 30)
    with audit.snapshot(database) as session:
        assert [entry.id for entry in audit.entries(session)] == list(range(1, 31))
        assert [entry.id for entry in newest(session, Wanted(stuf="acme-audit"), 3)] == [28, 29, 30]
        assert newest(session, Wanted(stuf="other"), 3) == []
        assert [entry.id for entry in audit.entries(session, Wanted(correlation="zulip:message:7"))] == [7]
