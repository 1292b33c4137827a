"""Sessions: whole or not at all, one writer at a time, readers beside it."""

import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from stuf_bot.store.database import (
    Database,
    after_commit,
    insist,
    is_repeatable,
    open_database,
    repeatable,
)
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import CursorRow

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def row(name: str, number: int = 0) -> CursorRow:
    return CursorRow(name=name, message_id=number, floor=0, seen_at=NOW)


@pytest.fixture(autouse=True)
def migrated(database: Database) -> None:
    migrate(database)


def fail_after_adding(database: Database, name: str, call: Callable[[], None] = lambda: None) -> None:
    with database.session() as session:
        after_commit(session, call)
        session.add(row(name))
        session.flush()
        raise ZeroDivisionError


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(CursorRow.name)))


def test_a_session_commits_at_its_end_or_not_at_all(database: Database) -> None:
    with database.session() as session:
        session.add(row("kept"))
    with pytest.raises(ZeroDivisionError):
        fail_after_adding(database, "lost")
    assert names(database) == ["kept"]


def test_an_error_does_not_show_what_was_to_be_stored(database: Database) -> None:
    with database.session() as session:
        session.add(row("ada@example.org"))
    again = insert(CursorRow).values(name="ada@example.org", message_id=424242, floor=0, seen_at=NOW)
    with pytest.raises(IntegrityError) as caught, database.session() as session:
        session.execute(again)
    assert "INSERT" in str(caught.value)
    assert "424242" not in str(caught.value)


def test_what_is_read_is_not_written(database: Database) -> None:
    with database.reading() as session:
        session.execute(select(func.count()).select_from(CursorRow))
    with database.session() as session:
        session.add(row("after"))
    assert names(database) == ["after"]


def test_writers_of_many_threads_lose_no_update(database: Database) -> None:
    with database.session() as session:
        session.add(row("counter"))

    def add() -> None:
        for _ in range(20):
            with database.session() as session:
                query = select(CursorRow).where(CursorRow.name == "counter").with_for_update()
                session.scalars(query).one().message_id += 1

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(CursorRow, "counter").message_id == 120


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.session() as session:
        session.add(row("unfinished"))
        session.flush()
        assert names(database) == []
    assert names(database) == ["unfinished"]


def test_moments_come_back_in_utc_and_need_a_zone(database: Database) -> None:
    with database.session() as session:
        session.add(row("moment"))
    with database.reading() as session:
        seen = session.get_one(CursorRow, "moment").seen_at
    assert (seen, seen.tzinfo) == (NOW, UTC)
    naive = CursorRow(name="naive", message_id=0, floor=0, seen_at=NOW.replace(tzinfo=None))
    with pytest.raises(Exception, match="without a time zone"), database.session() as session:
        session.add(naive)


def test_who_waits_for_a_commit_is_called_after_it(database: Database) -> None:
    calls: list[list[str]] = []

    def call() -> None:
        calls.append([])

    with database.session() as session:
        after_commit(session, call)
        after_commit(session, call)
        session.add(row("one"))
        assert calls == []
    assert len(calls) == 1
    with pytest.raises(ZeroDivisionError):
        fail_after_adding(database, "two", call)
    assert len(calls) == 1


def test_a_savepoint_is_no_commit(database: Database) -> None:
    calls: list[str] = []
    with database.session() as session:
        after_commit(session, lambda: calls.append("committed"))
        with session.begin_nested():
            session.add(row("one"))
        assert calls == []
    assert calls == ["committed"]


def test_whoever_is_called_after_a_commit_may_write(database: Database) -> None:
    def write() -> None:
        with database.session() as session:
            session.add(row("two"))

    with database.session() as session:
        after_commit(session, write)
        session.add(row("one"))
    assert names(database) == ["one", "two"]


def test_a_session_that_turns_out_to_matter_is_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(file: int) -> None:
        synced.append(Path(f"/proc/self/fd/{file}").readlink().name)
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    for name in ("leisurely", "matters"):
        with database.session(durable=False) as session:
            session.add(row(name))
            if name == "matters":
                insist(session)
                assert synced == []
                if database.engine.dialect.name == "postgresql":
                    assert session.scalar(text("SHOW synchronous_commit")) == "on"
    assert names(database) == ["leisurely", "matters"]
    if database.engine.dialect.name == "sqlite":
        assert synced == ["bot.sqlite-wal"]


def test_a_session_within_a_session_says_so_instead_of_waiting_for_ever(tmp_path: object) -> None:
    database = open_database(f"sqlite:///{tmp_path}/bot.sqlite")
    with database.session(), pytest.raises(RuntimeError, match="pass it on"), database.session():
        pass
    database.close()


def test_a_database_in_memory_works_too() -> None:
    database = open_database("sqlite://")
    migrate(database)
    with database.session() as session:
        session.add(row("here"))
    assert names(database) == ["here"]
    database.close()


def test_the_file_is_for_its_owner_and_its_folder_has_to_be_there(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.glob("bot.sqlite*")}
    assert set(modes.values()) == {0o600}, modes
    database.close()
    with pytest.raises(FileNotFoundError, match="create it first"):
        open_database(f"sqlite:///{tmp_path}/no/such/bot.sqlite")


def test_what_is_emptied_cannot_be_read_in_the_file(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    migrate(database)
    with database.session() as session:
        session.add(row("ana@example.org"))
    with database.session() as session:
        session.delete(session.get_one(CursorRow, "ana@example.org"))
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert b"ana@example.org" not in (tmp_path / "bot.sqlite").read_bytes()


def test_a_file_that_another_process_holds_is_the_databases_error(tmp_path: Path) -> None:
    """Whoever waits for the database knows this class, not the driver's."""
    address = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    holder, other = open_database(address), open_database(address)
    migrate(holder)
    with other.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with holder.session() as session:
        session.add(row("held"))
        session.flush()
        with pytest.raises(OperationalError):
            fail_after_adding(other, "late")
    holder.close()
    other.close()


def test_changes_of_the_state_are_counted_and_notes_are_not(database: Database) -> None:
    before = database.changes
    with database.session(durable=False) as session:
        session.add(row("note"))
    with pytest.raises(ZeroDivisionError):
        fail_after_adding(database, "lost")
    assert database.changes == before
    with database.session(durable=False) as session:
        session.add(row("matters"))
        insist(session)
    assert database.changes > before
    before = database.changes
    with database.session() as session:
        session.add(row("durable"))
    assert database.changes > before


def test_whoever_writes_rows_of_the_state_cannot_be_repeated(database: Database) -> None:
    with database.session() as session:
        repeatable(session)
        session.execute(insert(CursorRow.__table__).values(name="x", message_id=1, floor=0, seen_at=NOW))
        assert is_repeatable(session)
        session.add(row("state"))
        assert not is_repeatable(session)
        session.flush()
        assert not is_repeatable(session)
