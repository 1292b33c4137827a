"""Webhooks that changed nothing: forged, too large, heard again. A flood of them must not fill the disk."""

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from stuf_bot import deliveries
from stuf_bot.acts import Act
from stuf_bot.audit.chain import record
from stuf_bot.audit.tags import Tag
from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
REPEATED = "known-already"
_Key = tuple[str, str]


class Unwanted:
    """Counts them by source and reason. The first is noted at once, the others of its minute in one entry."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[_Key, datetime] = {}
        self._waiting: dict[_Key, int] = {}

    def note(self, source: str, reason_code: str) -> None:
        """One more from `source`; both texts are ours, nothing of what was sent. Never raises."""
        key, now = (source, reason_code), self._clock()
        with self._lock:
            self._waiting[key] = self._waiting.get(key, 0) + 1
            counted = self._claim([key], now)
        if not counted:
            return
        try:
            with self._database.session(durable=False) as session:
                _write(session, now, counted)
        except SQLAlchemyError:
            log.warning("a refused delivery could not be noted in the audit log", exc_info=True)
            with self._lock:
                # It stays counted, for when the database is back.
                self._waiting[key] = self._waiting.get(key, 0) + counted[key]

    def flush(self, session: Session, now: datetime) -> list[Act]:
        """Note what has waited for its minute to pass. Gives nothing to say."""
        with self._lock:
            counted = self._claim(list(self._waiting), now)
        _write(session, now, counted)
        return []

    def finish(self) -> None:
        """Note all that is counted; at the end of the process. Raises what the database raises."""
        with self._lock:
            counted, self._waiting = self._waiting, {}
        if counted:
            with self._database.session() as session:
                _write(session, self._clock(), counted)

    def _claim(self, keys: Iterable[_Key], now: datetime) -> dict[_Key, int]:
        """Take the counts of those whose minute has passed."""
        due = [key for key in keys if key not in self._noted or now - self._noted[key] >= EVERY]
        self._noted |= dict.fromkeys(due, now)
        return {key: self._waiting.pop(key) for key in due}


def _write(session: Session, now: datetime, counted: Mapping[_Key, int]) -> None:
    for (source, code), count in counted.items():
        repeated = code == REPEATED
        record(
            session,
            at=now,
            tag=Tag.DELIVERY_REPEATED if repeated else Tag.DELIVERY_REFUSED,
            actor_id=None,
            outcome="ignored" if repeated else "refused",
            place=f"web:/hooks/{source}",
            reason_code=code,
            details={"source": source, "count": count},
        )
        deliveries.count(session, now, source, "repeated" if repeated else code, count)
