"""A bot between a small Sentry and a small Zulip."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sentry_room import Room, open_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Nothing has happened yet."""
    room = open_room(tmp_path / "bot.sqlite")
    yield room
    room.talk.database.close()
