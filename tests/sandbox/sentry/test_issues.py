"""The life of an issue by the REST API, and what the webhooks say of it."""

import hashlib
import hmac
from typing import Any

import pytest
from reporting_site import Caller, Clock, Hooks, Reporter

from sandbox.sentry import Sentry
from sandbox.sentry.server import Integration

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def number(sdk: Reporter, api: Caller) -> str:
    """An issue with one event, of release v1."""
    sdk.fail(ValueError("boom"), user="1")
    return str(api.issues()[0]["id"])


def state(issue: dict[str, Any]) -> tuple[str, str | None]:
    return issue["status"], issue["substatus"]


def test_webhooks_are_signed_over_the_raw_body_and_name_who_did_it(
    sentry: Sentry, integration: Integration, hooks: Hooks, number: str, api: Caller, person: Caller
) -> None:
    api.put(number, status="resolved")
    person.put(number, status="unresolved")
    sentry.flush()
    assert hooks.kinds == ["issue.created", "issue.resolved", "issue.unresolved"]
    for headers, body in hooks.came:
        secret = integration.client_secret.encode()
        assert headers["Sentry-Hook-Signature"] == hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert len(headers["Request-ID"]) == 32
        assert headers["Sentry-Hook-Timestamp"] == "1795482000"
    created, resolved, unresolved = (hooks.last(kind) for kind in hooks.kinds)
    assert created["actor"] == {"type": "application", "id": "sentry", "name": "Sentry"}
    assert resolved["actor"] == {"type": "application", "id": integration.app, "name": "STUF Bot"}
    assert (unresolved["actor"]["type"], unresolved["actor"]["name"]) == ("user", "Omar Ops")
    assert {one["installation"]["uuid"] for one in (created, resolved)} == {integration.installation}
    told = created["data"]["issue"]
    assert (told["shortId"], told["project"]["slug"]) == ("ACME-AUDIT-1", "acme-audit")
    assert told["web_url"] == f"{sentry.url}/organizations/acme/issues/{number}/"
    assert resolved["data"]["issue"]["status"] == "resolved"
    assert resolved["data"]["resolution_type"] == "now"


def test_who_asks_for_it_is_told_of_every_error(sentry: Sentry, hooks: Hooks, sdk: Reporter) -> None:
    sentry.create_integration("acme", "Other", hooks.url, events=("error.created",))
    sdk.fail(ValueError("boom"))
    sdk.fail(ValueError("boom"))
    sentry.flush()
    assert hooks.kinds == ["error.created"] * 2
    assert hooks.last("error.created")["data"]["error"]["title"] == "ValueError: boom"


def test_a_webhook_is_tried_once(sentry: Sentry, hooks: Hooks, number: str, api: Caller) -> None:
    sentry.flush()
    hooks.status = 500
    api.put(number, status="resolved")
    sentry.flush()
    assert hooks.kinds == ["issue.created", "issue.resolved"]
    assert [one.status for one in sentry.deliveries] == [200, 500]


def test_what_changes_nothing_is_not_told(sentry: Sentry, hooks: Hooks, number: str, api: Caller) -> None:
    for _ in range(2):
        assert api.put(number, status="resolved", priority="high").status_code == 200
        assert api.put(number, assignedTo="omar@example.org").status_code == 200
    sentry.flush()
    assert hooks.kinds == ["issue.created", "issue.resolved", "issue.assigned"]


def test_a_resolved_issue_that_happens_again_is_a_regression(
    sentry: Sentry, hooks: Hooks, sdk: Reporter, number: str, api: Caller
) -> None:
    api.put(number, status="resolved")
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("unresolved", "regressed")
    sentry.flush()
    assert hooks.last("issue.unresolved")["actor"]["id"] == "sentry"
    kinds = [
        one["type"]
        for one in api("GET", f"/organizations/acme/issues/{number}/activities/").json()["activity"]
    ]
    assert kinds == ["set_regression", "set_resolved", "first_seen"]


def test_what_is_resolved_in_the_next_release_may_happen_in_the_old_one(
    sentry: Sentry, sdk: Reporter, number: str, api: Caller
) -> None:
    answer = api.put(number, status="resolvedInNextRelease").json()
    assert (answer["status"], answer["statusDetails"]["inNextRelease"]) == ("resolved", True)
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("resolved", None)
    newer = Reporter(sentry.dsn("acme", "acme-audit"), release="v2")
    newer.fail(ValueError("boom"))
    newer.client.close()
    issue = api.issue(number)
    assert state(issue) == ("unresolved", "regressed")
    assert (issue["firstRelease"]["version"], issue["lastRelease"]["version"]) == ("v1", "v2")


def test_what_is_resolved_in_a_release_regresses_from_that_one_on(
    sentry: Sentry, sdk: Reporter, number: str, api: Caller
) -> None:
    made = api("POST", "/organizations/acme/releases/", json={"version": "v2", "projects": ["acme-audit"]})
    assert made.status_code == 201
    assert api.put(number, status="resolved", statusDetails={"inRelease": "v9"}).status_code == 400
    assert api.put(number, status="resolved", statusDetails={"inRelease": "v2"}).status_code == 200
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("resolved", None)
    newer = Reporter(sentry.dsn("acme", "acme-audit"), release="v2")
    newer.fail(ValueError("boom"))
    newer.client.close()
    assert state(api.issue(number)) == ("unresolved", "regressed")


def test_archived_forever_stays_so(sdk: Reporter, number: str, api: Caller) -> None:
    api.put(number, status="ignored", substatus="archived_forever")
    for _ in range(15):
        sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("ignored", "archived_forever")


def test_archived_until_escalating_comes_back_with_many_events(
    sentry: Sentry, hooks: Hooks, sdk: Reporter, number: str, api: Caller, clock: Clock
) -> None:
    clock.pass_by(1)
    api.put(number, status="ignored", substatus="archived_until_escalating")
    clock.pass_by(1)
    for _ in range(10):
        sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("ignored", "archived_until_escalating")
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("unresolved", "escalating")
    sentry.flush()
    assert hooks.kinds == ["issue.created", "issue.archived", "issue.ignored", "issue.unresolved"]
    assert hooks.last("issue.unresolved")["data"]["issue"]["substatus"] == "escalating"


def test_archived_for_a_time_comes_back_by_itself(
    sentry: Sentry, hooks: Hooks, number: str, api: Caller, clock: Clock
) -> None:
    shown = api.put(number, status="ignored", statusDetails={"ignoreDuration": 60}).json()
    assert state(shown) == ("ignored", "archived_until_condition_met")
    assert shown["statusDetails"]["ignoreUntil"].startswith("2026-11-24T")
    clock.pass_by(HOUR - 1)
    sentry.tick()
    assert state(api.issue(number))[0] == "ignored"
    clock.pass_by(1)
    sentry.tick()
    sentry.flush()
    assert hooks.kinds[-1] == "issue.unresolved"
    assert state(api.issue(number)) == ("unresolved", "ongoing")


def test_archived_for_a_number_of_events_comes_back_after_them(
    sdk: Reporter, number: str, api: Caller
) -> None:
    api.put(number, status="ignored", statusDetails={"ignoreCount": 2})
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("ignored", "archived_until_condition_met")
    sdk.fail(ValueError("boom"))
    assert state(api.issue(number)) == ("unresolved", "escalating")


def test_archived_for_a_number_of_people_comes_back_after_them(
    sdk: Reporter, number: str, api: Caller, clock: Clock
) -> None:
    clock.pass_by(1)
    api.put(number, status="ignored", statusDetails={"ignoreUserCount": 2})
    clock.pass_by(1)
    for user, status in (("2", "ignored"), ("2", "ignored"), ("3", "unresolved")):
        sdk.fail(ValueError("boom"), user=user)
        assert api.issue(number)["status"] == status


def test_what_is_new_is_ongoing_after_a_week(number: str, api: Caller, clock: Clock) -> None:
    clock.pass_by(7 * DAY - 1)
    assert state(api.issue(number)) == ("unresolved", "new")
    clock.pass_by(1)
    assert state(api.issue(number)) == ("unresolved", "ongoing")


@pytest.mark.parametrize(
    "form", ["user:{user}", "{user}", "omar", "omar@example.org", "team:{team}", "#stuf"]
)
def test_an_issue_is_assigned_in_any_of_the_forms(number: str, api: Caller, form: str) -> None:
    (team,) = api("GET", "/organizations/acme/teams/").json()
    (omar,) = [
        one["user"] for one in api("GET", "/organizations/acme/members/").json() if one["name"] == "Omar Ops"
    ]
    text = form.format(user=omar["id"], team=team["id"])
    to = api.put(number, assignedTo=text).json()["assignedTo"]
    wanted = ("team", team["id"]) if "team" in text or "#" in text else ("user", omar["id"])
    assert (to["type"], to["id"]) == wanted
    assert api.put(number, assignedTo="").json()["assignedTo"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"status": "gone"},
        {"substatus": "archived"},
        {"priority": "urgent"},
        {"assignedTo": "nobody@example.org"},
        {"assignedTo": "team:99999"},
        {"status": "ignored", "statusDetails": {"ignoreCount": 0}},
        {"status": "ignored", "statusDetails": {"ignoreDuration": "1h"}},
        {"status": "resolved", "statusDetails": "x"},
    ],
)
def test_what_sentry_does_not_know_is_refused_and_changes_nothing(
    number: str, api: Caller, body: dict[str, Any]
) -> None:
    before = api.issue(number)
    answer = api.put(number, **body)
    assert answer.status_code == 400
    assert isinstance(answer.json(), dict)
    assert api.issue(number) == before


def test_several_issues_are_changed_at_once_by_their_ids(
    sdk: Reporter, api: Caller, hooks: Hooks, sentry: Sentry
) -> None:
    for name in "abc":
        sdk.fail(ValueError("x"), transaction=name)
    numbers = {issue["culprit"]: issue["id"] for issue in api.issues()}
    chosen = [("id", numbers["a"]), ("id", numbers["b"])]
    answer = api("PUT", "/organizations/acme/issues/", params=chosen, json={"status": "resolved"})
    assert (answer.status_code, answer.json()["status"]) == (200, "resolved")
    assert [issue["culprit"] for issue in api.issues()] == ["c"]
    sentry.flush()
    assert hooks.kinds.count("issue.resolved") == 2
    assert (
        api("PUT", "/organizations/acme/issues/", params={"id": "1"}, json={"status": "resolved"}).status_code
        == 204
    )


def test_without_ids_every_match_is_changed(sdk: Reporter, api: Caller) -> None:
    for name in "ab":
        sdk.fail(ValueError("x"), transaction=name)
    api("PUT", "/organizations/acme/issues/", params={"query": "is:unresolved"}, json={"status": "resolved"})
    assert api.issues() == []


def test_a_comment_is_not_taken_twice_within_an_hour(
    sentry: Sentry, hooks: Hooks, number: str, api: Caller, clock: Clock
) -> None:
    path = f"/organizations/acme/issues/{number}/comments/"
    first = api("POST", path, json={"text": "looking at it"})
    assert (first.status_code, first.json()["type"]) == (201, "note")
    again = api("POST", path, json={"text": "looking at it"})
    assert (again.status_code, again.json()) == (400, {"detail": "You have already posted that comment."})
    clock.pass_by(HOUR + 1)
    assert api("POST", path, json={"text": "looking at it"}).status_code == 201
    assert api("POST", path, json={}).status_code == 400
    sentry.flush()
    assert hooks.kinds.count("comment.created") == 2
    data = hooks.last("comment.created")["data"]
    assert (data["comment"], data["project_slug"], data["issue_id"]) == (
        "looking at it",
        "acme-audit",
        int(number),
    )
    assert [one["data"]["text"] for one in api("GET", path).json()] == ["looking at it"] * 2
    assert api.issue(number)["numComments"] == 2


def test_a_comment_is_changed_and_deleted_by_its_author_alone(
    sentry: Sentry, hooks: Hooks, number: str, api: Caller, person: Caller
) -> None:
    path = f"/organizations/acme/issues/{number}/comments/"
    made = api("POST", path, json={"text": "first"}).json()["id"]
    assert person("PUT", f"{path}{made}/", json={"text": "mine"}).status_code == 403
    assert api("PUT", f"{path}{made}/", json={"text": "second"}).json()["data"]["text"] == "second"
    assert person("DELETE", f"{path}{made}/").status_code == 403
    assert api("DELETE", f"{path}{made}/").status_code == 204
    sentry.flush()
    assert hooks.kinds[1:] == ["comment.created", "comment.updated", "comment.deleted"]
    assert api.issue(number)["numComments"] == 0
