"""The bot's hall for the tests of handlers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from talk import Talk, open_talk


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = open_talk(tmp_path / "bot.sqlite")
    yield talk
    talk.database.close()
