"""Who works on a database: one bot at a time, by a lease that ends with its process, however that ends.

On SQLite it is a lock of the operating system on a file beside the database; on PostgreSQL a lock
of a session (`stuf_bot.store.lease_postgresql`). Neither can be left behind by a crash.
"""

import contextlib
import fcntl
import json
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database

WATCH_SECONDS = 2.0
"""How often a lease is looked at. Whoever lost it has ended before another can have noticed."""


class LeaseHeldError(Exception):
    """Another bot works on the database."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease; as text, `process 4711 on host-a, since 2026-11-23 09:00 UTC`."""

    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M} UTC"


class Lease(ABC):
    """One bot's hold on a database."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._released = threading.Event()

    @abstractmethod
    def take(self) -> bool:
        """Whether it is ours now. Raises what a database that is not to be had raises."""

    @abstractmethod
    def holder(self) -> Holder | None:
        """Who holds it, as far as that can be told. Raises what `take` raises."""

    @abstractmethod
    def intact(self, seconds: float) -> bool:
        """Whether it is still ours. Waits this long, or until it is lost."""

    def release(self) -> None:
        """Leave the database to another."""
        self._released.set()

    def watch(self, lost: Callable[[], None]) -> None:
        """Call `lost` from a thread of its own where the lease is lost before it is released."""

        def run() -> None:
            while self.intact(WATCH_SECONDS):
                if self._released.is_set():
                    return
            if not self._released.is_set():
                lost()

        threading.Thread(target=run, name="lease", daemon=True).start()

    def _me(self) -> Holder:
        return Holder(host=socket.gethostname(), pid=os.getpid(), since=self._clock())


class FileLease(Lease):
    """A lock on `file`; the file says who holds it. The system ends the lock with the process.

    The file stays: whoever removed it would let another take the lock on a new one.
    """

    def __init__(self, file: Path, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self._file = file
        self._locked: int | None = None

    def take(self) -> bool:
        """Whether it is ours now. Raises OSError where the file system has no locks."""
        opened = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return False
        except OSError:
            os.close(opened)
            raise
        me = self._me()
        told = json.dumps({"host": me.host, "pid": me.pid, "since": me.since.isoformat()})
        os.ftruncate(opened, 0)
        os.write(opened, told.encode())
        self._locked = opened
        return True

    def holder(self) -> Holder | None:
        """Who holds it; None where the file does not tell yet."""
        try:
            told = json.loads(self._file.read_bytes())
            return Holder(str(told["host"]), int(told["pid"]), datetime.fromisoformat(told["since"]))
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def intact(self, seconds: float) -> bool:
        """Whether the locked file is still the one that others would lock."""
        self._released.wait(seconds)
        if self._locked is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._locked), self._file.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let another take it."""
        super().release()
        if self._locked is not None:
            with contextlib.suppress(OSError):
                os.close(self._locked)
            self._locked = None


class OwnLease(Lease):
    """Of a database in memory: nobody else can see it."""

    def take(self) -> bool:
        """Always."""
        return True

    def holder(self) -> Holder | None:
        """Nobody but this process."""
        return None

    def intact(self, seconds: float) -> bool:
        """Always."""
        self._released.wait(seconds)
        return True


def lease_on(database: Database, *, clock: Clock = utc_now) -> Lease:
    """The lease of this database, not taken yet."""
    address = database.engine.url
    if address.get_backend_name() != "sqlite":
        # Its driver is not there where only SQLite is used.
        from stuf_bot.store.lease_postgresql import PostgresqlLease  # noqa: PLC0415

        return PostgresqlLease(address, clock)
    if not address.database or address.database == ":memory:":
        return OwnLease(clock)
    # The same file may be known by several names.
    file = Path(address.database).resolve()
    return FileLease(file.with_name(f"{file.name}.lock"), clock)
