"""What GitHub tells, read without the rest of the bot, and shown on the embedded realm."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.github import GitHub as Hub
from sandbox.github import Runner
from sandbox.zulip import seed
from sandbox.zulip.queues import EventQueues
from sandbox.zulip.world import World

sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))
sys.path.insert(0, str(Path(__file__).parent))

from github_hearing import Hearing, open_hearing


@pytest.fixture(scope="module")
def one_hearing() -> Iterator[Hearing]:
    hearing = open_hearing()
    yield hearing
    hearing.database.close()


@pytest.fixture
def hearing(one_hearing: Hearing) -> Hearing:
    """A bot that has heard nothing yet."""
    one_hearing.forget()
    one_hearing.accounts, one_hearing.stuf = {}, ""
    return one_hearing


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A realm in memory, to render with."""
    queues = EventQueues(lambda: 0.0, 50, 600)
    world = World(tmp_path_factory.mktemp("realm"), lambda: 0.0, queues)
    seed.seed_demo(world)
    yield world
    world.store.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """An embedded GitHub with the repository of one STUF."""
    hub = Hub(tmp_path / "state", runner=Runner(environment={}))
    hub.create_account("acme", "Organization")
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance/README.md").write_text("A STUF.")
    hub.seed_repository("acme", "stuf-acme-audit", tmp_path / "instance")
    hub.start()
    yield hub
    hub.stop()
