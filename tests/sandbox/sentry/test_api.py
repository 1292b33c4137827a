"""Everything else of the REST API: who may ask, searching, pages of lists, projects, people, counts."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from reporting_site import Caller, Clock, Hooks, Reporter

from sandbox.sentry import Sentry
from sandbox.sentry.realm import Limits, base32, from_base32


def test_numbers_in_base_32_come_back() -> None:
    assert [base32(number) for number in (1, 31, 32, 1024)] == ["1", "Z", "10", "100"]
    assert all(from_base32(base32(number)) == number for number in range(1, 5000, 7))
    assert from_base32("IL") is None


def test_who_may_ask(sentry: Sentry, api: Caller) -> None:
    path = f"{sentry.url}/api/0/organizations/acme/issues/"
    nobody = requests.get(path, timeout=10)
    assert (nobody.status_code, nobody.json()["detail"]) == (
        401,
        "Authentication credentials were not provided.",
    )
    wrong = requests.get(path, headers={"Authorization": "Bearer x"}, timeout=10)
    assert (wrong.status_code, wrong.json()["detail"]) == (401, "Invalid token")
    assert api("GET", "/organizations/none/issues/").status_code == 404
    assert api("GET", "/organizations/acme/issues/1/").json() == {
        "detail": "The requested resource does not exist"
    }
    assert api("GET", "/nowhere/").status_code == 404
    assert api("PATCH", "/organizations/acme/issues/").status_code == 405
    reader = Caller(sentry.url, sentry.create_token("acme", scopes=("event:read",)))
    assert reader("GET", "/organizations/acme/issues/").status_code == 200
    assert reader("PUT", "/organizations/acme/issues/", json={}).status_code == 403
    sentry.create_organization("other")
    stranger = Caller(sentry.url, sentry.create_token("other"))
    assert stranger("GET", "/organizations/acme/issues/").status_code == 403


def test_too_many_calls_within_a_second_are_refused(tmp_path: Path, clock: Clock) -> None:
    small = Sentry(tmp_path / "small", clock=clock, limits=Limits(calls_per_second=2))
    small.create_organization("acme")
    small.start()
    try:
        api = Caller(small.url, small.create_token("acme"))
        answers = [api("GET", "/organizations/acme/issues/") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[1].headers["X-Sentry-Rate-Limit-Remaining"] == "0"
        assert answers[2].headers["X-Sentry-Rate-Limit-Reset"] == str(int(clock.now) + 1)
        assert api("GET", "/organizations/acme/members/").status_code == 200
        clock.pass_by(1)
        assert api("GET", "/organizations/acme/issues/").status_code == 200
    finally:
        small.stop()


@pytest.fixture
def three(sdk: Reporter, api: Caller, clock: Clock) -> dict[str, str]:
    """Three issues: old (assigned, resolved), middle (twice), young (a warning by tag)."""
    sdk.fail(ValueError("a"), transaction="old")
    clock.pass_by(3 * 3600)
    sdk.fail(ValueError("b"), transaction="middle", user="1")
    sdk.fail(ValueError("b"), transaction="middle", user="2")
    clock.pass_by(3 * 3600)
    sdk.fail(KeyError("c"), transaction="young", part="upload")
    numbers = {issue["culprit"]: issue["id"] for issue in api.issues()}
    api.put(numbers["old"], status="resolved", assignedTo="omar")
    return {str(name): str(number) for name, number in numbers.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("is:unresolved", ["young", "middle"]),
        ("", ["young", "middle", "old"]),
        ("is:resolved", ["old"]),
        ("!is:resolved", ["young", "middle"]),
        ("is:new", ["young", "middle"]),
        ("is:assigned", ["old"]),
        ("assigned:omar@example.org", ["old"]),
        ("assigned:none", ["young", "middle"]),
        ("KeyError", ["young"]),
        ("part:upload", ["young"]),
        ("transaction:[old,middle]", ["middle", "old"]),
        ("timesSeen:>1", ["middle"]),
        ("lastSeen:-4h", ["young", "middle"]),
        ("firstSeen:+4h", ["old"]),
        ("release:v1 level:error", ["young", "middle", "old"]),
        ("release:latest", ["young", "middle", "old"]),
        ("project:acme-audit is:unresolved", ["young", "middle"]),
        ("project:other", []),
        ("issue.priority:high !transaction:young", ["middle", "old"]),
    ],
)
def test_issues_are_searched(three: dict[str, str], api: Caller, query: str, found: list[str]) -> None:
    assert [issue["culprit"] for issue in api.issues(query=query)] == found


def test_orders_and_pages(three: dict[str, str], api: Caller) -> None:
    assert api.issues(query="", sort="freq")[0]["culprit"] == "middle"
    assert api.issues(query="", sort="user")[0]["culprit"] == "middle"
    seen, cursor = [], ""
    while True:
        answer = api("GET", "/organizations/acme/issues/", params={"query": "", "limit": 2, "cursor": cursor})
        seen += [one["culprit"] for one in answer.json()]
        following = re.search(r'rel="next"; results="(\w+)"; cursor="([^"]+)"', answer.headers["Link"])
        assert following is not None
        if following[1] == "false":
            break
        cursor = following[2]
    assert seen == ["young", "middle", "old"]


def test_default_is_unresolved_and_short_ids_are_found(three: dict[str, str], api: Caller) -> None:
    assert [one["culprit"] for one in api.issues()] == ["young", "middle"]
    asked = {"query": "acme-audit-1", "shortIdLookup": "1"}
    hit = api("GET", "/organizations/acme/issues/", params=asked)
    assert hit.headers["X-Sentry-Direct-Hit"] == "1"
    assert [one["culprit"] for one in hit.json()] == ["old"]
    assert api("GET", "/organizations/acme/shortids/ACME-AUDIT-1/").json()["groupId"] == three["old"]
    assert api.issues(query="acme-audit-99", shortIdLookup="1") == []


@pytest.mark.parametrize(
    "query",
    [
        {"query": "is:gone"},
        {"query": '"open'},
        {"statsPeriod": "soon"},
        {"sort": "luck"},
        {"cursor": "x"},
        {"limit": "-1"},
    ],
)
def test_what_cannot_be_searched_is_refused(api: Caller, query: dict[str, str]) -> None:
    answer = api("GET", "/organizations/acme/issues/", params=query)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_projects_are_made_and_removed(api: Caller, sentry: Sentry, hooks: Hooks) -> None:
    body = {"name": "STUF acme", "slug": "stuf-acme", "platform": "python-fastapi", "default_rules": False}
    made = api("POST", "/teams/acme/stuf/projects/", json=body)
    assert (made.status_code, made.json()["slug"], made.json()["teams"][0]["slug"]) == (
        201,
        "stuf-acme",
        "stuf",
    )
    assert api("POST", "/teams/acme/stuf/projects/", json=body).status_code == 409
    assert api("POST", "/teams/acme/none/projects/", json=body).status_code == 404
    assert "name" in api("POST", "/teams/acme/stuf/projects/", json={"slug": "x"}).json()
    assert "slug" in api("POST", "/teams/acme/stuf/projects/", json={"name": "x", "slug": "A b"}).json()
    assert api("GET", "/organizations/acme/workflows/").json() == []
    (key,) = api("GET", "/projects/acme/stuf-acme/keys/").json()
    reporter = Reporter(key["dsn"]["public"])
    reporter.fail(ValueError("x"))
    assert len(api.issues()) == 1
    assert api("DELETE", "/projects/acme/stuf-acme/").status_code == 204
    assert api("GET", "/projects/acme/stuf-acme/").status_code == 404
    assert api.issues() == []
    reporter.fail(ValueError("x"))
    reporter.client.close()
    assert api.issues() == []


def test_a_project_has_an_alert_of_its_own_unless_told_otherwise(api: Caller) -> None:
    api("POST", "/teams/acme/stuf/projects/", json={"name": "other"})
    (alert,) = api("GET", "/organizations/acme/workflows/").json()
    assert alert["triggers"]["conditions"][0]["type"] == "new_high_priority_issue"


def test_a_second_key_opens_the_project_too(sdk: Reporter, api: Caller) -> None:
    made = api("POST", "/projects/acme/acme-audit/keys/", json={"name": "STUF"})
    assert made.status_code == 201
    reporter = Reporter(made.json()["dsn"]["public"])
    reporter.fail(ValueError("x"))
    path = f"/projects/acme/acme-audit/keys/{made.json()['id']}/"
    assert api("PUT", path, json={"isActive": False}).json()["isActive"] is False
    reporter.fail(ValueError("x"))
    reporter.client.close()
    assert api.issues()[0]["count"] == "1"
    assert api("DELETE", path).status_code == 204


def transaction(sdk: Reporter, name: str, milliseconds: float, at: float) -> None:
    sdk.client.capture_event(
        {
            "type": "transaction",
            "transaction": name,
            "start_timestamp": at - milliseconds / 1000,
            "timestamp": at,
            "contexts": {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16, "status": "ok"}},
            "spans": [],
        }
    )
    sdk.client.flush(timeout=5)


def test_counts_and_latency_over_time(sdk: Reporter, api: Caller, clock: Clock) -> None:
    clock.now = clock.now // 3600 * 3600 + 1800
    for milliseconds in (100, 200, 900):
        transaction(sdk, "POST /sign-in", milliseconds, clock.now - 3600)
    sdk.fail(ValueError("boom"))

    def values(**query: Any) -> list[float | None]:
        asked = {"interval": "1h", "statsPeriod": "2h", **query}
        answer = api("GET", "/organizations/acme/events-timeseries/", params=asked)
        assert answer.status_code == 200, answer.text
        (series,) = answer.json()["timeSeries"]
        assert series["values"][-1]["incomplete"] is True
        return [point["value"] for point in series["values"]]

    assert values(dataset="errors", yAxis="count()") == [0, 0, 1]
    spans = {"dataset": "spans", "query": "is_transaction:true"}
    assert values(yAxis="count(span.duration)", **spans) == [0, 3, 0]
    (_, latency, nothing) = values(yAxis="p95(span.duration)", **spans)
    assert latency == pytest.approx(900, abs=1)
    assert nothing is None


def test_events_as_a_table(three: dict[str, str], api: Caller) -> None:
    asked = {
        "dataset": "errors",
        "field": ["transaction", "count()"],
        "sort": "-count()",
        "statsPeriod": "24h",
    }
    answer = api("GET", "/organizations/acme/events/", params=asked).json()
    assert answer["data"][0] == {"transaction": "middle", "count()": 2}
    assert len(answer["data"]) == 3
    for wrong in ({"dataset": "x"}, {"dataset": "errors", "field": "luck"}, {"dataset": "errors"}):
        given = {"field": "transaction", **wrong} if "field" in wrong or wrong["dataset"] == "x" else wrong
        assert api("GET", "/organizations/acme/events/", params=given).status_code == 400


def test_people_teams_and_releases(sdk: Reporter, api: Caller) -> None:
    sdk.fail(ValueError("boom"))
    members = api("GET", "/organizations/acme/members/").json()
    assert [one["name"] for one in members] == ["Omar Ops"]
    assert api("GET", "/organizations/acme/members/", params={"query": "nobody"}).json() == []
    (team,) = api("GET", "/organizations/acme/teams/").json()
    assert (team["slug"], team["memberCount"]) == ("stuf", 1)
    (release,) = api("GET", "/organizations/acme/releases/").json()
    assert (release["version"], release["newGroups"]) == ("v1", 1)
    assert api("GET", "/organizations/acme/releases/v1/").json()["version"] == "v1"
    again = api("POST", "/organizations/acme/releases/", json={"version": "v1", "projects": ["acme-audit"]})
    assert again.status_code == 208
    assert api("POST", "/organizations/acme/releases/", json={"version": "v1"}).status_code == 400
