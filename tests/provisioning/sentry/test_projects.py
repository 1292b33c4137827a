"""Projects, keys and alerts, made in the embedded Sentry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioning.sentry.alerts import ALERTS
from provisioning.sentry.http import SentryRefused
from provisioning.sentry.models import Project
from provisioning.sentry.projects import SentryProjects

from .conftest import NOW, Home

AT = datetime.fromtimestamp(NOW, UTC)
NAME = "STUF beta"


def made(home: Home) -> Project:
    return home.projects.create("stuf-beta", NAME, begun_at=AT)


def listed(home: Home, kind: str, project: Project) -> list[dict[str, Any]]:
    path = f"/organizations/{home.organization}/{kind}/"
    return [dict(one) for one in home.api.pages(path, "listing", [("project", project.id)])]


def test_a_project_is_made_without_rules_of_sentrys(home: Home) -> None:
    project = made(home)
    assert project.slug == "stuf-beta"
    assert listed(home, "workflows", project) == []
    assert home.projects.get("stuf-beta") == project
    assert home.projects.dsn("stuf-beta") == home.sentry.dsn(home.organization, "stuf-beta")


def test_a_project_whose_answer_got_lost_is_the_same(home: Home) -> None:
    assert made(home) == made(home)


@pytest.mark.parametrize("begun", [AT + timedelta(minutes=6), AT + timedelta(days=30)])
def test_an_older_project_is_somebody_elses(home: Home, begun: datetime) -> None:
    made(home)
    with pytest.raises(SentryRefused, match="another project") as refused:
        home.projects.create("stuf-beta", NAME, begun_at=begun)
    assert refused.value.code == "sentry-project-taken"


def test_a_project_that_is_called_otherwise_is_somebody_elses(home: Home) -> None:
    home.sentry.create_project(home.organization, "stufs", "stuf-beta")
    with pytest.raises(SentryRefused, match="another project"):
        made(home)


def test_a_project_goes_once(home: Home) -> None:
    project = made(home)
    home.projects.ensure_alerts(project)
    home.projects.remove_alerts(project)
    home.projects.delete(project.slug)
    home.projects.delete(project.slug)
    assert home.projects.get(project.slug) is None
    path = f"/organizations/{home.organization}/workflows/"
    assert list(home.api.pages(path, "listing")) == []


def test_every_alert_is_made_once(home: Home) -> None:
    project = made(home)
    names, refused = home.projects.ensure_alerts(project)
    assert refused == []
    assert names == [f"stuf-beta: {alert.title}" for alert in ALERTS]
    assert home.projects.ensure_alerts(project) == ([], [])
    monitors = {one["name"]: one for one in listed(home, "detectors", project)}
    dynamic = monitors["stuf-beta: unusual number of errors"]
    assert dynamic["config"] == {"detectionType": "dynamic"}
    workflows = {one["name"]: one for one in listed(home, "workflows", project)}
    assert len(workflows) == sum(not alert.measured for alert in ALERTS)
    by_kind = {one["type"]: one["id"] for one in monitors.values()}
    assert workflows["stuf-beta: new issue"]["detectorIds"] == [by_kind["issue_stream"]]
    measured = {one["id"] for one in monitors.values() if one["type"] == "metric_issue"}
    assert set(workflows["stuf-beta: measured"]["detectorIds"]) == measured


def test_the_monitor_of_all_issues_is_asked_for_where_the_list_leaves_it_out(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = made(home)
    pages = home.api.pages

    def without(path: str, what: str, query: Any = ()) -> Any:
        whole = list(pages(path, what, query))
        asked = dict(query).get("query")
        return iter([one for one in whole if asked or one.get("type") != "issue_stream"])

    monkeypatch.setattr(home.api, "pages", without)
    home.projects.ensure_alerts(project)
    monkeypatch.undo()
    stream = next(one["id"] for one in listed(home, "detectors", project) if one["type"] == "issue_stream")
    workflows = {one["name"]: one for one in listed(home, "workflows", project)}
    assert workflows["stuf-beta: new issue"]["detectorIds"] == [stream]


def test_what_is_missing_is_made_again(home: Home) -> None:
    project = made(home)
    home.projects.ensure_alerts(project)
    (gone, *_) = listed(home, "workflows", project)
    home.api.http.call("DELETE", f"/organizations/{home.organization}/workflows/{gone['id']}/", "removing")
    assert home.projects.ensure_alerts(project) == ([gone["name"]], [])


def test_an_alert_that_the_plan_has_not_keeps_no_other_away(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = made(home)
    call = home.api.http.call

    def refusing(method: str, path: str, what: str, **asked: Any) -> Any:
        if method == "POST" and "unusual" in what:
            raise SentryRefused("sentry-refused", "Not in your plan.", 400)
        return call(method, path, what, **asked)

    monkeypatch.setattr(home.api.http, "call", refusing)
    names, refused = home.projects.ensure_alerts(project)
    assert refused == ["stuf-beta: unusual number of errors"]
    assert len(names) == len(ALERTS) - 1


def test_alerts_tell_the_integration_and_else_the_team(home: Home) -> None:
    project = made(home)
    home.projects.ensure_alerts(project)
    told = listed(home, "workflows", project)[0]["actionFilters"][0]["actions"][0]
    assert told["type"] == "sentry_app"
    home.projects.remove_alerts(project)
    SentryProjects(home.api, "stufs").ensure_alerts(project)
    told = listed(home, "workflows", project)[0]["actionFilters"][0]["actions"][0]
    assert (told["type"], told["config"]["targetType"]) == ("email", "team")


@pytest.mark.parametrize(
    ("team", "app", "code"),
    [("nobodies", None, "sentry-unknown-team"), ("stufs", "nothing", "sentry-unknown-app")],
)
def test_a_wrong_setting_is_named(home: Home, team: str, app: str | None, code: str) -> None:
    project = made(home)
    with pytest.raises(SentryRefused, match=r"\[sentry\]") as refused:
        SentryProjects(home.api, team, app_id=app).ensure_alerts(project)
    assert refused.value.code == code
