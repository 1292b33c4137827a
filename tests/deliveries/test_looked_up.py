"""What GitHub told while nobody heard: looked up, and each of it handled once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from delivery_desk import Desk, a_stuf
from missed_place import CONTROL, INSTANCE, START, Place
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from provisioning.github_state import told_of
from sandbox.server import AsgiServer
from stuf_bot import seen
from stuf_bot.bootstrap.missed import RECONCILE, Missed
from stuf_bot.settings import GithubSettings, Settings, ZulipSettings


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
