"""What GitHub told while nobody heard: sent again, or looked up, and each of it handled once."""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import Desk, a_stuf
from pydantic import SecretStr
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.github_deliveries import Attempt, GitHubDeliveries, to_send_again
from provisioning.github_state import told_of
from sandbox.github import GitHub as Hub
from sandbox.github import Runner
from sandbox.server import AsgiServer
from stuf_bot import seen
from stuf_bot.bootstrap.missed import RECONCILE, REDELIVER, Missed
from stuf_bot.errands import ErrandLater, ErrandRefused
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
        _until(lambda: len(self.delivered) >= before + number * hooked)

    @property
    def delivered(self) -> list[Any]:
        return list(self.hub._realm.deliveries)

    @property
    def heard(self) -> list[str]:
        """The keys of what came in."""
        with self.desk.talk.database.reading() as session:
            return list(session.scalars(select(InboxRow.key).order_by(InboxRow.id)))


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def place(tmp_path: Path, desk: Desk) -> Iterator[Place]:

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


def _hook(place: Place, repository: str, path: str = "/hooks/github") -> None:
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


# Sent again


def test_what_failed_while_the_bot_was_away_is_sent_again_once(place: Place) -> None:
    _hook(place, CONTROL)
    _hook(place, INSTANCE)
    _hook(place, CONTROL, "/somebody/else")
    missed = place.missed()
    assert missed.redeliver() == {"sent": 0}
    place.desk.talk.now += timedelta(hours=30)
    place.happens(3)
    place.happens(2, INSTANCE)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert missed.redeliver() == {"sent": 5}
    _until(lambda: len(place.heard) == 5)
    assert missed.redeliver() == {"sent": 0}
    _until(
        lambda: (
            {f"github:delivery:{each.guid}" for each in place.delivered if each.status_code == 202}
            == set(place.heard)
        )
    )


def test_the_webhook_of_an_app(place: Place) -> None:
    place.desk.talk.now = datetime.now(UTC)  # What signs in as an App goes by the real clock.
    place.app = place.hub.create_app(
        "stuf-bot", "acme", hook_url=f"{place.url}/hooks/github", hook_secret=SECRET
    )
    missed = place.missed()
    missed.redeliver()
    place.happens(2, INSTANCE)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert missed.redeliver() == {"sent": 2}
    _until(lambda: len(place.heard) == 2)


def test_an_app_without_a_webhook_has_nothing_to_send(place: Place) -> None:
    place.desk.talk.now = datetime.now(UTC)
    place.app = place.hub.create_app("stuf-bot", "acme")
    missed = place.missed()
    missed.redeliver()
    assert missed.redeliver() == {"sent": 0}


def test_a_bot_that_begins_asks_for_nothing_old(place: Place) -> None:
    _hook(place, CONTROL)
    place.happens(2)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert "last asked" not in place.desk.says("deliveries")
    assert place.missed().redeliver() == {"sent": 0}
    assert "GitHub was last asked for what I had missed <time:2026-11-23T09:02:00+0000>" in place.desk.says(
        "deliveries"
    )


def test_more_than_github_takes_at_once_is_left_to_the_next_time(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stuf_bot.bootstrap.missed._MOST_AT_ONCE", 2)
    _hook(place, CONTROL)
    missed = place.missed()
    missed.redeliver()
    place.desk.talk.now += timedelta(hours=3)
    place.happens(3)
    place.desk.talk.now += timedelta(hours=3)
    place.opens()
    assert missed.redeliver() == {"sent": 2}
    _until(lambda: len(place.heard) == 2)
    assert missed.redeliver() == {"sent": 1}
    _until(lambda: len(place.heard) == 3)


def test_more_than_a_page_is_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.github_deliveries._AT_A_TIME", 2)
    _hook(place, CONTROL)
    missed = place.missed()
    missed.redeliver()
    place.happens(5)
    place.desk.talk.now += timedelta(minutes=2)
    assert missed.redeliver() == {"sent": 5}


def _attempt(number: int, guid: str, code: int, minutes: float) -> Attempt:
    return Attempt(number, guid, START - timedelta(minutes=minutes), code)


def test_what_is_sent_again() -> None:
    attempts = [
        _attempt(1, "away", 0, 50),
        _attempt(2, "away", 502, 40),
        _attempt(3, "arrived-later", 503, 30),
        _attempt(4, "arrived-later", 202, 20),
        _attempt(5, "answer-lost", 0, 20),
        _attempt(6, "no-json", 400, 20),
        *(_attempt(10 + number, "never", 500, 60 - number) for number in range(4)),
        _attempt(20, "forged", 401, 60),
    ]
    found = to_send_again(reversed(attempts), lambda guid: guid == "answer-lost")
    assert [each.id for each in found] == [20, 2]


def test_a_refusal_is_left_to_the_next_time_and_an_outage_to_a_minute_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = place.missed()
    missed.redeliver()
    for error, raised in (
        (GitHubRefused(401, "no"), ErrandRefused),
        (GitHubUnavailable("away"), ErrandLater),
    ):

        def fails(*_given: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(GitHubDeliveries, "hooks", fails)
        with pytest.raises(raised):
            missed.errands[REDELIVER]({})


def test_no_token_no_credentials_in_what_is_said(place: Place) -> None:
    missed = place.missed(token=SecretStr("ghp_wrong"))
    missed.redeliver()
    with pytest.raises(ErrandRefused) as refused:
        missed.errands[REDELIVER]({})
    assert "ghp_wrong" not in refused.value.sentence


# Looked up


def _run(place: Place, number: int, conclusion: str | None = "failure") -> Any:
    realm = place.hub._realm
    row = realm.repository(*INSTANCE.split("/"))
    assert row is not None
    head = realm.bare(row).resolve("main")
    now = place.desk.talk.now.timestamp()
    return realm.runs.add(
        repository=row.id,
        workflow=1,
        workflow_name="checks",
        path=".github/workflows/checks.yml",
        number=number,
        event="push",
        inputs={},
        ref="refs/heads/main",
        sha=head,
        title=f"Change {number}",
        actor="acme-admin",
        triggering_actor="acme-admin",
        status="completed" if conclusion else "in_progress",
        conclusion=conclusion,
        created_at=now,
        updated_at=now,
        started_at=now,
    )


def test_a_run_that_no_webhook_told_is_found_once(place: Place) -> None:
    missed = place.missed()
    assert missed.reconcile() == {"found": 0}
    place.desk.talk.now += timedelta(hours=1)
    run = _run(place, 1)
    assert missed.reconcile() == {"found": 1}
    assert missed.reconcile() == {"found": 0}
    place.desk.works()
    (card,) = [content for kind, content in place.desk.said if kind == "card"]
    assert card["to"]["channel"] == "stuf-acme-audit"
    place.desk.talk.now += timedelta(minutes=5)
    place.hub._realm.runs.change(
        run.id, conclusion="success", attempt=2, updated_at=place.desk.talk.now.timestamp()
    )
    assert missed.reconcile() == {"found": 1}
    place.desk.works()
    assert "2 fetched" in place.desk.says("deliveries")


def test_what_a_webhook_told_is_not_told_again(place: Place) -> None:
    missed = place.missed()
    missed.reconcile()
    place.desk.talk.now += timedelta(hours=1)
    _run(place, 1)
    stands = missed._state._client().get_repo(INSTANCE).get_workflow_runs()[0].raw_data
    body = {"action": "completed", "workflow_run": stands, "repository": stands["repository"]}
    place.desk.brings("github", "workflow_run", body, subject=f"run:{stands['id']}")
    assert missed.reconcile() == {"found": 0}


PULL = {
    "number": 7,
    "state": "open",
    "title": "Add a logo",
    "html_url": f"https://github.com/{INSTANCE}/pull/7",
    "user": {"login": "tess"},
    "created_at": "2026-11-22T09:00:00Z",
    "updated_at": "2026-11-22T09:00:00Z",
    "closed_at": None,
    "merged": False,
    "merged_at": None,
    "head": {"ref": "logo", "sha": "a" * 40},
    "base": {"ref": "main", "repo": {"name": "stuf-acme-audit", "full_name": INSTANCE, "private": True}},
}
REVIEW = {
    "id": 70,
    "state": "APPROVED",
    "user": {"login": "omar"},
    "body": "",
    "commit_id": "a" * 40,
    "submitted_at": "2026-11-23T10:30:00Z",
}


class Stub:
    """Answers as GitHub for one repository, whose pull requests are `answers` by path."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.server = AsgiServer(Starlette(routes=[Route("/{path:path}", self._answer)]), 0)
        self.server.start()

    async def _answer(self, request: Request) -> JSONResponse:
        path = request.url.path.removeprefix(f"/repos/{INSTANCE}")
        found = self.answers.get(path)
        return JSONResponse(found) if found is not None else JSONResponse({"message": "Not Found"}, 404)


@pytest.fixture
def stub(desk: Desk) -> Iterator[Stub]:
    a_stuf(desk, "acme-audit")
    made = Stub()
    yield made
    made.server.stop()


def _looking(desk: Desk, stub: Stub) -> Missed:
    settings = Settings(
        zulip=ZulipSettings(email="bot@example.org", key=SecretStr("k"), site="https://zulip.example.org"),
        github=GithubSettings(url=stub.server.url, control_repository=CONTROL, token=SecretStr("t")),
    )
    return Missed(settings, desk.talk.database, desk.talk.inbox, desk.talk.fleet, clock=lambda: desk.talk.now)


def _cards(desk: Desk) -> dict[str, str]:
    """The newest card of each topic."""
    return {content["to"]["topic"]: content["content"] for kind, content in desk.said if kind == "card"}


def test_pull_requests_end_in_the_state_that_they_have(desk: Desk, stub: Stub) -> None:
    missed = _looking(desk, stub)
    assert missed.errands[RECONCILE]({}) == {"found": 0}
    stub.answers = {"/pulls": [PULL], "/pulls/7": PULL}
    desk.talk.now += timedelta(hours=1)
    # It changed before the bot looked the first time.
    assert missed.reconcile() == {"found": 0}
    opened = PULL | {"created_at": "2026-11-23T09:50:00Z", "updated_at": "2026-11-23T09:50:00Z"}
    stub.answers = {"/pulls": [opened], "/pulls/7": opened, "/pulls/7/reviews": []}
    assert missed.reconcile() == {"found": 1}
    desk.works()
    (topic,) = _cards(desk)
    assert topic.startswith("#7 ")
    merged = opened | {
        "state": "closed",
        "closed_at": "2026-11-23T11:00:00Z",
        "merged_at": "2026-11-23T11:00:00Z",
        "updated_at": "2026-11-23T11:00:00Z",
        "merged": True,
        "merged_by": {"login": "omar"},
    }
    stub.answers = {"/pulls": [merged], "/pulls/7": merged, "/pulls/7/reviews": [REVIEW]}
    desk.talk.now += timedelta(hours=2)
    assert missed.reconcile() == {"found": 2}
    desk.works()
    assert missed.reconcile() == {"found": 0}
    posts = [content["content"] for kind, content in desk.said if kind == "post"]
    assert any("`omar` merged it into `main`" in post for post in posts)
    assert [content["done"] for kind, content in desk.said if kind == "resolve_topic"] == [True]
    assert "merged" in _cards(desk)[topic].lower()
    # The webhook comes after all.
    body = {
        "action": "closed",
        "pull_request": merged,
        "sender": {"login": "omar"},
        "repository": PULL["base"]["repo"],
    }
    desk.brings("github", "pull_request", body, subject=INSTANCE)
    assert [content["content"] for kind, content in desk.said if kind == "post"] == posts


def test_deployments_end_in_the_state_that_they_have(place: Place) -> None:
    missed, desk = place.missed(), place.desk
    missed.reconcile()
    desk.talk.now += timedelta(hours=1)
    repository = missed._state._client().get_repo(INSTANCE)
    deployment = repository.create_deployment("main", environment="production", required_contexts=[])
    deployment.create_status("in_progress")
    assert missed.reconcile() == {"found": 2}
    assert missed.reconcile() == {"found": 0}
    desk.works()
    (begun,) = _cards(desk).values()
    assert "production" in begun
    desk.talk.now += timedelta(minutes=5)
    deployment.create_status("failure")
    # A status that leaves the deployment's own date as it was.
    place.hub._realm.deployments.change(deployment.id, updated_at=START.timestamp())
    assert missed.reconcile() == {"found": 1}
    desk.works()
    (failed,) = _cards(desk).values()
    assert failed != begun
    assert "Every webhook that I took was understood" in desk.says("deliveries")


def test_webhooks_name_what_they_tell_of() -> None:
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    when = "2026-11-23T09:00:00Z"
    body = {
        "repository": {"full_name": INSTANCE},
        "issue": {"number": 7, "pull_request": {}, "updated_at": when},
        "workflow_run": {"id": 3, "updated_at": when},
        "deployment_status": {"id": 4, "created_at": when},
        "review": {"id": 5, "submitted_at": None},
        "deployment": 6,
    }
    assert told_of(body) == [
        (f"github:{INSTANCE}:workflow_run:3", at),
        (f"github:{INSTANCE}:deployment_status:4", at),
    ]
    body["issue"]["pull_request"] = {"url": "x"}
    assert (f"github:{INSTANCE}:pull_request:7", at) in told_of(body)
    assert told_of({}) == told_of({"repository": 1, "workflow_run": {"id": "x", "updated_at": when}}) == []


def test_what_was_seen_is_the_newest_and_is_forgotten(desk: Desk) -> None:
    with desk.talk.database.session() as session:
        seen.note(session, [("a", START), ("b", START)])
        seen.note(session, [("a", START - timedelta(days=1)), ("b", START + timedelta(days=1))])
        assert (seen.up_to(session, "a"), seen.up_to(session, "b")) == (START, START + timedelta(days=1))
        seen.tidy(session, START + seen.KEEP + timedelta(hours=1))
        assert (seen.up_to(session, "a"), seen.up_to(session, "b")) == (None, START + timedelta(days=1))
