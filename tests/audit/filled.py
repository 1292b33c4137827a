"""Audit logs of a few entries."""

from datetime import UTC, datetime, timedelta

from stuf_bot import audit
from stuf_bot.audit import Tag
from stuf_bot.store.database import Database

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def fill(database: Database, count: int) -> None:
    """Entries of minutes 1 to `count` after START."""
    with database.session() as session:
        for number in range(1, count + 1):
            audit.record(
                session,
                at=START + timedelta(minutes=number),
                tag=Tag.STATUS_SHOWN,
                actor_id=number % 3 or None,
                outcome="done",
                cause=f"zulip:message:{number}",
                details={"stuf": "acme-audit", "number": number},
            )
