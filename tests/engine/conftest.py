import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server's address."""
    with postgres_server.server() as url:
        if url is None:
            pytest.skip("no PostgreSQL: set STUF_TEST_POSTGRES or install its server")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on either system."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/stuf.sqlite"
        return
    with postgres_server.database(request.getfixturevalue("postgres"), f"t{secrets.token_hex(6)}") as url:
        yield url
