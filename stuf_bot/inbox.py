"""What came in and is not finished. Nothing is acknowledged before it stands here."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Protocol

from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database, after_commit
from stuf_bot.store.tables import InboxRow


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
        self._listeners: list[Callable[[], None]] = []

    def on_put(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every commit that brought something new."""
        self._listeners.append(wake)

    def put(self, session: Session, event: Incoming) -> bool:
        """Store an event, to be handled after the session's commit. False: it is known already.

        Raises TypeError for a class that is not among the kinds.
        """
        kind = type(event).__name__
        if not isinstance(event, self._kinds.get(kind, ())):
            raise TypeError(f"{kind} is not among the kinds of this inbox")
        row = {
            "key": event.key,
            "kind": kind,
            "order_key": event.order,
            "payload": event.model_dump_json(),
            "state": "waiting",
            "received_at": self._clock(),
        }
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = insert(InboxRow).values(row).on_conflict_do_nothing(index_elements=["key"])
        new = session.scalar(statement.returning(InboxRow.id)) is not None
        if new:
            for wake in self._listeners:
                after_commit(session, wake)
        return new

    def take(self, session: Session, busy: Collection[str]) -> tuple[int, str] | None:
        """The oldest waiting entry whose order is not among the busy ones: its id and order."""
        query = select(InboxRow.id, InboxRow.order_key).where(InboxRow.state == "waiting")
        if busy:
            query = query.where(InboxRow.order_key.not_in(busy))
        found = session.execute(query.order_by(InboxRow.id).limit(1)).first()
        return (found.id, found.order_key) if found else None

    def read(self, session: Session, entry: int) -> Incoming | None:
        """The event of an entry that still waits; None where it is finished.

        Raises KeyError for a kind of another version of the bot, pydantic.ValidationError for a changed one.
        """
        row = session.scalar(select(InboxRow).where(InboxRow.id == entry, InboxRow.state == "waiting"))
        if row is None:
            return None
        event: Incoming = self._kinds[row.kind].model_validate_json(row.payload)  # type: ignore[assignment]
        return event

    def key(self, session: Session, entry: int) -> str:
        """The key of an entry."""
        return session.scalars(select(InboxRow.key).where(InboxRow.id == entry)).one()

    def done(self, session: Session, entry: int) -> None:
        """The entry is handled; what it said is forgotten."""
        self._finish(session, entry, "done", None)

    def failed(self, session: Session, entry: int, reference: str) -> None:
        """The entry could not be handled; `reference` leads to the log."""
        self._finish(session, entry, "failed", reference)

    def waiting(self, session: Session) -> int:
        """How many entries wait."""
        return len(session.scalars(select(InboxRow.id).where(InboxRow.state == "waiting")).all())

    def prune(self, session: Session, older_than: timedelta) -> None:
        """Forget the keys of entries finished longer ago than any sender repeats itself."""
        limit = self._clock() - older_than
        session.execute(delete(InboxRow).where(InboxRow.state != "waiting", InboxRow.done_at < limit))

    def _finish(self, session: Session, entry: int, state: str, reference: str | None) -> None:
        session.execute(
            update(InboxRow)
            .where(InboxRow.id == entry)
            .values(state=state, payload="", reference=reference, done_at=self._clock())
        )
