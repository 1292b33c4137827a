"""What Sentry tells: kinds, order, and what is heard twice."""

import json
from typing import Any

import pytest


def post(door: Any, delivery: tuple[dict[str, str], bytes]) -> Any:
    headers, body = delivery
    return door.client.post("/hooks/sentry", headers=headers, content=body)


@pytest.mark.parametrize(
    ("resource", "body", "kind", "subject"),
    [
        ("issue", {"action": "created", "data": {"issue": {"id": "42"}}}, "issue.created", "issue:42"),
        (
            "event_alert",
            {"action": "triggered", "data": {"event": {"issue_id": "42"}}},
            "event_alert.triggered",
            "issue:42",
        ),
        ("error", {"action": "created", "data": {"error": {"issue_id": 42}}}, "error.created", "issue:42"),
        (
            "comment",
            {"action": "updated", "data": {"comment_id": 7, "issue_id": 42}},
            "comment.updated",
            "issue:42",
        ),
        (
            "metric_alert",
            {"action": "critical", "data": {"metric_alert": {"id": "5"}}},
            "metric_alert.critical",
            "metric:5",
        ),
        (
            "installation",
            {"action": "created", "data": {"installation": {}}, "installation": {"uuid": "u"}},
            "installation.created",
            "installation:u",
        ),
        ("seer", {"action": "root_cause", "data": {"group_id": 42}}, "seer.root_cause", "issue:42"),
        (
            "new-thing",
            {"action": "began", "data": {"project_slug": "acme"}},
            "new-thing.began",
            "project:acme",
        ),
        ("new-thing", {"action": "began", "data": [1]}, "new-thing.began", ""),
    ],
)
def test_kinds_and_the_order_in_which_they_are_handled(
    door: Any, sentry: Any, resource: str, body: Any, kind: str, subject: str
) -> None:
    assert post(door, sentry(resource, body)).status_code == 202
    (stored,) = door.stored()
    assert (stored.source, stored.kind, stored.subject, stored.body) == ("sentry", kind, subject, body)


def test_while_a_secret_is_changed_both_hold(door: Any, sentry: Any) -> None:
    for key in (b"new client secret", b"old client secret"):
        assert post(door, sentry(key=key)).status_code == 202
    assert post(door, sentry(key=b"older client secret")).status_code == 401


def test_a_body_under_the_name_of_another_resource(door: Any, sentry: Any) -> None:
    """The resource is not signed."""
    answer = post(door, sentry("metric_alert"))
    assert (answer.status_code, answer.json()["code"]) == (400, "other-resource")
    assert door.stored() == []


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("issue", {"action": "created", "data": {"issue": {"id": "42"}}}),
        ("event_alert", {"action": "triggered", "data": {"event": {"issue_id": "42", "event_id": "e"}}}),
        ("comment", {"action": "created", "data": {"comment_id": 7, "issue_id": 42}}),
    ],
)
def test_what_happens_once_is_known_under_whatever_id(
    door: Any, sentry: Any, resource: str, body: Any
) -> None:
    """Neither the id nor the time is signed, and Sentry's own retries have new ones."""
    assert post(door, sentry(resource, body)).json() == {"stored": True}
    assert post(door, sentry(resource, body)).json() == {"stored": False}
    assert len(door.stored()) == 1


def test_what_happens_again_in_the_same_words_is_heard_again(door: Any, sentry: Any) -> None:
    """Resolved, unresolved, resolved: the first and the last may be equal to the letter."""
    for action in ("resolved", "unresolved", "resolved"):
        body = {"action": action, "data": {"issue": {"id": "42"}}}
        assert post(door, sentry(body=body)).json() == {"stored": True}


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2029-11-30T00:00:00Z", 401), ("2030-01-01T00:00:00", 202), ("yesterday", 202), ("", 202)],
)
def test_an_event_of_long_ago_is_played_again(door: Any, sentry: Any, moment: str, status: int) -> None:
    """The inbox has forgotten it; the time within the body is signed."""
    body = {"action": "triggered", "data": {"event": {"issue_id": "42", "datetime": moment}}}
    assert post(door, sentry("event_alert", body)).status_code == status


@pytest.mark.parametrize("action", [None, "", 1, ["x"], "re solved", "x" * 200])
def test_a_body_without_an_action(door: Any, sentry: Any, action: Any) -> None:
    answer = post(door, sentry(raw=json.dumps({"action": action, "data": {"issue": {"id": 1}}}).encode()))
    assert (answer.status_code, answer.json()["code"]) == (400, "no-kind")
