"""Channels by the names that they once had: whoever renames one does not take it from the bot."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.store.database import after_commit
from stuf_bot.store.tables import ChannelNameRow


class ChannelNames:
    """Ids by name. `now` knows the channels that have the name at this moment; they come first."""

    def __init__(self, now: Callable[[str], int | None]) -> None:
        self._now = now
        self._noted: dict[str, int] = {}

    def now(self, session: Session, name: str) -> int | None:
        """The channel that has the name, and from now on is known by it."""
        folded = name.casefold()
        number = self._now(name)
        if number is not None and self._noted.get(folded) != number:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            row = insert(ChannelNameRow).values(name=folded, channel_id=number)
            session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"channel_id": number}))
            after_commit(session, lambda: self._noted.update({folded: number}))
        return number

    def before(self, session: Session, name: str) -> int | None:
        """The channel that had the name last."""
        had = select(ChannelNameRow.channel_id).where(ChannelNameRow.name == name.casefold())
        return session.scalar(had)
