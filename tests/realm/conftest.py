"""The short realm, once for all tests of this folder that run in one process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# The PostgreSQL that the engine's tests start.
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from short_realm import ShortRealm, running


@pytest.fixture(scope="session")
def short_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShortRealm]:
    with running(tmp_path_factory.mktemp("realm")) as realm:
        yield realm
