"""Databases of both kinds."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server.server() as url:
        if url is None:
            pytest.skip("no PostgreSQL: set STUF_TEST_POSTGRES or install its server")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/stuf.sqlite"
        return
    with postgres_server.database(request.getfixturevalue("postgres"), f"t{secrets.token_hex(6)}") as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = open_database(database_url)
    migrate(made)
    yield made
    made.close()
