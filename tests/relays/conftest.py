"""A desk that takes relays, on a database of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))
sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))

from asked import BLOCK
from relay_desk import Desk
from talk import TESS, Talk, open_talk

from stuf_bot.relays import Relays
from stuf_bot.store.database import open_database
from stuf_bot.store.tables import Base


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path / 'relays.sqlite'}")
    Base.metadata.create_all(database.engine)
    sent: dict[str, int] = {}

    def message_id(_session: Session, key: str) -> int | None:
        return sent.get(key)

    relays = Relays(
        lambda _session, slug: None if slug == "gone" else f"stuf-{slug}",
        "stuf-admin",
        own_accounts=("STUF-Bot[bot]",),
        message_id=message_id,
    )
    yield Desk(database, relays, sent=sent)
    database.close()


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A bot that is asked to make acme-audit."""
    talk = open_talk(tmp_path / "bot.sqlite")
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    yield talk
    talk.database.close()
