"""The database: SQLite out of the box, PostgreSQL for more than one machine."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from stuf_bot.store.turns import Turns

_BUSY_MILLISECONDS = 30_000
_BEGIN = "stuf_begin"
_SYNC = "stuf_synchronous"
_OPTIONS: dict[str, Any] = {"expire_on_commit": False}
_AFTER = "after_commit"
_INSISTS = "insists"
_REPEATABLE = "repeatable"
_WRITTEN = "written"
_AT_ONCE = text("SET LOCAL synchronous_commit TO DEFAULT")


class Database:
    """Sessions on one database.

    SQLite has one writer at a time. Writers of this process queue at a lock of our own, since
    SQLite's waiting is a sleep with growing pauses; other processes wait for its file lock.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._readers = engine
        self._lazy = engine.execution_options(**{_SYNC: False})
        self._writer: Turns | None = None
        self._holder: int | None = None
        self._changes = count(1)
        self._changed = 0
        if engine.dialect.name == "sqlite":
            self._writer = Turns()
            self._readers = engine.execution_options(**{_BEGIN: "BEGIN"})

    @property
    def url(self) -> str:
        """The address of the database, password included: never log it."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def changes(self) -> int:
        """Grows with every commit that changed what handlers work with: what was read before it may hold no more.

        Read it before the state. Notes of what came in and went out do not count, nor what other processes do.
        """
        return self._changed

    @contextmanager
    def session(self, *, durable: bool = True, first: bool = False) -> Iterator[Session]:
        """A transaction that may write: commits at the end, rolls back on an exception.

        With `first` it passes the other writers of this process who wait. With `durable=False` it outlives the
        process but perhaps not a power cut, and costs no wait for the disk: for what is then found again. A
        durable one after it makes it durable too.
        Raises RuntimeError where a thread opens a second one inside the first: it would wait for itself.
        """
        committed = False
        try:
            with (
                self._turn(first=first),
                Session(self.engine if durable else self._lazy, **_OPTIONS) as session,
            ):
                with session.begin():
                    yield session
                committed = True
                if durable or session.info.get(_INSISTS):
                    self._changed = next(self._changes)
                if session.info.get(_INSISTS):
                    self._to_disk()
        finally:
            if committed:
                # The next writer need not wait for whoever is called.
                for call in session.info.get(_AFTER, ()):
                    call()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; it waits for no writer and is rolled back at the end."""
        if isinstance(self.engine.pool, StaticPool):
            with self.session() as session:
                yield session
            return
        with Session(self._readers, **_OPTIONS) as session:
            yield session

    @contextmanager
    def _turn(self, *, first: bool) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if self._holder == threading.get_ident():
            raise RuntimeError("a session is open in this thread already: pass it on")
        with self._writer.turn(first=first):
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    def _to_disk(self) -> None:
        """Wait until SQLite's log, which holds what was committed last, lies on the disk."""
        file = self.engine.url.database
        if self._writer is None or isinstance(self.engine.pool, StaticPool):
            return
        log = os.open(f"{file}-wal", os.O_RDWR)
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database at an SQLAlchemy address such as `sqlite:////abs/file` or `postgresql://…`.

    Raises FileNotFoundError where the folder of a file does not exist.
    """
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {}
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        else:
            _for_the_owner_only(Path(address.database))
    else:
        options = {"pool_pre_ping": True}
    # Parameters may be personal, and errors are logged.
    engine = create_engine(address, hide_parameters=True, **options)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)
    return Database(engine)


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Call `call` once after the commit of a session of ours. It has to be quick."""
    calls: dict[Callable[[], None], None] = session.info.setdefault(_AFTER, {})
    calls[call] = None


def insist(session: Session) -> None:
    """Make a session durable that was not begun so, now that it is known to matter."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_AT_ONCE)
    session.info[_INSISTS] = True


def repeatable(session: Session) -> None:
    """Say that what the session does would just be done again, should a power cut take it."""
    session.info[_REPEATABLE] = True


def is_repeatable(session: Session) -> bool:
    """Whether `repeatable` was said, and no row of the state was written or deleted all the same."""
    return _REPEATABLE in session.info and not has_written(session)


def has_written(session: Session) -> bool:
    """Whether rows of the state were written or deleted in this session; audit, inbox and outbox do not count."""
    return _WRITTEN in session.info or bool(session.new or session.dirty or session.deleted)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: object) -> None:
    session.info[_WRITTEN] = True


def _for_the_owner_only(file: Path) -> None:
    """What people wrote lies in it; the files that SQLite puts beside it are opened like it."""
    if not file.parent.is_dir():
        raise FileNotFoundError(f"[stuf_bot] database_url: there is no folder {file.parent}; create it first")
    file.touch(mode=0o600, exist_ok=True)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        # Transactions begin where we say so, not where the driver guesses.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is emptied because it is personal must not stay readable in the file.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        options = connection.get_execution_options()
        # What cannot fail goes to the driver itself, past what a statement costs.
        driver: Any = connection.connection.driver_connection
        if _BEGIN in options:
            driver.execute(options[_BEGIN])
            return
        wanted = "FULL" if options.get(_SYNC, True) else "NORMAL"
        if connection.info.get(_SYNC) != wanted:
            driver.execute(f"PRAGMA synchronous={wanted}")
            connection.info[_SYNC] = wanted
        # A writer that begins as a reader may find the file changed when it wants to write.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        if not connection.get_execution_options().get(_SYNC, True):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
