"""Brings a database to the newest shape of its tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from stuf_bot.store.database import Database

_LOCK = 0x57_55_46


def migrate(database: Database) -> None:
    """Apply the migrations that are missing. Several processes may do so at once."""
    with database.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
