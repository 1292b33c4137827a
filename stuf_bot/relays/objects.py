"""What a source remembers about an object, so that events in any order end in the same state."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.clock import Clock, utc_now
from stuf_bot.relays.impersonal import kept, told
from stuf_bot.store.keys import short
from stuf_bot.store.relay_tables import ObjectRow


class Objects:
    """Facts by the object's key. Every method works in the caller's transaction."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    def read(self, session: Session, key: str) -> dict[str, Any] | None:
        """The facts last kept, or None; nobody else changes them until the transaction ends."""
        query = select(ObjectRow).where(ObjectRow.key == short(told(key))).with_for_update()
        row = session.scalar(query.execution_options(populate_existing=True))
        return dict(row.facts) if row else None

    def keep(self, session: Session, key: str, stuf: str, facts: dict[str, Any]) -> None:
        """Remember these facts (plain JSON) in place of the former ones. `stuf` is a slug, or empty.

        E-mail addresses and phone numbers are left out, wherever they stand: in the key, in names, in texts.
        """
        known = {"stuf": stuf, "facts": kept(facts), "changed_at": self._clock()}
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = insert(ObjectRow).values(key=short(told(key)), **known)
        session.execute(row.on_conflict_do_update(index_elements=["key"], set_=known))
