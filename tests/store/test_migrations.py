"""The migrations lead to exactly the tables that the code declares."""

import threading

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from provisioning.tables import Base as FleetBase
from stuf_bot.store import (
    audit_tables,
    code_tables,
    conversation_tables,
    delivery_tables,
    errand_tables,
    migrations,
    relay_tables,
)
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import Base


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    migrate(database)
    assert {
        audit_tables.Base,
        conversation_tables.Base,
        code_tables.Base,
        delivery_tables.Base,
        errand_tables.Base,
        relay_tables.Base,
    } == {Base}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, [Base.metadata, FleetBase.metadata]) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    migrate(database)
    assert "inbox" in inspect(database.engine).get_table_names()


def test_several_processes_may_migrate_at_once(url: str) -> None:
    databases = [open_database(url) for _ in range(3)]
    failures: list[Exception] = []

    def run(database: Database) -> None:
        try:
            migrate(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells of it.
            failures.append(error)

    threads = [threading.Thread(target=run, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        database.close()
    assert failures == []


def test_the_migrations_are_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    script = ScriptDirectory.from_config(config)
    assert len(script.get_heads()) == 1
    assert [revision.is_branch_point for revision in script.walk_revisions()].count(True) == 0
