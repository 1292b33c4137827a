"""The lease on a PostgreSQL database: a lock that lives and dies with a connection of its own."""

import contextlib
import select
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.lease import Holder, Lease

_LOCK = 0x53_54_55_46
_NAME_BYTES = 63
_NAME = "stuf-bot"
_WORDS = 4
_SECOND = 1000

# This side gives a silent connection up (2 + 5 s) well before the server does (11 s): whoever has lost
# the lease knows it before another has it.
_OURS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5 * _SECOND,
}
_SERVERS = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11s",
}
_HELD_BY = """
SELECT activity.application_name FROM pg_locks
JOIN pg_stat_activity AS activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :lock AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class PostgresqlLease(Lease):
    """An advisory lock of a session. It ends with the connection, so that connection is watched."""

    def __init__(self, address: URL, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self._engine = create_engine(
            address,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args=_OURS,
        )
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether it is ours now. Raises SQLAlchemyError; the next call connects again."""
        me = self._me()
        # The name is what another bot reads here; a session's name cannot outlive it.
        name = f"{_NAME} {me.pid} {me.since:%Y-%m-%dT%H:%M:%SZ} {me.host}".encode()[:_NAME_BYTES]
        try:
            if self._connection is None:
                self._connection = self._connect()
            taken = self._connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK})
            if taken:
                self._set(self._connection, {"application_name": name.decode("utf-8", "ignore")})
        except DBAPIError:
            self._close()
            raise
        return bool(taken)

    def holder(self) -> Holder | None:
        """Who holds it; None where nobody does, or where the server does not tell this account."""
        if self._connection is None:
            return None
        try:
            name = self._connection.scalar(text(_HELD_BY), {"lock": _LOCK})
        except DBAPIError:
            self._close()
            raise
        words = str(name).split(maxsplit=_WORDS - 1)
        if len(words) != _WORDS or words[0] != _NAME:
            return None
        since = datetime.strptime(words[2], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return Holder(host=words[3], pid=int(words[1]), since=since)

    def intact(self, seconds: float) -> bool:
        """Whether the connection lives. The end of it is noticed at once where the server says so."""
        connection = self._connection
        if connection is None:
            return False
        try:
            poll = select.poll()
            poll.register(connection.connection.driver_connection, select.POLLIN)  # type: ignore[arg-type]
            poll.poll(seconds * _SECOND)
            connection.scalar(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - whatever it is, nobody can say that the lock is still there.
            return False
        return True

    def release(self) -> None:
        """Let another take it."""
        super().release()
        self._close()

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        self._set(connection, _SERVERS)
        return connection

    @staticmethod
    def _set(connection: Connection, values: dict[str, str]) -> None:
        for name, value in values.items():
            connection.execute(
                text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value}
            )

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(DBAPIError):
                connection.close()
