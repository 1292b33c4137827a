"""Up to when the bot knows what happens outside: objects by the state last told of, and places by the last look."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.acts import Act
from stuf_bot.store.delivery_tables import Look, SeenObject
from stuf_bot.store.tables import table_of

KEEP: Final = timedelta(days=60)
REDELIVERED: Final = "github.redeliver"
"""The place of the look for deliveries that failed."""

_SEEN = table_of(SeenObject)
_LOOKS = table_of(Look)


def _noted(dialect: Any) -> Any:
    row = dialect.insert(_SEEN)
    return row.on_conflict_do_update(
        index_elements=["key"],
        set_={"updated_at": row.excluded.updated_at},
        where=_SEEN.c.updated_at < row.excluded.updated_at,
    )


# Most deliveries pass through it: it is made once.
_NOTE = {name: _noted(dialect) for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))}


def note(session: Session, told: Iterable[tuple[str, datetime]]) -> None:
    """These objects, by key, were told of in the state of these moments; what is older changes nothing."""
    connection = session.connection()
    # In one order, so that two writers of the same objects do not wait for each other.
    for key, at in sorted(told):
        connection.execute(_NOTE[connection.dialect.name], {"key": key[:300], "updated_at": at})


def up_to(session: Session, key: str) -> datetime | None:
    """The newest state of an object that was told of; None for one that never was."""
    return session.scalar(select(_SEEN.c.updated_at).where(_SEEN.c.key == key[:300]))


def looked(session: Session, place: str) -> datetime | None:
    """When a place (a repository, a kind of errand) was last looked at."""
    return session.scalar(select(_LOOKS.c.looked_at).where(_LOOKS.c.repository == place))


def look(session: Session, place: str, at: datetime) -> None:
    """It was looked at then."""
    session.merge(Look(repository=place, looked_at=at))


def tidy(session: Session, now: datetime) -> list[Act]:
    """Forget objects that have long been still. Gives nothing to say."""
    session.execute(delete(_SEEN).where(_SEEN.c.updated_at < now - KEEP))
    return []
