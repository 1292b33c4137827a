"""Stores deliveries before they are answered: those that come at the same time in one transaction.

A commit that is durable waits for the disk. At 200 deliveries a second each would wait for all before it;
so whatever has come meanwhile goes into the next one together.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from stuf_bot.inbox import Inbox
from stuf_bot.store.database import Database
from stuf_bot.web.checks import Accepted

PutErrand = Callable[[Session, str, str, Mapping[str, str]], object]
"""Put an errand: its kind, its key and its payload."""

_MOST = 100
# What concerns all of them, and no single one.
_ALL = (OperationalError, InterfaceError, PoolTimeout)
_Waiting = tuple[Accepted, "asyncio.Future[bool]"]


class Storing:
    """Stores in the inbox, and what is to be done because of a delivery beside it. For one event loop at a time."""

    def __init__(self, database: Database, inbox: Inbox, put_errand: PutErrand | None = None) -> None:
        self._database = database
        self._inbox = inbox
        self._put_errand = put_errand
        self._waiting: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def put(self, accepted: Accepted) -> bool:
        """Whether it is new; it is durable then. Raises SQLAlchemyError where it could not be stored."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((accepted, stored))
        if self._work is None:
            self._work = loop.create_task(self._store_all())
        return await stored

    async def _store_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            try:
                results = await run_in_threadpool(self._store, [accepted for accepted, _ in batch])
            except BaseException as error:
                # Nobody may wait for an answer that does not come.
                _tell(batch, [error] * len(batch))
                if not isinstance(error, Exception):
                    self._work = None
                    raise
            else:
                _tell(batch, results)
        self._work = None

    def _store(self, batch: Sequence[Accepted]) -> Sequence[bool | BaseException]:
        try:
            return self._together(batch)
        except _ALL as error:
            return [error] * len(batch)
        except SQLAlchemyError as error:
            if len(batch) == 1:
                return [error]
        # One of them cannot be stored, and the others shall not suffer for it.
        return [result for accepted in batch for result in self._store([accepted])]

    def _together(self, batch: Sequence[Accepted]) -> list[bool | BaseException]:
        # Senders wait for an answer; what was sent before can wait for a moment longer.
        with self._database.session(first=True) as session:
            results = self._inbox.put_all(session, [accepted.delivery for accepted in batch])
            for accepted, new in zip(batch, results, strict=True):
                errand = accepted.errand
                if new and errand is not None and self._put_errand is not None:
                    self._put_errand(session, errand.kind, errand.key, errand.payload)
            return [*results]


def _tell(batch: Sequence[_Waiting], results: Sequence[bool | BaseException]) -> None:
    for (_, stored), result in zip(batch, results, strict=True):
        if stored.done():
            continue
        if isinstance(result, BaseException):
            stored.set_exception(result)
        else:
            stored.set_result(result)
