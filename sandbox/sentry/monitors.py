"""Monitors that measure: a value beyond its limit is an issue, and an alert to the integrations.

Only limits that are numbers (`detectionType: static`) are looked at; what Sentry finds unusual by its own
statistics is kept and never found here.
"""

from typing import Any, Final

from sandbox.sentry import alerts, lifecycle, measuring, records, shapes
from sandbox.sentry.realm import Realm

_STATES: Final = {75: "critical", 50: "warning", 0: "resolved"}
_PRIORITIES: Final[dict[int, records.Priority]] = {75: "high", 50: "medium"}
_COMPARISONS: Final = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
    "eq": lambda value, limit: value == limit,
}
_MINUTE: Final = 60


def look(realm: Realm, project: int | None = None) -> None:
    """Measure, for one project or for all; tell of what begins and of what is over."""
    for row in list(realm.detectors):
        if row.kind == "metric_issue" and row.enabled and project in {None, row.project}:
            with realm.lock:
                _look(realm, row)


def _look(realm: Realm, row: records.Detector) -> None:
    source, conditions = row.source or {}, (row.conditions or {}).get("conditions") or []
    if row.config.get("detectionType") != "static" or not source:
        return
    value = _value(realm, row, source)
    met = [
        int(one["conditionResult"])
        for one in conditions
        if value is not None
        and one["type"] in _COMPARISONS
        and _COMPARISONS[one["type"]](value, one["comparison"])
    ]
    level = max(met, default=0 if value is None else row.level)
    if level == row.level or level not in _STATES:
        return
    now = realm.clock()
    begins = row.level == 0
    row = realm.detectors.change(
        row.id,
        level=level,
        incident=row.incident + 1 if begins else row.incident,
        since=now if begins else row.since,
    )
    row = _issue(realm, row, f"{source['aggregate']} is {value or 0:g}")
    _tell(realm, row, _STATES[level], value or 0.0)


def _value(realm: Realm, row: records.Detector, source: dict[str, Any]) -> float | None:
    window = float(source.get("timeWindow") or _MINUTE)
    now = realm.clock()
    transactions = measuring.of_transactions(str(source.get("dataset")))
    rows = realm.occurrences.between([row.project], now - window, now, transactions=transactions)
    if source.get("environment"):
        rows = [one for one in rows if one["environment"] == source["environment"]]
    return measuring.measure(str(source["aggregate"]))(rows, window)


def _issue(realm: Realm, row: records.Detector, text: str) -> records.Detector:
    """Open the monitor's issue, open it again, or resolve it."""
    now = realm.clock()
    issue = realm.issues.get(row.issue) if row.issue else None
    if row.level == 0:
        if issue is not None and issue.status != "resolved":
            changed = realm.issues.change(
                issue.id, status="resolved", substatus=None, details={}, since=issue.count, changed_at=now
            )
            realm.note(issue.id, "set_resolved", None)
            lifecycle.tell(realm, changed, "resolved", None, resolution_type="now")
        return row
    if issue is not None:
        changed = realm.issues.change(issue.id, last_seen=now, count=issue.count + 1)
        if issue.status == "resolved":
            lifecycle.reopen(realm, changed, "regressed", "set_regression", None)
        return row
    number = realm.projects[row.project].issues + 1
    realm.projects.change(row.project, issues=number)
    issue = realm.issues.add(
        project=row.project,
        number=number,
        grouping=f"detector {row.id}",
        type="metric_issue",
        title=row.name,
        culprit="",
        level="error",
        metadata={"title": row.name, "value": text},
        priority=_PRIORITIES[row.level],
        count=1,
        first_seen=now,
        last_seen=now,
        changed_at=now,
    )
    realm.note(issue.id, "first_seen", None, priority=issue.priority)
    lifecycle.tell(realm, issue, "created", None)
    return realm.detectors.change(row.id, issue=issue.id)


def _tell(realm: Realm, row: records.Detector, state: str, value: float) -> None:
    """The webhook, to the integrations that the alerts of this monitor name."""
    project = realm.projects[row.project]
    apps = {
        app.id
        for workflow in realm.workflows.where(organization=project.organization, enabled=True)
        if row.id in workflow.detectors
        for app in alerts.told_apps(realm, workflow)
    }
    slug = realm.organizations[project.organization].slug
    source = row.source or {}
    minutes = int(source.get("timeWindow") or _MINUTE) // _MINUTE
    since = shapes.moment(row.since)
    alert = {
        "id": str(row.incident),
        "identifier": str(row.incident),
        "organization_id": str(project.organization),
        "projects": [project.slug],
        "status": {"critical": 20, "warning": 10}.get(state, 2),
        "status_method": 3,
        "title": row.name,
        "type": 2,
        "date_started": since,
        "date_detected": since,
        "date_created": since,
        "date_closed": shapes.moment(realm.clock()) if state == "resolved" else None,
        "alert_rule": {
            "id": str(row.id),
            "name": row.name,
            "aggregate": source.get("aggregate"),
            "dataset": source.get("dataset"),
            "query": source.get("query", ""),
            "environment": source.get("environment"),
            "time_window": minutes,
            "organization_id": str(project.organization),
            "projects": [project.slug],
            "threshold_type": 0,
            "resolve_threshold": None,
            "include_all_projects": False,
            "created_by": None,
            "date_created": shapes.moment(row.created_at),
            "date_modified": shapes.moment(row.updated_at),
            "status": 0,
            "triggers": [],
        },
    }
    data = {
        "metric_alert": alert,
        "description_text": f"{source.get('aggregate')} is {value:g} in the last {minutes} minutes",
        "description_title": f"{state.capitalize()}: {row.name}",
        "web_url": f"{realm.url}/organizations/{slug}/issues/{row.issue}/",
    }
    for app in sorted(apps):
        realm.post.send(project.organization, None, f"metric_alert.{state}", data, only=app)
