"""An embedded GitHub whose webhooks lead to a bot that is away, and what the bot does about it."""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from delivery_desk import Desk, a_stuf
from pydantic import SecretStr
from sqlalchemy import select

from sandbox.github import GitHub as Hub
from sandbox.github import Runner
from stuf_bot.bootstrap.missed import Missed
from stuf_bot.settings import GithubSettings, Settings, WebSettings, ZulipSettings
from stuf_bot.store.tables import InboxRow
from stuf_bot.web.app import web_app
from stuf_bot.web.senders import Senders, hooks
from stuf_bot.web.server import WebServer

SECRET = "the webhook's secret"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONTROL = "acme/control"
INSTANCE = "acme/stuf-acme-audit"
PATIENCE_SECONDS = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Place:
    """An embedded GitHub whose webhooks lead to a bot that is away."""

    hub: Hub
    desk: Desk
    tmp_path: Path
    port: int = field(default_factory=_free_port)
    app: tuple[int, str, int] | None = None
    door: WebServer | None = None

    def missed(self, **github: Any) -> Missed:
        """The bot's errands; by the App where there is one."""
        account: dict[str, Any] = {"token": SecretStr(self.hub.create_token("acme"))}
        if self.app is not None:
            key = self.tmp_path / "app.pem"
            key.write_text(self.app[1])
            account = {"app_id": self.app[0], "private_key_file": key, "installation_id": self.app[2]}
        settings = Settings(
            zulip=ZulipSettings(
                email="bot@example.org", key=SecretStr("k"), site="https://zulip.example.org"
            ),
            github=GithubSettings(
                **{"url": self.hub.url, "control_repository": CONTROL, **account, **github}
            ),
            web=WebSettings(public_url=self.url),
        )
        talk = self.desk.talk
        return Missed(settings, talk.database, talk.inbox, talk.fleet, clock=lambda: talk.now)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def opens(self) -> None:
        """The bot is back."""
        talk = self.desk.talk
        senders = Senders(stuf=lambda _slug: None, github=(SecretStr(SECRET),))
        self.door = WebServer(web_app(talk.database, talk.inbox, hooks(senders)), port=self.port)
        self.door.start()

    def happens(self, number: int, repository: str = CONTROL) -> None:
        """So many events that a webhook tells of."""
        row = self.hub._realm.repository(*repository.split("/"))
        assert row is not None
        before = len(self.delivered)
        for each in range(number):
            self.hub._webhooks.announce(
                row, "label", "created", "acme-admin", label={"id": each, "name": f"l{each}"}
            )
        hooked = len(self.hub._realm.hooks.where(repository=row.id)) + len(
            self.hub._realm.hooks.where(repository=0)
        )
        until(lambda: len(self.delivered) >= before + number * hooked)

    @property
    def delivered(self) -> list[Any]:
        return list(self.hub._realm.deliveries)

    @property
    def heard(self) -> list[str]:
        """The keys of what came in."""
        with self.desk.talk.database.reading() as session:
            return list(session.scalars(select(InboxRow.key).order_by(InboxRow.id)))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def hook(place: Place, repository: str, path: str = "/hooks/github") -> None:
    row = place.hub._realm.repository(*repository.split("/"))
    assert row is not None
    now = place.desk.talk.now.timestamp()
    place.hub._realm.hooks.add(
        repository=row.id,
        url=place.url + path,
        secret=SECRET,
        content_type="json",
        events=("*",),
        created_at=now,
        updated_at=now,
    )


def places(tmp_path: Path, desk: Desk) -> Iterator[Place]:
    """One, for as long as it is asked for."""

    def clock() -> float:
        return desk.talk.now.timestamp()

    hub = Hub(tmp_path / "hub", runner=Runner(environment={}), clock=clock)
    hub.create_account("acme", "Organization")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "README.md").write_text("# One\n")
    for name in ("control", "stuf-acme-audit"):
        hub.seed_repository("acme", name, folder)
    hub.start()
    a_stuf(desk, "acme-audit")
    made = Place(hub, desk, tmp_path)
    yield made
    hub.stop()
    if made.door:
        made.door.stop()
