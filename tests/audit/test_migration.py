"""Entries from before the log had a head still verify, and are told from the others."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from filled import START, fill
from sqlalchemy import MetaData, Table, func, insert, select, update

from stuf_bot import audit
from stuf_bot.audit import Kind
from stuf_bot.audit.chain import digest_of
from stuf_bot.store import migrations
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate

ENTRIES: Any = AuditEntry.__table__


def to(revision: str, database: Database, *, up: bool = True) -> None:
    with database.engine.connect() as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, revision)


@pytest.fixture
def database(database_url: str) -> Any:
    """Three entries as the version before wrote them; a transaction that failed left a gap in the ids."""
    made = open_database(database_url)
    to("0003_conversation", made)
    with made.engine.begin() as connection:
        old = Table("audit", MetaData(), autoload_with=connection)
        before = "0" * 64
        for number in (1, 2, 5):
            row: dict[str, Any] = {
                "at": START,
                "tag": "chat:stuf:shown",
                "actor_id": 9,
                "place": "direct:9",
                "outcome": "done",
                "reason_code": "",
                "cause": f"zulip:message:{number}",
                "details": {"stuf": "acme-audit", "command": "status"},
            }
            before = digest_of(row | {"before": before, "version": 1})
            connection.execute(insert(old).values(row | {"id": number, "digest": before}))
    yield made
    made.close()


def test_entries_of_before_verify_and_new_ones_follow(database: Database) -> None:
    migrate(database)
    fill(database, 2)
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
        found = list(audit.entries(session))
    assert [entry.id for entry in found] == [1, 2, 3, 4, 5]
    assert [entry.version for entry in found] == [1, 1, 1, 2, 2]
    assert found[2].correlation == found[2].cause == "zulip:message:5"
    assert found[2].stuf == "acme-audit"


def test_a_change_in_an_entry_of_before_is_found(database: Database) -> None:
    migrate(database)
    with database.session() as session:
        session.execute(update(ENTRIES).where(ENTRIES.c.id == 2).values(actor_id=10))
    with audit.snapshot(database) as session:
        problem = audit.verify(session)
    assert problem is not None
    assert (problem.kind, problem.entry) == (Kind.CHANGED, 2)


def test_the_way_back(database: Database) -> None:
    migrate(database)
    to("0003_conversation", database, up=False)
    with database.engine.connect() as connection:
        old = Table("audit", MetaData(), autoload_with=connection)
        assert connection.scalar(select(func.count()).select_from(old)) == 3
        assert "version" not in old.c
