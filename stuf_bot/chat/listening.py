"""Where a message needs no mention, since something of the bot waits for it there."""

import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.places import Direct, Topic, conversation
from stuf_bot.store.conversation_tables import Dialogue, PlanRow, load_place
from stuf_bot.store.database import Database, after_commit

WAITING = ("open", "code")
"""States of a plan that waits for somebody."""


class Listening:
    """Kept in memory, since every message of every channel is asked about; read again after a change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        # How often something changed, and up to which of that the sets are read.
        self._changes = 1
        self._read_up_to = 0
        self._answers: frozenset[tuple[int, str]] = frozenset()
        self._plans: frozenset[str] = frozenset()

    def changed(self, session: Session) -> None:
        """A dialogue or a plan begins, moves or ends with this session's commit."""
        after_commit(session, self._forget)

    def listens(self, place: Topic | Direct, person_id: int) -> bool:
        """Whether an answer of this person, or a word to a plan, may be said here without a mention."""
        return self.awaits_answer(place, person_id) or self.awaits_word(place)

    def awaits_answer(self, place: Topic | Direct, person_id: int) -> bool:
        """Whether a form asks this person here, or was begun here and asks in a direct message."""
        self._read()
        return (person_id, conversation(place)) in self._answers

    def awaits_word(self, place: Topic | Direct) -> bool:
        """Whether a plan is open here, so that `confirm` and `cancel` need no mention."""
        self._read()
        return conversation(place) in self._plans

    def _forget(self) -> None:
        with self._counting:
            self._changes += 1

    def _read(self) -> None:
        if self._read_up_to == self._changes:
            return
        with self._lock:
            # Counted before reading: what is committed from now on is read again, and so is what could not be.
            before = self._changes
            if self._read_up_to == before:
                return
            with self._database.reading() as session:
                rows = session.scalars(select(Dialogue)).all()
                plans = session.scalars(select(PlanRow.asked_in).where(PlanRow.state.in_(WAITING))).all()
            self._answers = frozenset(
                (row.person_id, name)
                for row in rows
                for name in (row.asked_in, conversation(load_place(row.place)))
            )
            self._plans = frozenset(plans)
            self._read_up_to = before
