"""A bot that hears deliveries by its inbox and says what follows by its outbox, without the threads between."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from delivery_desk import Desk
from missed_place import Place, places
from talk import open_talk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    talk = open_talk(tmp_path / "bot.sqlite")
    yield Desk(talk)
    talk.database.close()


@pytest.fixture
def place(tmp_path: Path, desk: Desk) -> Iterator[Place]:
    yield from places(tmp_path, desk)
