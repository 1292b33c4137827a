"""Alerts (workflows) and monitors (detectors): made, listed, changed, removed.

Forms: https://docs.sentry.io/api/monitors/.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.sentry import alerts, measuring, records, shapes
from sandbox.sentry.calls import Answer, Api, Call, invalid, not_found

API = Api()
_LOGIC: Final = {"any", "any-short", "all", "none"}
_ACTIONS: Final = {"email", "sentry_app", "slack", "webhook", "plugin", "msteams", "pagerduty"}
_DETECTIONS: Final = {"static", "percent", "dynamic"}
_COMPARISONS: Final = {"gt", "gte", "lt", "lte", "eq", "ne", "anomaly_detection"}
_RESULTS: Final = {0, 25, 50, 75}


@API("GET", "/organizations/{org}/workflows/")
def listing(call: Call) -> Answer:
    organization = call.organization("alerts:read")
    rows = call.realm.workflows.where(organization=organization.id)
    if wanted := {number for number in call.many("project") if number != "-1"}:
        own = {row.id for row in call.realm.detectors if str(row.project) in wanted}
        rows = [row for row in rows if own & set(row.detectors)]
    text = call.query.get("query", "").lower()
    return call.page([row for row in rows if text in row.name.lower()], _workflow)


@API("POST", "/organizations/{org}/workflows/")
def create(call: Call) -> Answer:
    organization = call.organization("alerts:write")
    now = call.realm.clock()
    fields = _workflow_fields(call, organization)
    made = call.realm.workflows.add(
        organization=organization.id, user=call.user.id, created_at=now, updated_at=now, **fields
    )
    return Answer(201, _workflow(made))


@API("GET", "/organizations/{org}/workflows/{workflow:int}/")
def read(call: Call) -> dict[str, Any]:
    return _workflow(_workflow_of(call, "alerts:read"))


@API("PUT", "/organizations/{org}/workflows/{workflow:int}/")
def change(call: Call) -> dict[str, Any]:
    row = _workflow_of(call, "alerts:write")
    fields = _workflow_fields(call, call.realm.organizations[row.organization])
    return _workflow(call.realm.workflows.change(row.id, updated_at=call.realm.clock(), **fields))


@API("DELETE", "/organizations/{org}/workflows/{workflow:int}/")
def delete(call: Call) -> None:
    call.realm.workflows.remove(_workflow_of(call, "alerts:write").id)


@API("GET", "/organizations/{org}/detectors/")
def monitors(call: Call) -> Answer:
    organization = call.organization("alerts:read")
    own = {str(row.id) for row in call.realm.projects.where(organization=organization.id)}
    wanted = {number for number in call.many("project") if number != "-1"}
    rows = [row for row in call.realm.detectors if str(row.project) in (own & wanted if wanted else own)]
    for word in call.query.get("query", "").split():
        kind = word.removeprefix("type:")
        rows = [row for row in rows if (row.kind == kind if kind != word else word in row.name)]
    return call.page(rows, lambda row: _detector(call, row))


@API("POST", "/organizations/{org}/detectors/")
def create_monitor(call: Call) -> Answer:
    organization = call.organization("alerts:write")
    project = call.realm.project(organization.id, str(call.body.get("projectId", "")))
    if project is None:
        raise invalid("projectId", "Project not found")
    return _created(call, project)


@API("POST", "/organizations/{org}/projects/{project}/detectors/")
def create_monitor_of_project(call: Call) -> Answer:
    return _created(call, call.project("alerts:write"))


@API("GET", "/organizations/{org}/detectors/{detector:int}/")
def monitor(call: Call) -> dict[str, Any]:
    return _detector(call, _detector_of(call, "alerts:read"))


@API("PUT", "/organizations/{org}/detectors/{detector:int}/")
def change_monitor(call: Call) -> dict[str, Any]:
    row = _detector_of(call, "alerts:write")
    fields = _detector_fields(call.body)
    return _detector(call, call.realm.detectors.change(row.id, updated_at=call.realm.clock(), **fields))


@API("DELETE", "/organizations/{org}/detectors/{detector:int}/")
def delete_monitor(call: Call) -> None:
    call.realm.detectors.remove(_detector_of(call, "alerts:write").id)


def _created(call: Call, project: records.Project) -> Answer:
    now = call.realm.clock()
    fields = _detector_fields(call.body)
    with call.realm.lock:
        if call.realm.detectors.where(project=project.id, name=fields["name"]):
            raise invalid("name", "A monitor with this name already exists.")
        made = call.realm.detectors.add(
            project=project.id, user=call.user.id, created_at=now, updated_at=now, **fields
        )
    return Answer(201, _detector(call, made))


def _workflow_fields(call: Call, organization: records.Organization) -> dict[str, Any]:
    """What was sent, checked as far as it is used. Raises 400."""
    body = call.body
    triggers, filters = body.get("triggers") or {}, body.get("actionFilters")
    if not isinstance(filters, list):
        raise invalid("actionFilters", "This field is required.")
    _group("triggers", triggers, alerts.TRIGGERS)
    for group in filters:
        _group("actionFilters", group, alerts.CONDITIONS)
        for action in group.get("actions") or []:
            if not isinstance(action, Mapping) or action.get("type") not in _ACTIONS:
                raise invalid("actions", "Invalid action type.")
    numbers = body.get("detectorIds") or []
    own = {row.id for row in call.realm.projects.where(organization=organization.id)}
    known = {row.id for row in call.realm.detectors if row.project in own}
    if not isinstance(numbers, list) or not all(str(n).isdigit() and int(n) in known for n in numbers):
        raise invalid("detectorIds", "Some detectors do not exist or you do not have access to them.")
    config = body.get("config") or {}
    if not isinstance(config, dict) or not isinstance(config.get("frequency", 0), int):
        raise invalid("config", "Invalid config.")
    return {
        "name": _name(body),
        "enabled": bool(body.get("enabled", True)),
        "environment": body.get("environment") or None,
        "config": config,
        "triggers": triggers,
        "filters": tuple(filters),
        "detectors": tuple(int(number) for number in numbers),
    }


def _group(name: str, group: Any, known: frozenset[str]) -> None:
    """Check a group of conditions. Raises 400."""
    if not isinstance(group, dict) or group.get("logicType", "any-short") not in _LOGIC:
        raise invalid(name, "Invalid logicType.")
    for one in group.get("conditions") or []:
        if not isinstance(one, Mapping) or one.get("type") not in known or "comparison" not in one:
            raise invalid(name, "Invalid condition.")


def _detector_fields(body: dict[str, Any]) -> dict[str, Any]:
    """What was sent for a monitor, checked as far as it is used. Raises 400."""
    if body.get("type") != "metric_issue":
        raise invalid("type", f"Unknown detector type '{body.get('type')}'.")
    sources = body.get("dataSources") or ([body["dataSource"]] if body.get("dataSource") else [])
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        raise invalid("dataSources", "Exactly one data source is needed.")
    measuring.of_transactions(str(sources[0].get("dataset")))
    measuring.measure(str(sources[0].get("aggregate")))
    if not isinstance(sources[0].get("timeWindow"), int):
        raise invalid("timeWindow", "A valid integer is required.")
    config, conditions = body.get("config") or {}, body.get("conditionGroup") or {}
    if not isinstance(config, dict) or config.get("detectionType") not in _DETECTIONS:
        raise invalid("config", "Invalid detectionType.")
    for one in conditions.get("conditions") or []:
        if one.get("type") not in _COMPARISONS or one.get("conditionResult") not in _RESULTS:
            raise invalid("conditionGroup", "Invalid condition.")
    return {
        "name": _name(body),
        "kind": "metric_issue",
        "enabled": bool(body.get("enabled", True)),
        "description": body.get("description"),
        "owner": body.get("owner"),
        "config": config,
        "source": sources[0],
        "conditions": conditions,
    }


def _name(body: dict[str, Any]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "This field is required.")
    return name


def _workflow_of(call: Call, scope: str) -> records.Workflow:
    organization = call.organization(scope)
    row = call.realm.workflows.get(call.path["workflow"])
    if row is None or row.organization != organization.id:
        raise not_found()
    return row


def _detector_of(call: Call, scope: str) -> records.Detector:
    organization = call.organization(scope)
    row = call.realm.detectors.get(call.path["detector"])
    if row is None or call.realm.projects[row.project].organization != organization.id:
        raise not_found()
    return row


def _workflow(row: records.Workflow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "organizationId": str(row.organization),
        "createdBy": str(row.user) if row.user else None,
        "dateCreated": shapes.moment(row.created_at),
        "dateUpdated": shapes.moment(row.updated_at),
        "triggers": {"id": f"{row.id}0", "organizationId": str(row.organization), **row.triggers},
        "actionFilters": [
            {"id": f"{row.id}{number}", "organizationId": str(row.organization), **group}
            for number, group in enumerate(row.filters, 1)
        ],
        "environment": row.environment,
        "config": row.config,
        "detectorIds": [str(number) for number in row.detectors],
        "enabled": row.enabled,
        "lastTriggered": shapes.moment(max(row.fired.values(), default=None)),
    }


def _detector(call: Call, row: records.Detector) -> dict[str, Any]:
    realm, source = call.realm, row.source
    issue = realm.issues.get(row.issue) if row.issue else None
    query = {"queryObj": {"id": f"{row.id}", "status": 1, "subscription": None, "snubaQuery": source}}
    return {
        "id": str(row.id),
        "projectId": str(row.project),
        "name": row.name,
        "description": row.description,
        "type": row.kind,
        "workflowIds": [str(one.id) for one in realm.workflows if row.id in one.detectors],
        "owner": shapes.actor(realm, row.owner),
        "createdBy": str(row.user) if row.user else None,
        "dateCreated": shapes.moment(row.created_at),
        "dateUpdated": shapes.moment(row.updated_at),
        "dataSources": [{"id": str(row.id), "type": "snuba_query_subscription", **query}] if source else None,
        "conditionGroup": row.conditions,
        "config": row.config,
        "enabled": row.enabled,
        "latestGroup": shapes.issue(realm, issue) if issue else None,
        "openIssues": 1 if issue and issue.status == "unresolved" else 0,
    }
