"""Projects of an organization in Sentry: one a STUF, with its key and its alerts.

Source: https://docs.sentry.io/api/projects/ (create a project, list and create client keys).
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from provisioning.sentry.alerts import ALERTS, Alert, action, detector_body, workflow_body
from provisioning.sentry.client import SentryApi
from provisioning.sentry.http import SentryRefused, SentryUnavailable
from provisioning.sentry.models import Project

PLATFORM: Final = "python-fastapi"
_KEY: Final = "STUF"
# Sentry's clock and ours may differ by so much.
_SKEW: Final = timedelta(minutes=5)
# The monitor that every project has for its issues; older servers have but the one of errors.
_ALL_ISSUES: Final = ("issue_stream", "error")
_NOT_TO_BE_HAD: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
_log = logging.getLogger(__name__)


class SentryProjects:
    """The projects of `team`. `app_id`: the integration that alerts tell; without one they write to the team.

    Every method raises SentryRefused, SentryBusy, SentryUnavailable, and may be repeated.
    """

    def __init__(self, api: SentryApi, team: str, *, app_id: str | None = None) -> None:
        self._http, self._api, self._team, self._app_id = api.http, api, team, app_id
        self._organization = quote(api.organization, safe="")

    def create(self, slug: str, name: str, *, begun_at: datetime) -> Project:
        """A new project without Sentry's own rules; the one that an earlier call made whose answer got lost.

        `begun_at`: when it was first asked for. A project of that slug that is older, or called otherwise, is
        somebody else's: SentryRefused with the code sentry-project-taken.
        """
        what = f"creating the project {slug}"
        body = {"name": name, "slug": slug, "platform": PLATFORM, "default_rules": False}
        path = f"/teams/{self._organization}/{quote(self._team, safe='')}/projects/"
        try:
            answer = self._http.call("POST", path, what, body=body)
        except SentryRefused as refused:
            if refused.status != HTTPStatus.CONFLICT:
                raise
            found = self.ours(slug, name, begun_at)
            if found is None:
                raise SentryRefused(
                    "sentry-project-taken",
                    f"Sentry has another project called {slug}. Rename or remove it there; the bot tries again by itself.",
                    HTTPStatus.CONFLICT,
                ) from None
            return found
        return _project(answer.body, what)

    def get(self, slug: str) -> Project | None:
        """The project of that slug or number; None when there is none."""
        what = f"reading the project {slug}"
        try:
            return _project(self._http.call("GET", self._path(slug), what).body, what)
        except SentryRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def ours(self, slug: str, name: str, begun_at: datetime) -> Project | None:
        """The project that was made since `begun_at` and is called so; None when there is none."""
        found = self.get(slug)
        recent = found is not None and found.created_at is not None and found.created_at >= begun_at - _SKEW
        return found if found is not None and recent and found.name == name else None

    def delete(self, slug: str) -> None:
        """Remove it with all that it knows; one that is gone is gone."""
        try:
            self._http.call("DELETE", self._path(slug), f"removing the project {slug}")
        except SentryRefused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise

    def dsn(self, slug: str) -> str:
        """Where the project's events are sent: the DSN of its first key in use; one is made where there is none."""
        what = f"reading the keys of the project {slug}"
        path = f"{self._path(slug)}keys/"
        keys = self._http.call("GET", path, what).body or []
        active = [key for key in keys if isinstance(key, Mapping) and key.get("isActive", True)]
        key = active[0] if active else self._http.call("POST", path, what, body={"name": _KEY}).body
        found = ((key or {}).get("dsn") or {}).get("public") if isinstance(key, Mapping) else None
        if not isinstance(found, str) or not found.startswith(("http://", "https://")):
            raise SentryUnavailable(f"Sentry's answer is not of the known form while {what}")
        return found

    def ensure_alerts(self, project: Project) -> tuple[list[str], list[str]]:
        """Make those of `alerts.ALERTS` that are not there, by their names: (what was made, what was refused).

        Not every plan of Sentry has every monitor: one that is refused keeps no other away.
        """
        found = self._monitors(project)
        monitors = {str(one.get("name")): str(one.get("id")) for one in found}
        alerts = {str(one.get("name")) for one in self._list("workflows", project, "listing alerts")}
        installation = self._installation()
        tells = action(installation, None if installation else self._team_id())
        made: list[str] = []
        refused: list[str] = []
        for alert in ALERTS:
            name = alert.name(project.slug)
            if name in monitors or name in alerts:
                continue
            try:
                if alert.measured:
                    monitors[name] = self._create_monitor(alert, name, project)
                else:
                    watched = _watched(alert, project, found, monitors)
                    self._create_alert(alert, name, watched, tells)
            except SentryRefused as error:
                if error.status not in _NOT_TO_BE_HAD:
                    raise
                _log.warning("Sentry refuses the alert %s: %s", name, error)
                refused.append(name)
            else:
                made.append(name)
        return made, refused

    def remove_alerts(self, project: Project) -> None:
        """Remove the workflows of ours: they are the organization's, so they do not go with the project."""
        names = {alert.name(project.slug) for alert in ALERTS}
        for one in self._list("workflows", project, "listing alerts"):
            if str(one.get("name")) in names:
                path = f"/organizations/{self._organization}/workflows/{one.get('id')}/"
                self._http.call("DELETE", path, "removing an alert")

    def _monitors(self, project: Project) -> list[Mapping[str, Any]]:
        """Those of the project, with the one of its issues, which the plain list need not have."""
        found = self._list("detectors", project, "listing monitors")
        if not any(one.get("type") == _ALL_ISSUES[0] for one in found):
            found += self._list("detectors", project, "listing monitors", query=f"type:{_ALL_ISSUES[0]}")
        return found

    def _create_monitor(self, alert: Alert, name: str, project: Project) -> str:
        path = f"/organizations/{self._organization}/projects/{project.slug}/detectors/"
        what = f"creating the monitor {name}"
        answer = self._http.call("POST", path, what, body=detector_body(alert, name))
        return str((answer.body or {}).get("id", ""))

    def _create_alert(self, alert: Alert, name: str, watched: list[str], tells: Mapping[str, Any]) -> None:
        path = f"/organizations/{self._organization}/workflows/"
        body = workflow_body(alert, name, watched, tells)
        self._http.call("POST", path, f"creating the alert {name}", body=body)

    def _installation(self) -> str | None:
        """As which the integration is installed here; None without one."""
        if self._app_id is None:
            return None
        for one in self._api.installations():
            if self._app_id in {one.app_id, one.slug, one.id}:
                return one.id
        raise SentryRefused(
            "sentry-unknown-app", f"Sentry has no integration {self._app_id}; correct app_id in [sentry]."
        )

    def _team_id(self) -> str:
        team = self._api.team(self._team)
        if team is None:
            raise SentryRefused(
                "sentry-unknown-team", f"Sentry has no team {self._team}; correct team in [sentry]."
            )
        return team.id

    def _path(self, slug: str) -> str:
        return f"/projects/{self._organization}/{quote(slug, safe='')}/"

    def _list(self, kind: str, project: Project, what: str, query: str = "") -> list[Mapping[str, Any]]:
        """All pages of the detectors or workflows of a project."""
        path = f"/organizations/{self._organization}/{kind}/"
        asked = [("project", project.id), *([("query", query)] if query else [])]
        return list(self._api.pages(path, what, asked))


def _watched(
    alert: Alert, project: Project, found: list[Mapping[str, Any]], monitors: Mapping[str, str]
) -> list[str]:
    """The numbers of the monitors whose issues the alert is about."""
    if alert.of_measured:
        names = [one.name(project.slug) for one in ALERTS if one.measured]
        return [monitors[name] for name in names if monitors.get(name)]
    by_kind = {str(one.get("type")): str(one.get("id")) for one in reversed(found)}
    return next(([by_kind[kind]] for kind in _ALL_ISSUES if kind in by_kind), [])


def _project(body: Any, what: str) -> Project:
    try:
        return Project.told(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SentryUnavailable(f"Sentry's answer is not of the known form while {what}") from None
