"""Killed at random in a busy hour, the bot says all that it has to, once, in order."""

import secrets
from pathlib import Path

import postgres_server
import pytest
from hour import hour

ROOT = Path(__file__).parents[2]
SEED = 20261123


def test_nothing_is_missing_and_nothing_is_said_twice(tmp_path: Path) -> None:
    with hour(tmp_path, SEED) as busy:
        differences = busy.run(kills=25)
        assert not differences, "\n".join([str(busy.figures), *differences])
        assert busy.figures.kills == 25
        assert busy.figures.inputs > 25


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_missing_on_postgresql(tmp_path: Path) -> None:
    with postgres_server.server() as server:
        if server is None:
            pytest.skip("no PostgreSQL: set STUF_TEST_POSTGRES or install its server")
        with (
            postgres_server.database(server, f"fault{secrets.token_hex(6)}") as url,
            hour(tmp_path, SEED + 2, url) as busy,
        ):
            differences = busy.run(kills=60)
            assert not differences, "\n".join([str(busy.figures), *differences])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_missing_after_hundreds_of_deaths(tmp_path: Path) -> None:
    with hour(tmp_path, SEED + 1) as busy:
        differences = busy.run(kills=300)
        busy.write(ROOT / "build" / "fault.json")
        assert not differences, "\n".join([str(busy.figures), *differences])
        assert busy.figures.kills >= 300
