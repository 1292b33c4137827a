"""A bot between a small Sentry and a small Zulip."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sentry_room import Room, open_room


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the STUF is made already: that takes longer than most stories."""
    path = tmp_path_factory.mktemp("made") / "bot.sqlite"
    open_room(path).talk.database.close()
    return path


@pytest.fixture
def room(made: Path, tmp_path: Path) -> Iterator[Room]:
    """Nothing has happened yet."""
    path = tmp_path / "bot.sqlite"
    shutil.copy(made, path)
    room = open_room(path)
    yield room
    room.talk.database.close()


@pytest.fixture
def issue(room: Room) -> str:
    """One that everybody knows of."""
    room.sentry.raises("1")
    room.settle()
    return "1"
