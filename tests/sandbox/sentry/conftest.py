"""An embedded Sentry with the organization `acme`, the team `stuf` and the project `acme-audit`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.sentry import Sentry
from sandbox.sentry.server import Integration

sys.path.insert(0, str(Path(__file__).parent))

from reporting_site import NOON, Caller, Clock, Hooks, Reporter, empty


@pytest.fixture(scope="session")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sentry, Clock]]:
    clock = Clock()
    sentry = Sentry(tmp_path_factory.mktemp("sentry") / "state", clock=clock)
    sentry.start()
    yield sentry, clock
    sentry.stop()


@pytest.fixture(scope="session")
def _hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    yield hooks
    hooks.server.shutdown()
    hooks.server.server_close()


@pytest.fixture
def clock(_site: tuple[Sentry, Clock]) -> Clock:
    _site[1].now = NOON
    return _site[1]


@pytest.fixture
def hooks(_hooks: Hooks, sentry: Sentry) -> Hooks:
    _hooks.came.clear()
    _hooks.status = 200
    return _hooks


@pytest.fixture
def sentry(_site: tuple[Sentry, Clock], clock: Clock) -> Sentry:
    """One server for all tests, emptied before each."""
    sentry = _site[0]
    empty(sentry)
    sentry.create_organization("acme")
    omar = sentry.create_user("acme", "omar", "Omar Ops", "omar@example.org")
    sentry.create_team("acme", "stuf", (omar,))
    return sentry


@pytest.fixture
def integration(sentry: Sentry, hooks: Hooks) -> Integration:
    return sentry.create_integration("acme", "STUF Bot", hooks.url)


@pytest.fixture
def api(sentry: Sentry, integration: Integration) -> Caller:
    return Caller(sentry.url, integration.token)


@pytest.fixture
def person(sentry: Sentry) -> Caller:
    return Caller(sentry.url, sentry.create_token("acme", "omar"))


@pytest.fixture
def sdk(sentry: Sentry) -> Iterator[Reporter]:
    reporter = Reporter(sentry.create_project("acme", "stuf", "acme-audit"))
    yield reporter
    reporter.client.close()
