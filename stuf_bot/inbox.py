"""What came in and is not finished. Nothing is acknowledged before it stands here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from pydantic import BaseModel
from sqlalchemy import String, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database, after_commit
from stuf_bot.store.tables import InboxRow, table_of

# Every message passes through these: they are made once, and on the table, which costs half of the class.
_T = table_of(InboxRow)
_WAITS = _T.c.state == "waiting"
_PUT = {
    name: dialect.insert(_T).on_conflict_do_nothing(index_elements=["key"]).returning(_T.c.id)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_PUT_ALL = {
    name: dialect.insert(_T).on_conflict_do_nothing(index_elements=["key"]).returning(_T.c.id, _T.c.key)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_READ = select(_T.c.kind, _T.c.payload).where(_T.c.id == bindparam("entry"), _WAITS)
_ORDERED = select(_T.c.id, _T.c.order_key).where(_WAITS).order_by(_T.c.id)
_FINISH = (
    update(_T)
    .where(_T.c.id == bindparam("entry"))
    .values(
        state=bindparam("into"), payload="", reference=bindparam("leads_to"), done_at=bindparam("finished_at")
    )
)
_FORGET = (
    update(_T)
    .where(_T.c.key == bindparam("known_as"), ~_WAITS)
    .values(key=_T.c.key + "~" + cast(_T.c.id, String))
)
_NEW = "inbox"

Listener = Callable[[Sequence[tuple[int, str]]], None]


class Incoming(Protocol):
    """An event: a frozen pydantic model that names itself and its order."""

    @property
    def key(self) -> str:
        """The sender's id: the same happening heard twice has the same key."""

    @property
    def order(self) -> str:
        """Events of one order are handled one after the other."""

    def model_dump_json(self) -> str:
        """The event as JSON."""


class Inbox:
    """Events by their keys. `kinds` names every class that may come in, so that it can be read again."""

    def __init__(
        self, database: Database, kinds: Mapping[str, type[BaseModel]], *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._kinds = dict(kinds)
        self._clock = clock
        self._listeners: list[Listener] = []

    def on_put(self, listener: Listener) -> None:
        """Tell `listener` after every commit what was new in it: ids and orders of entries, as put."""
        self._listeners.append(listener)

    def put(self, session: Session, event: Incoming) -> bool:
        """Store an event, to be handled after the session's commit. False: it is known already.

        Raises TypeError for a class that is not among the kinds.
        """
        entry = session.scalar(_PUT[session.get_bind().dialect.name], self._row(event))
        if entry is None:
            return False
        self._note(session, [(entry, event.order)])
        return True

    def put_all(self, session: Session, events: Sequence[Incoming]) -> list[bool]:
        """Store several at once: for each whether it is new. Of those with one key the first is.

        Raises TypeError as `put` does.
        """
        rows = [self._row(event) for event in events]
        found = session.execute(_PUT_ALL[session.get_bind().dialect.name], rows)
        entries: dict[str, int] = {key: entry for entry, key in found}
        new: list[tuple[int, str]] = []
        results = []
        for event in events:
            entry = entries.pop(event.key, None)
            results.append(entry is not None)
            if entry is not None:
                new.append((entry, event.order))
        if new:
            self._note(session, sorted(new))
        return results

    def _row(self, event: Incoming) -> dict[str, object]:
        kind = type(event).__name__
        if not isinstance(event, self._kinds.get(kind, ())):
            raise TypeError(f"{kind} is not among the kinds of this inbox")
        return {
            "key": event.key,
            "kind": kind,
            "order_key": event.order,
            "payload": event.model_dump_json(),
            "state": "waiting",
            "received_at": self._clock(),
        }

    def _note(self, session: Session, entries: Sequence[tuple[int, str]]) -> None:
        """Let the listeners be told of them after the commit."""
        new = session.info.get(_NEW)
        if new is None:
            new = session.info[_NEW] = []
            after_commit(session, partial(self._tell, new))
        new.extend(entries)

    def ordered(self, session: Session) -> Sequence[tuple[int, str]]:
        """All that waits, oldest first: ids and orders of entries."""
        return [(row.id, row.order_key) for row in session.execute(_ORDERED)]

    def read(self, session: Session, entry: int) -> Incoming | None:
        """The event of an entry that still waits; None where it is finished.

        Raises KeyError for a kind of another version of the bot, pydantic.ValidationError for a changed one.
        """
        row = session.execute(_READ, {"entry": entry}).first()
        if row is None:
            return None
        event: Incoming = self._kinds[row.kind].model_validate_json(row.payload)  # type: ignore[assignment]
        return event

    def key(self, session: Session, entry: int) -> str:
        """The key of an entry."""
        return str(session.scalars(select(_T.c.key).where(_T.c.id == entry)).one())

    def done(self, session: Session, entry: int) -> None:
        """The entry is handled; what it said is forgotten."""
        self._finish(session, entry, "done", None)

    def failed(self, session: Session, entry: int, reference: str) -> None:
        """The entry could not be handled; `reference` leads to the log."""
        self._finish(session, entry, "failed", reference)

    def waiting(self, session: Session) -> int:
        """How many entries wait."""
        return session.scalar(select(func.count()).select_from(_T).where(_WAITS)) or 0

    def forget(self, session: Session, key: str) -> None:
        """What has this key was undone and may happen anew. One that still waits is handled all the same."""
        # The row stays until it is pruned: ids are given once.
        session.execute(_FORGET, {"known_as": key})

    def prune(self, session: Session, older_than: timedelta) -> None:
        """Forget the keys of entries finished longer ago than any sender repeats itself."""
        limit = self._clock() - older_than
        session.execute(delete(_T).where(_T.c.state != "waiting", _T.c.done_at < limit))

    def _finish(self, session: Session, entry: int, state: str, reference: str | None) -> None:
        session.execute(
            _FINISH,
            {"entry": entry, "into": state, "leads_to": reference, "finished_at": self._clock()},
        )

    def _tell(self, new: Sequence[tuple[int, str]]) -> None:
        for listener in self._listeners:
            listener(new)
