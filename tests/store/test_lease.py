"""One bot at a time: the lease is one process' own, and ends with it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from stuf_bot.store.database import Database, open_database
from stuf_bot.store.lease import FileLease, Lease, lease_on

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
PATIENCE = 20.0
HOLD = """
import sys
from stuf_bot.store.database import open_database
from stuf_bot.store.lease import lease_on
lease = lease_on(open_database(sys.argv[1]))
print("taken" if lease.take() else f"held by {lease.holder()}", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lease(database: Database) -> Iterator[Lease]:
    lease = lease_on(database, clock=lambda: NOW)
    yield lease
    lease.release()


@pytest.fixture
def other(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has taken the lease."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "taken\n"
    with process:
        yield process
        process.kill()


def freed(lease: Lease) -> bool:
    """Whether it can be taken within the time that a server needs to notice a dead client."""
    pause = threading.Event()
    return any(lease.take() or pause.wait(0.1) for _ in range(int(10 * PATIENCE)))


def test_the_first_has_it_and_says_who_it_is(database: Database, lease: Lease) -> None:
    second = lease_on(database)
    assert lease.take()
    assert not second.take()
    held = second.holder()
    assert held is not None
    assert (held.pid, held.since) == (os.getpid(), NOW)
    assert str(held).endswith(", since 2030-01-02 03:04 UTC")
    second.release()


def test_released_it_is_the_next_ones(database: Database, lease: Lease) -> None:
    first = lease_on(database)
    assert first.take()
    first.release()
    assert lease.take()


def test_it_ends_with_its_process(lease: Lease, other: subprocess.Popen[str]) -> None:
    assert not lease.take()
    held = lease.holder()
    assert held is not None
    assert held.pid == other.pid
    other.kill()
    assert freed(lease)


def test_a_child_does_not_inherit_it(database: Database, lease: Lease) -> None:
    first = lease_on(database)
    assert first.take()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        first.release()
        assert freed(lease)
        child.kill()


def test_it_is_intact_until_it_is_released(lease: Lease) -> None:
    lost = threading.Event()
    assert lease.take()
    assert lease.intact(0)
    lease.watch(lost.set)
    lease.release()
    assert not lost.wait(0.2)


def test_another_database_has_another_lease(lease: Lease, tmp_path: Path) -> None:
    assert lease.take()
    elsewhere = lease_on(open_database(f"sqlite:///{tmp_path}/other.sqlite"))
    assert elsewhere.take()
    elsewhere.release()


def test_one_file_by_two_names_has_one_lease(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/bot.sqlite")
    (tmp_path / "link.sqlite").symlink_to(tmp_path / "bot.sqlite")
    first, second = lease_on(database), lease_on(open_database(f"sqlite:///{tmp_path}/link.sqlite"))
    assert first.take()
    assert not second.take()
    first.release()


def test_a_database_in_memory_is_nobody_elses() -> None:
    first, second = lease_on(open_database("sqlite://")), lease_on(open_database("sqlite://"))
    assert first.take()
    assert second.take()
    assert second.holder() is None


def test_whoever_removes_the_file_takes_the_lease_away(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite.lock"
    lease, lost = FileLease(file), threading.Event()
    assert lease.take()
    lease.watch(lost.set)
    file.unlink()
    assert lost.wait(PATIENCE)
    lease.release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}', '{"host": "h", "pid": "x", "since": 1}'])
def test_a_file_that_tells_nothing_is_no_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "lock"
    file.write_text(content)
    assert FileLease(file).holder() is None
    assert FileLease(tmp_path / "none").holder() is None


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    lease = FileLease(tmp_path / "lock")
    assert lease.take()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    lease.release()


@pytest.fixture
def own_server(postgres_url: str) -> str:
    """A database of one's own, and the right to end its connections."""
    name = f"lease_{os.urandom(8).hex()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgres_url.replace("/postgres", f"/{name}")


def end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_lost_connection_is_a_lost_lease(own_server: str) -> None:
    lease, lost = lease_on(open_database(own_server)), threading.Event()
    assert lease.take()
    lease.watch(lost.set)
    end_connections(own_server)
    assert lost.wait(PATIENCE)
    lease.release()


def test_who_stands_by_connects_again(own_server: str) -> None:
    first, second = lease_on(open_database(own_server)), lease_on(open_database(own_server))
    assert first.take()
    assert not second.take()
    end_connections(own_server)
    with pytest.raises(OperationalError):
        second.take()
    assert second.take()
    second.release()
    first.release()
