"""An embedded Sentry with the organization `acme`, the team `stuf` and the project `acme-audit`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.sentry import Sentry
from sandbox.sentry.server import Integration

sys.path.insert(0, str(Path(__file__).parent))

from reporting_site import Caller, Clock, Hooks, Reporter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    yield hooks
    hooks.server.shutdown()
    hooks.server.server_close()


@pytest.fixture
def sentry(tmp_path: Path, clock: Clock) -> Iterator[Sentry]:
    sentry = Sentry(tmp_path / "sentry", clock=clock)
    sentry.create_organization("acme")
    omar = sentry.create_user("acme", "omar", "Omar Ops", "omar@example.org")
    sentry.create_team("acme", "stuf", (omar,))
    sentry.start()
    yield sentry
    sentry.stop()


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
