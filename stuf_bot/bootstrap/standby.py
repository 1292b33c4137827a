"""Before the bot there is one question: does another one work on this database? Then this one waits."""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from stuf_bot.settings import Settings
from stuf_bot.store.database import open_database
from stuf_bot.store.lease import Holder, Lease, lease_on
from stuf_bot.web.server import WebServer
from stuf_bot.web.standby import standby_app

log = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5


class Standby:
    """Takes the lease on the database, or stands by until it can.

    While it stands by it reads and writes nothing: no migration, no queue, no post. Its web door says
    that it is not ready.
    """

    def __init__(self, settings: Settings, *, look_again: float = _LOOK_AGAIN) -> None:
        self._web = settings.web
        self._database_url = settings.stuf_bot.database_url
        self._look_again = look_again
        self._stopping = threading.Event()

    def wait(self) -> Lease | None:
        """The lease, taken; None where `stop` was called first.

        Raises at its first look what a database that is not to be had raises; later it looks again.
        """
        database = open_database(self._database_url)
        lease = lease_on(database)
        database.close()
        if lease.take():
            return lease
        self._tell(lease.holder())
        door = self._door()
        try:
            return self._until_taken(lease)
        finally:
            if door:
                door.stop()

    def stop(self) -> None:
        """Let `wait` return. May be called from a signal handler, and more than once."""
        self._stopping.set()

    def _until_taken(self, lease: Lease) -> Lease | None:
        told = lease.holder()
        while not self._stopping.wait(self._look_again):
            try:
                if lease.take():
                    log.info("nobody else works on the database any more: this bot does now")
                    return lease
                holder = lease.holder()
            except (OSError, SQLAlchemyError) as error:
                log.warning("the database is not to be had (%s); still standing by", type(error).__name__)
                continue
            if holder != told:
                told = holder
                self._tell(holder)
        lease.release()
        return None

    @staticmethod
    def _tell(holder: Holder | None) -> None:
        log.warning(
            "another bot works on this database (%s): this one stands by, and goes on when that one ends",
            holder or "it does not say where",
        )

    def _door(self) -> WebServer | None:
        try:
            door = WebServer(standby_app(), self._web.host, self._web.port)
        except OSError:
            # On the same machine it is the other bot's, and free once that has ended.
            log.info("the web door's port is taken: standing by without one")
            return None
        door.start()
        return door
