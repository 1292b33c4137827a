"""Errands: calls to outside services, made after the commit that asked for them, and made until they succeed.

A handler changes nothing outside: it puts an errand into its own transaction. A worker runs it outside of
any transaction, and again after a crash, so what it runs has to be idempotent, or to look first. How it
ended is an event of the inbox, stored in the transaction that notes its end.
"""

import json
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from stuf_bot.acts import Act
from stuf_bot.clock import Clock, utc_now
from stuf_bot.inbox import Inbox
from stuf_bot.messages import ErrandEnded
from stuf_bot.store.database import Database, after_commit
from stuf_bot.store.errand_tables import ErrandRow
from stuf_bot.store.keys import short

log = logging.getLogger(__name__)

Json = dict[str, Any]
Run = Callable[[Json], Mapping[str, Any]]

UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown-errand"
_GIVE_UP: Final = timedelta(days=1)
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 600.0
_MOST_DOUBLINGS: Final = 10
_KEEP: Final = timedelta(days=30)
_LOOK_UP: Final = 30.0
_WAITS = ErrandRow.state == "waiting"


class ErrandRefused(Exception):  # noqa: N818 - it is an answer of the service.
    """The service says no, for good: a stable code, and a sentence for who asked."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class ErrandLater(Exception):  # noqa: N818 - likewise.
    """The service wants to be asked again, in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    key: str
    kind: str
    order: str
    payload: Json
    tries: int
    created_at: datetime


class Errands:
    """Runs what was put, in the order of each `order`; different orders side by side.

    `kinds`: what is run for each kind, (payload) -> result, both JSON. `periodic`: kinds that are put by
    the clock, one a time slot of that length. `urgent`: kinds that people wait for. Orders in which one
    of these waits go before all others, and one worker more takes nothing else: the others may take long.
    """

    def __init__(  # noqa: PLR0913 - what they work with, by name.
        self,
        database: Database,
        inbox: Inbox,
        kinds: Mapping[str, Run],
        *,
        periodic: Mapping[str, timedelta] = {},
        urgent: Collection[str] = (),
        clock: Clock = utc_now,
        workers: int = 2,
    ) -> None:
        self._database, self._inbox, self._clock = database, inbox, clock
        self._kinds, self._periodic = dict(kinds), dict(periodic)
        self._urgent = [kind for kind in urgent if kind in self._kinds]
        self._changed = threading.Condition()
        # Orders of which one is being run.
        self._in_hand: set[str] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"errands-{number}", daemon=True)
            for number in range(workers)
        ]
        if self._urgent:
            work = partial(self._work, only_urgent=True)
            self._threads.append(threading.Thread(target=work, name="errands-urgent", daemon=True))

    def put(  # noqa: PLR0913 - an errand as a whole.
        self,
        session: Session,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        order: str = "",
        at: datetime | None = None,
    ) -> bool:
        """Run it after the session's commit, not before `at`. False: the kind and key are known already.

        `order`: those of one order are run one after the other, and their ends are events of that order.
        Raises KeyError for an unknown kind, TypeError for a payload that is no JSON.
        """
        if kind not in self._kinds:
            raise KeyError(kind)
        now = self._clock()
        whole = _whole(kind, key)
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = insert(ErrandRow).values(
            key=whole,
            kind=kind,
            order_key=short(order) if order else whole,
            payload=json.dumps(dict(payload)),
            state="waiting",
            tries=0,
            due_at=at or now,
            created_at=now,
        )
        new = session.scalar(row.on_conflict_do_nothing(index_elements=["key"]).returning(ErrandRow.id))
        after_commit(session, self.wake)
        return new is not None

    def waits(self, session: Session, kind: str, key: str) -> bool:
        """Whether this one is still to be run."""
        found = select(ErrandRow.id).where(_WAITS, ErrandRow.key == _whole(kind, key))
        return session.scalar(found) is not None

    def waiting(self, session: Session) -> int:
        """How many are still to be run, by now or later."""
        return session.scalar(select(func.count()).select_from(ErrandRow).where(_WAITS)) or 0

    def tidy(self, session: Session, now: datetime) -> list[Act]:
        """Put what is due by the clock, and forget what has long been over. Gives nothing to say."""
        for kind, every in self._periodic.items():
            slot = int(now.timestamp() // every.total_seconds())
            unfinished = select(ErrandRow.id).where(_WAITS, ErrandRow.order_key == kind).limit(1)
            # A service that is away is asked once, not once for each time that was missed.
            if session.scalar(unfinished) is None:
                self.put(session, kind, str(slot), {}, order=kind)
        session.execute(delete(ErrandRow).where(~_WAITS, ErrandRow.done_at < now - _KEEP))
        return []

    def start(self) -> None:
        """Begin, with what waits from last time."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Begin nothing more; what is in hand is run again next time, unless it ends within this long."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds / len(self._threads))

    def wake(self) -> None:
        """Look for what waits."""
        with self._changed:
            self._changed.notify_all()

    @property
    def alive(self) -> bool:
        """Whether every worker is at work."""
        return all(thread.is_alive() for thread in self._threads)

    def step(self, *, only_urgent: bool = False) -> float | None:
        """Run one that is due. Gives the seconds until the next one may be, 0: look again; None: none waits."""
        taken, pause = self._take(only_urgent=only_urgent)
        if taken is None:
            return pause
        try:
            self._run(taken)
        finally:
            with self._changed:
                self._in_hand.discard(taken.order)
                self._changed.notify_all()
        return 0.0

    def _work(self, *, only_urgent: bool = False) -> None:
        while not self._stopping:
            try:
                pause = self.step(only_urgent=only_urgent)
            except SQLAlchemyError:
                log.warning("the errands cannot be read or noted; trying again", exc_info=True)
                pause = _FIRST_PAUSE
            with self._changed:
                if pause != 0.0 and not self._stopping:
                    self._changed.wait(_LOOK_UP if pause is None else min(pause, _LOOK_UP))

    def _take(self, *, only_urgent: bool) -> tuple[_Taken | None, float | None]:
        now = self._clock()
        soonest: datetime | None = None
        with self._changed, self._database.reading() as session:
            heads: set[str] = set(self._in_hand)
            for query in self._lines(only_urgent=only_urgent):
                for row in session.execute(query):
                    if row.order_key in heads:
                        continue
                    heads.add(row.order_key)
                    if row.due_at > now:
                        soonest = min(soonest or row.due_at, row.due_at)
                        continue
                    self._in_hand.add(row.order_key)
                    return _taken(session.get_one(ErrandRow, row.id)), 0.0
        return None, (soonest - now).total_seconds() if soonest else None

    def _lines(self, *, only_urgent: bool) -> list[Select[int, str, datetime]]:
        """What to look through, one after the other."""
        every = (
            select(ErrandRow.id, ErrandRow.order_key, ErrandRow.due_at).where(_WAITS).order_by(ErrandRow.id)
        )
        if not self._urgent:
            return [every]
        # What stands before it in its order has to be run first, and is as urgent.
        orders = select(ErrandRow.order_key).where(_WAITS, ErrandRow.kind.in_(self._urgent))
        first = every.where(ErrandRow.order_key.in_(orders))
        return [first] if only_urgent else [first, every]

    def _run(self, taken: _Taken) -> None:
        run = self._kinds.get(taken.kind)
        if run is None:
            self._end(taken, code=UNKNOWN, sentence="this version of the bot does not know it")
            return
        try:
            result = dict(run(taken.payload))
        except ErrandRefused as refused:
            log.info("errand %s was refused: %s", taken.id, refused.code)
            self._end(taken, code=refused.code, sentence=refused.sentence)
        except ErrandLater as later:
            self._later(taken, later.seconds)
        except Exception as error:
            # Whatever it is, it may pass; the errand outlives it, and so does the worker.
            log.warning(
                "errand %s (%s) failed: %s", taken.id, taken.kind, type(error).__name__, exc_info=True
            )
            self._later(taken, min(_FIRST_PAUSE * 2 ** min(taken.tries, _MOST_DOUBLINGS), _LONGEST_PAUSE))
        else:
            self._end(taken, result=result)

    def _later(self, taken: _Taken, seconds: float) -> None:
        now = self._clock()
        if now - taken.created_at > _GIVE_UP:
            self._end(taken, code=UNAVAILABLE, sentence="the service has not answered for a day")
            return
        with self._database.session() as session:
            session.execute(
                update(ErrandRow)
                .where(ErrandRow.id == taken.id)
                .values(tries=ErrandRow.tries + 1, due_at=now + timedelta(seconds=seconds))
            )

    def _end(self, taken: _Taken, *, result: Json | None = None, code: str = "", sentence: str = "") -> None:
        ended = ErrandEnded(
            number=taken.id,
            kind=taken.kind,
            errand=taken.key.removeprefix(f"{taken.kind}:"),
            within=taken.order,
            payload=taken.payload,
            succeeded=result is not None,
            result=result or {},
            code=code,
            sentence=sentence,
        )
        with self._database.session() as session:
            self._inbox.put(session, ended)
            session.execute(
                update(ErrandRow)
                .where(ErrandRow.id == taken.id)
                .values(state="failed" if result is None else "done", payload="", done_at=self._clock())
            )


def _whole(kind: str, key: str) -> str:
    return short(f"{kind}:{key}")


def _taken(row: ErrandRow) -> _Taken:
    return _Taken(
        row.id, row.key, row.kind, row.order_key, json.loads(row.payload), row.tries, row.created_at
    )
