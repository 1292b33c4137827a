"""An embedded Sentry for all tests here, an organization for each of them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import sentry_sdk
from pydantic import SecretStr

from provisioning.sentry.client import SentryApi
from provisioning.sentry.projects import SentryProjects
from sandbox.sentry import Sentry

NOW = 1_800_000_000.0
_NUMBERS = itertools.count(1)


@dataclass
class Home:
    """An organization with a team, a project, and the integration that the bot is."""

    sentry: Sentry
    clock: list[float]
    organization: str
    token: str
    app: str
    api: SentryApi = field(init=False)
    projects: SentryProjects = field(init=False)

    def __post_init__(self) -> None:
        self.api = SentryApi(self.sentry.url, self.organization, SecretStr(self.token))
        self.projects = SentryProjects(self.api, "stufs", app_id=self.app)

    def raise_in(self, project: str, message: str = "broken", *, user: str = "") -> None:
        """Report an error to a project by the real SDK."""
        client = sentry_sdk.Client(
            dsn=self.sentry.dsn(self.organization, project),
            release="v-1",
            environment="production",
            default_integrations=False,
            auto_enabling_integrations=False,
        )
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(client)
            if user:
                scope.set_user({"id": user})
            try:
                raise ValueError(message)  # noqa: TRY301 - it is what is reported.
            except ValueError as error:
                scope.capture_exception(error)
            client.close(timeout=5)


@pytest.fixture(scope="session")
def sentry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sentry, list[float]]]:
    clock = [NOW]
    server = Sentry(tmp_path_factory.mktemp("sentry"), clock=lambda: clock[0])
    server.start()
    yield server, clock
    server.stop()


@pytest.fixture
def home(sentry: tuple[Sentry, list[float]]) -> Home:
    server, clock = sentry
    clock[0] = NOW
    name = f"acme-{next(_NUMBERS)}"
    server.create_organization(name)
    octo = server.create_user(name, "octo", "Olive Octo", "octo@example.org")
    server.create_team(name, "stufs", (octo,))
    bot = server.create_integration(name, "STUF Bot", "")
    server.create_project(name, "stufs", "stuf-acme")
    return Home(server, clock, name, bot.token, bot.app)
