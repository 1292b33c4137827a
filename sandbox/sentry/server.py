"""The embedded Sentry as one object: start it, fill it, stop it."""

import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from sandbox.sentry import ingest, lifecycle, monitors, pages, records, rest
from sandbox.sentry.realm import Limits, Realm
from sandbox.sentry.webhooks import Delivery, Webhooks
from sandbox.server import AsgiServer

ALL_SCOPES: Final = (
    "org:admin",
    "member:admin",
    "team:admin",
    "project:admin",
    "project:releases",
    "event:admin",
    "alerts:write",
)
_TICK_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 5.0
_EVENTS: Final = ("issue", "comment", "event_alert", "metric_alert")


@dataclass(frozen=True)
class Integration:
    """An internal integration, as its page in Sentry shows it once.

    `token` acts as the integration, whose id as an actor is `app`; `installation` is in its webhooks.
    """

    app: str
    installation: str
    client_secret: str
    token: str


class Sentry:
    """An embedded Sentry that keeps all it knows in the folder `state`.

    `port` 0 takes any free one. `clock` gives Unix seconds for every time that is shown or checked.
    """

    def __init__(
        self,
        state: Path,
        port: int = 0,
        *,
        clock: Callable[[], float] = time.time,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self._realm = Realm(state, clock, limits)
        self._webhooks = Webhooks(self._realm)
        self._realm.post = self._webhooks
        routes = [*ingest.routes(self._realm), *rest.routes(self._realm), *pages.routes(self._realm)]
        self._server = AsgiServer(Starlette(routes=routes), port)
        self._realm.url = self._server.url
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick_on, name="sentry-clock", daemon=True)

    @property
    def url(self) -> str:
        """The address of everything: DSNs, REST (below `/api/0`) and pages."""
        return self._server.url

    @property
    def deliveries(self) -> list[Delivery]:
        """The webhooks that were tried, the last few hundred, oldest first."""
        return self._webhooks.deliveries

    def start(self) -> None:
        """Serve and deliver. Raises RuntimeError when the server does not start."""
        self._webhooks.start()
        self._server.start()
        self._ticker.start()

    def stop(self) -> None:
        """Stop serving, deliver what waits."""
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join(_STOP_SECONDS)
        self._server.stop()
        self._webhooks.stop()
        self._realm.database.close()

    def tick(self) -> None:
        """Do what the time has come for: archives that end, monitors. By itself every few seconds."""
        for issue in list(self._realm.issues):
            lifecycle.age(self._realm, issue)
        monitors.look(self._realm)

    def flush(self) -> None:
        """Wait until every webhook up to now was tried."""
        self._webhooks.flush()

    def create_organization(self, slug: str, name: str = "") -> None:
        """An organization; nothing happens if it exists."""
        if self._realm.organization(slug) is None:
            self._realm.organizations.add(slug=slug, name=name or slug, created_at=self._realm.clock())

    def create_user(self, organization: str, username: str, name: str, email: str) -> int:
        """A member of the organization, as new or as known: the id of the user. Raises KeyError."""
        home = self._organization(organization)
        known = self._realm.users.where(organization=home.id, username=username)
        if known:
            return known[0].id
        row = self._realm.users.add(
            organization=home.id,
            username=username,
            name=name,
            email=email,
            created_at=self._realm.clock(),
        )
        return row.id

    def create_team(self, organization: str, slug: str, members: tuple[int, ...] = ()) -> int:
        """A team, as new or as known: its id. `members` are ids of users. Raises KeyError."""
        home = self._organization(organization)
        known = self._realm.team(home.id, slug)
        if known is not None:
            return self._realm.teams.change(known.id, members=members or known.members).id
        now = self._realm.clock()
        row = self._realm.teams.add(
            organization=home.id, slug=slug, name=slug, members=members, created_at=now
        )
        return row.id

    def create_token(
        self, organization: str, username: str = "", scopes: tuple[str, ...] = ALL_SCOPES
    ) -> str:
        """An access token of a user, or of a user of its own. Raises KeyError."""
        home = self._organization(organization)
        username = username or f"token-{secrets.token_hex(4)}"
        number = self.create_user(home.slug, username, username, f"{username}@example.org")
        return self._realm.issue_token(self._realm.users[number], scopes)

    def create_integration(
        self,
        organization: str,
        name: str,
        webhook_url: str,
        *,
        events: tuple[str, ...] = _EVENTS,
        scopes: tuple[str, ...] = ALL_SCOPES,
    ) -> Integration:
        """A new internal integration. `events` are resources, or single ones as `error.created`. Raises KeyError."""
        home, now = self._organization(organization), self._realm.clock()
        slug = name.lower().replace(" ", "-")
        user = self._realm.users.add(
            organization=home.id,
            username=f"{slug}-{secrets.token_hex(3)}",
            name=name,
            email=f"{slug}@proxy-user.example.org",
            app=True,
            created_at=now,
        )
        row = self._realm.integrations.add(
            organization=home.id,
            slug=slug,
            name=name,
            app=str(uuid.uuid4()),
            installation=str(uuid.uuid4()),
            client_secret=secrets.token_hex(32),
            webhook_url=webhook_url,
            events=events,
            user=user.id,
            created_at=now,
        )
        token = self._realm.issue_token(user, scopes)
        return Integration(row.app, row.installation, row.client_secret, token)

    def create_project(self, organization: str, team: str, slug: str) -> str:
        """A project without alerts, as new or as known: its DSN. Raises KeyError."""
        home = self._organization(organization)
        owner = self._realm.team(home.id, team)
        if owner is None:
            raise KeyError(team)
        project = self._realm.project(home.id, slug) or rest.projects.new_project(
            self._realm, owner, slug, slug, "python"
        )
        return self.dsn(organization, project.slug)

    def dsn(self, organization: str, project: str) -> str:
        """The DSN of a project's first active key. Raises KeyError."""
        home = self._organization(organization)
        found = self._realm.project(home.id, project)
        keys = self._realm.keys.where(project=found.id, active=True) if found else []
        if not keys:
            raise KeyError(f"{organization}/{project}")
        scheme, _, host = self.url.partition("://")
        return f"{scheme}://{keys[0].public}@{host}/{keys[0].project}"

    def point_webhooks(self, app: str, url: str) -> None:
        """Send an integration's webhooks to another address from now on. Raises KeyError."""
        for row in self._realm.integrations.where(app=app):
            self._realm.integrations.change(row.id, webhook_url=url)
            return
        raise KeyError(app)

    def _organization(self, slug: str) -> records.Organization:
        found = self._realm.organization(slug)
        if found is None:
            raise KeyError(slug)
        return found

    def _tick_on(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            self.tick()
