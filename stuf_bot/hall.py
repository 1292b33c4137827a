"""The hall: takes what came in, in order, and hands it to the one who handles it.

One event is one transaction: what the handler changed, what it wants said and the end of the
inbox entry are committed together, or not at all. What only reads need not wait for the disk:
after a power cut it is asked, and answered, again.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from stuf_bot.acts import Act
from stuf_bot.apart import NeededFirst, keeping
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.zulip_calls import RateLimited, Unavailable
from stuf_bot.inbox import Inbox, Incoming
from stuf_bot.lines import Lines
from stuf_bot.messages import MessageReceived, ReactionAdded
from stuf_bot.store.database import Database, insist, is_repeatable

log = logging.getLogger(__name__)

Handle = Callable[[Any, Session], Iterable[Act]]
OnError = Callable[[Any, Exception, str], Iterable[Act]]
Note = Callable[[Session, Any, str], None]

_TRIES = 5
_PAUSE = 0.1
_LONGEST_PAUSE = 30.0
_MOST_DOUBLINGS = 10
_LOOK_UP = 0.5
_MOST_NEEDED = 20
_KEEP_KEYS = timedelta(days=60)
# The orders of what may come by the thousand; neither people nor alarms wait behind it.
_BULK = ("github:", "sentry:", "stuf:")


class Hall:
    """Workers between inbox and outbox. `on_error` says what the asker reads when a handler failed.

    `note` is told of it, too, in the transaction that gives the entry up, with the log's reference.
    Nothing is handled before `ready` (the directory's): who may do what would not be known yet.
    """

    def __init__(  # noqa: PLR0913 - it stands between as many.
        self,
        database: Database,
        inbox: Inbox,
        outbox: Outbox,
        handle: Handle,
        on_error: OnError,
        *,
        note: Note | None = None,
        ready: threading.Event | None = None,
        workers: int = 4,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._handle = handle
        self._on_error = on_error
        self._note = note
        self._changed = threading.Condition()
        self._lines = Lines(urgent=lambda order: not order.startswith(_BULK))
        self._calm = threading.Event()
        # Entries up to this one waited over a restart.
        self._before = 0
        self._ready = ready
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"hall-{number}", daemon=True)
            for number in range(workers)
        ]
        inbox.on_put(self._add)

    def start(self) -> None:
        """Begin, with what waits from last time first."""
        with self._database.session() as session:
            self._inbox.prune(session, _KEEP_KEYS)
        with self._changed, self._database.reading() as session:
            waiting = self._inbox.ordered(session)
            self._before = max((entry for entry, _ in waiting), default=0)
            self._lines.add(waiting)
            if not self._lines:
                self._calm.set()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Take nothing new, and give what is in hand this long to finish; the rest is kept for next time."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def alive(self) -> bool:
        """Whether every worker is at work."""
        return all(thread.is_alive() for thread in self._threads)

    def calm(self, seconds: float) -> bool:
        """Wait until nothing waits nor is handled, but no longer than this; gives whether it is so."""
        return self._calm.wait(seconds)

    def _add(self, entries: Iterable[tuple[int, str]]) -> None:
        with self._changed:
            self._calm.clear()
            self._changed.notify(self._lines.add(entries))

    def _work(self) -> None:
        while self._ready and not self._ready.wait(_LOOK_UP):
            if self._stopping.is_set():
                return
        while not self._stopping.is_set():
            taken = self._take()
            if taken is None:
                continue
            entry, order = taken
            try:
                self._finish(entry)
            except Exception:
                # The entry still waits and is taken again; without its worker nobody would take it.
                log.exception("entry %s is left for another try", entry)
                self._stopping.wait(_LOOK_UP)
                with self._changed:
                    self._lines.add([taken])
            finally:
                self._done(order)

    def _take(self) -> tuple[int, str] | None:
        with self._changed:
            taken = self._lines.take()
            while taken is None and not self._stopping.is_set():
                self._changed.wait()
                taken = self._lines.take()
            return taken

    def _done(self, order: str) -> None:
        with self._changed:
            # Who waits behind it is taken by the worker that is free now.
            if not self._lines.done(order) and not self._lines:
                self._calm.set()

    def _finish(self, entry: int) -> None:
        tries = 0
        while not self._stopping.is_set():
            tries += 1
            try:
                self._handled(entry)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is told to the asker.
                if _passing(error) and tries < _TRIES:
                    log.info("entry %s: %s; trying again", entry, type(error).__name__)
                elif self._fail(entry, error):
                    return
            else:
                return
            self._stopping.wait(min(_PAUSE * 2 ** min(tries, _MOST_DOUBLINGS), _LONGEST_PAUSE))

    def _handled(self, entry: int) -> None:
        """Handle it; what its handler needs first is had between two attempts, outside of the database."""
        with keeping():
            for _ in range(_MOST_NEEDED):
                try:
                    self._once(entry)
                except NeededFirst as needed:
                    needed.get()
                else:
                    return
            self._once(entry)

    def _once(self, entry: int) -> None:
        with self._database.session(durable=False) as session:
            event = self._inbox.read(session, entry)
            if event is None:
                return
            if entry <= self._before and isinstance(event, MessageReceived):
                # As late as one that was read after a gap, and perhaps answered before a power cut.
                event = event.model_copy(update={"caught_up": True, "perhaps_answered": True})
            acts = list(self._handle(event, session))
            self._outbox.answer(session, acts, event, _cause(event, event.key, entry))
            self._inbox.done(session, entry)
            if not is_repeatable(session):
                insist(session)

    def _fail(self, entry: int, error: Exception) -> bool:
        reference = secrets.token_hex(4)
        log.error("reference %s: entry %s failed", reference, entry, exc_info=error)
        try:
            with self._database.session() as session:
                self._apologise(session, entry, error, reference)
                self._inbox.failed(session, entry, reference)
        except Exception:
            # Whatever it is, the worker has to outlive it.
            log.warning("reference %s cannot be stored yet", reference, exc_info=True)
            return False
        return True

    def _apologise(self, session: Session, entry: int, error: Exception, reference: str) -> None:
        try:
            event = self._inbox.read(session, entry)
            acts = [] if event is None else list(self._on_error(event, error, reference))
        except Exception:
            # Nobody is left to tell; the log has both reasons.
            log.exception("reference %s: nobody could be told", reference)
        else:
            cause = _cause(event, self._inbox.key(session, entry), entry)
            self._outbox.answer(session, acts, event, f"{cause}:failed")
            if self._note is not None and event is not None:
                self._note(session, event, reference)


def _cause(event: Incoming | None, key: str, entry: int) -> str:
    """A reaction may be taken back and made again: each time has an answer of its own."""
    return f"{key}@{entry}" if isinstance(event, ReactionAdded) else key


def _passing(error: Exception) -> bool:
    """Whether the same may go well in a moment: the database is busy, Zulip does not answer a question."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | Unavailable | RateLimited):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
