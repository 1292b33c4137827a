"""Text that others wrote, in every place where the bot shows it, on the embedded realm."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.zulip import seed
from sandbox.zulip.queues import EventQueues
from sandbox.zulip.world import World

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "handlers")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A realm in memory, to render with."""
    queues = EventQueues(lambda: 0.0, 50, 600)
    world = World(tmp_path_factory.mktemp("realm"), lambda: 0.0, queues)
    seed.seed_demo(world)
    yield world
    world.store.close()
