"""Alerts and monitors: kept as they were sent, and told to the integration."""

from typing import Any

import pytest
import requests
from reporting_site import Caller, Clock, Hooks, Reporter

from sandbox.sentry import Sentry
from sandbox.sentry.server import Integration


def workflow(api: Caller, app: str, detectors: list[str], **more: Any) -> requests.Response:
    config = {"sentryAppIdentifier": "sentry_app_id", "targetIdentifier": app, "targetType": "sentry_app"}
    action = {"type": "sentry_app", "config": config, "data": {}, "status": "active"}
    body = {
        "name": "tell",
        "enabled": True,
        "config": {"frequency": 30},
        "triggers": {"logicType": "any-short", "conditions": []},
        "actionFilters": [{"logicType": "all", "conditions": more.pop("filters", []), "actions": [action]}],
        "detectorIds": detectors,
        **more,
    }
    return api("POST", "/organizations/acme/workflows/", json=body)


def monitors(api: Caller, kind: str) -> list[str]:
    rows = api("GET", "/organizations/acme/detectors/", params={"query": f"type:{kind}"}).json()
    return [str(row["id"]) for row in rows]


def when(kind: str, comparison: Any = True) -> dict[str, Any]:  # noqa: FBT002 - what Sentry writes for "yes"
    return {"type": kind, "comparison": comparison, "conditionResult": True}


def test_an_alert_of_new_issues_tells_the_integration(
    sentry: Sentry, integration: Integration, hooks: Hooks, sdk: Reporter, api: Caller
) -> None:
    made = workflow(
        api, integration.app, monitors(api, "error"), triggers={"conditions": [when("first_seen_event")]}
    )
    assert made.status_code == 201, made.text
    sdk.fail(ValueError("boom"))
    sdk.fail(ValueError("boom"))
    sentry.flush()
    assert hooks.kinds == ["issue.created", "event_alert.triggered"]
    data = hooks.last("event_alert.triggered")["data"]
    (issue,) = api.issues()
    assert (data["triggered_rule"], data["event"]["issue_id"]) == ("tell", issue["id"])
    assert data["event"]["web_url"].startswith(issue["permalink"])
    assert data["event"]["exception"]["values"][0]["type"] == "ValueError"


def test_an_alert_of_frequent_ones_waits_for_them_and_tells_once(
    sentry: Sentry, integration: Integration, hooks: Hooks, sdk: Reporter, api: Caller, clock: Clock
) -> None:
    often = when("event_frequency_count", {"value": 2, "interval": "1h"})
    workflow(api, integration.app, monitors(api, "issue_stream"), filters=[often])
    told = []
    for _ in range(5):
        sdk.fail(ValueError("boom"))
        sentry.flush()
        told.append(hooks.kinds.count("event_alert.triggered"))
    assert told == [0, 0, 1, 1, 1]
    clock.pass_by(31 * 60)
    sdk.fail(ValueError("boom"))
    sentry.flush()
    assert hooks.kinds.count("event_alert.triggered") == 2


def test_alerts_are_kept_as_they_were_sent(integration: Integration, sdk: Reporter, api: Caller) -> None:
    errors = monitors(api, "error")
    made = workflow(api, integration.app, errors).json()
    path = f"/organizations/acme/workflows/{made['id']}/"
    read = api("GET", path).json()
    assert read["actionFilters"][0]["actions"][0]["config"]["targetIdentifier"] == integration.app
    assert read["detectorIds"] == errors
    (project,) = api("GET", "/organizations/acme/projects/").json()
    assert len(api("GET", "/organizations/acme/workflows/", params={"project": project["id"]}).json()) == 1
    assert api("GET", "/organizations/acme/workflows/", params={"project": "1"}).json() == []
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"detectorIds": [1]},
        {"triggers": {"conditions": [{"type": "sometimes", "comparison": True}]}},
        {"triggers": {"logicType": "maybe"}},
        {"actionFilters": None},
        {"config": {"frequency": "often"}},
    ],
)
def test_an_alert_of_another_form_is_refused(
    integration: Integration, sdk: Reporter, api: Caller, wrong: dict[str, Any]
) -> None:
    assert workflow(api, integration.app, monitors(api, "error"), **wrong).status_code == 400


def monitor(name: str = "many errors", **more: Any) -> dict[str, Any]:
    source = {
        "aggregate": "count()",
        "dataset": "events",
        "timeWindow": 600,
        "query": "",
        "environment": None,
    }
    conditions = [
        {"type": "gt", "comparison": 2, "conditionResult": 75},
        {"type": "lte", "comparison": 2, "conditionResult": 0},
    ]
    return {
        "name": name,
        "type": "metric_issue",
        "dataSources": [source],
        "config": {"detectionType": "static"},
        "conditionGroup": {"logicType": "any", "conditions": conditions},
        **more,
    }


def test_a_monitor_tells_when_it_begins_and_when_it_is_over(
    sentry: Sentry, integration: Integration, hooks: Hooks, sdk: Reporter, api: Caller, clock: Clock
) -> None:
    path = "/organizations/acme/projects/acme-audit/detectors/"
    made = api("POST", path, json=monitor())
    assert made.status_code == 201, made.text
    assert api("POST", path, json=monitor()).status_code == 400
    workflow(api, integration.app, [made.json()["id"]])
    for _ in range(4):
        sdk.fail(ValueError("boom"))
    sentry.flush()
    assert hooks.kinds.count("metric_alert.critical") == 1
    data = hooks.last("metric_alert.critical")["data"]
    assert data["metric_alert"]["alert_rule"]["name"] == "many errors"
    assert data["metric_alert"]["projects"] == ["acme-audit"]
    assert data["description_text"] == "count() is 3 in the last 10 minutes"
    assert {one["type"] for one in api.issues()} == {"error", "metric_issue"}
    clock.pass_by(601)
    sentry.tick()
    sentry.flush()
    assert hooks.kinds.count("metric_alert.resolved") == 1
    assert [one["type"] for one in api.issues()] == ["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "error"},
        {"name": None},
        {"dataSources": []},
        {"dataSources": [{"aggregate": "luck()", "dataset": "events", "timeWindow": 60}]},
        {"config": {"detectionType": "guess"}},
        {"conditionGroup": {"conditions": [{"type": "gt", "comparison": 1, "conditionResult": 9}]}},
    ],
)
def test_a_monitor_of_another_form_is_refused(sdk: Reporter, api: Caller, wrong: dict[str, Any]) -> None:
    path = "/organizations/acme/projects/acme-audit/detectors/"
    assert api("POST", path, json=monitor(**wrong)).status_code == 400
