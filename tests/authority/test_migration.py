"""STUFs from before there were several TAs keep theirs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from provisioning.architects import add
from provisioning.fleet import Fleet
from stuf_bot.store import migrations
from stuf_bot.store.database import open_database

SPEC = '{"schema_version": 1, "slug": "acme-audit", "name": "A", "storage": {"kind": "aws", "region": "eu-west-1"}}'
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def configured(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


@pytest.mark.parametrize("back", [False, True])
def test_the_ta_of_a_stuf_stays_its_ta(tmp_path: Path, *, back: bool) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    with database.engine.connect() as connection, connection.begin():
        config = configured(connection)
        command.upgrade(config, "0007_outbox")
        connection.execute(
            text(
                "INSERT INTO stufs (slug, spec, owner_id, owner_name, channel, state, created_at) "
                "VALUES ('acme-audit', :spec, 9, 'Tess', 'stuf-acme', 'ready', :now)"
            ),
            {"spec": SPEC, "now": "2026-11-23 09:00:00"},
        )
        command.upgrade(config, "0008_architects")
        if back:
            command.downgrade(config, "0007_outbox")
        command.upgrade(config, "head")
    with database.session() as session:
        stuf = Fleet(lambda: None).get(session, "acme-audit")
        assert stuf is not None
        assert stuf.architects == (9,)
        assert add(session, "acme-audit", 11, added_by=9, at=NOW)
    database.close()
