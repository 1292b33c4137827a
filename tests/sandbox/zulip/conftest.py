"""What the tests of the embedded Zulip share."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zulip

from sandbox.zulip import ZulipRealm

# Test folders are no packages; the helpers beside the tests are found by this.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many recorded exchanges were repeated with the same outcome."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for test, what in (("test_agrees", "exchanges"), ("as_recorded", "checks of files of hostile texts")):
        here = [one for one in reports if "sandbox/zulip" in one.nodeid and test in one.nodeid]
        if here:
            agreed = sum(one.passed for one in here)
            terminalreporter.write_line(f"Recorded Zulip {what} that agree: {agreed} of {len(here)}")


ClientOf = Callable[..., zulip.Client]


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1_795_460_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def realm(tmp_path: Path, clock: Clock) -> Iterator[ZulipRealm]:
    started = ZulipRealm(tmp_path / "state", clock=clock)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def client_of(realm: ZulipRealm, tmp_path: Path) -> ClientOf:
    """The official client, signed in as one of the accounts."""

    def make(name: str, **options: Any) -> zulip.Client:
        path = tmp_path / f"{name}.zuliprc"
        path.write_text(realm.zuliprc(name))
        return zulip.Client(config_file=str(path), **{"retry_on_errors": False, **options})

    return make
