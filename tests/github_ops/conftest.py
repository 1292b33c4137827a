"""A desk that hears GitHub."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from github_desk import Desk, open_desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A bot that knows the STUF acme-audit and has heard nothing yet."""
    desk = open_desk()
    yield desk
    desk.database.close()
