"""The bot's hall with marked values, and everything that comes out of it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# The conversation without Zulip that the handlers' tests have.
sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from private_house import House, opened


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened(tmp_path, monkeypatch) as house:
        yield house
