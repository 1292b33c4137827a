"""Alerts: which workflows an event or a change sets off, and the webhooks that come of it.

Conditions and their forms: https://docs.sentry.io/api/monitors/create-an-alert-for-an-organization/.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from sandbox.sentry import events, records
from sandbox.sentry.lifecycle import Arrival
from sandbox.sentry.realm import Realm
from sandbox.sentry.search import seconds

_MINUTE: Final = 60.0
_LEVELS: Final = {"sample": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "fatal": 50}
_PRIORITIES: Final = {"low": 25, "medium": 50, "high": 75}
# Sentry's own names of what an issue can be found by without measuring.
_OF_ALL: Final = {"error", "issue_stream"}


def arrived(realm: Realm, arrival: Arrival) -> None:
    """Run the alerts of an event that was taken."""
    issue = arrival.issue
    kinds = {
        "first_seen_event": arrival.is_new,
        "regression_event": arrival.regressed,
        "reappeared_event": arrival.reappeared,
        "new_high_priority_issue": arrival.is_new and issue.priority == "high",
        "existing_high_priority_issue": not arrival.is_new and issue.priority == "high",
        "every_event": True,
    }
    detectors = {row.id for row in realm.detectors.where(project=issue.project) if row.kind in _OF_ALL}
    _run(realm, issue, arrival.event, detectors, {name for name, there in kinds.items() if there})


def changed(realm: Realm, before: records.Issue, after: records.Issue) -> None:
    """Run the alerts of an issue that somebody resolved."""
    if before.status == after.status or after.status != "resolved":
        return
    newest = realm.occurrences.events(after.id)
    if newest:
        detectors = {row.id for row in realm.detectors.where(project=after.project) if row.kind in _OF_ALL}
        _run(realm, after, newest[0], detectors, {"issue_resolved_trigger"})


def told_apps(realm: Realm, workflow: records.Workflow) -> Iterable[records.Integration]:
    """The integrations that an alert tells."""
    for group in workflow.filters:
        for action in group.get("actions") or []:
            if action.get("type") != "sentry_app":
                continue
            name = str((action.get("config") or {}).get("targetIdentifier"))
            for row in realm.integrations.where(organization=workflow.organization):
                if name in {row.app, row.installation, str(row.id)}:
                    yield row


def _run(
    realm: Realm, issue: records.Issue, event: dict[str, Any], detectors: set[int], kinds: set[str]
) -> None:
    organization = realm.projects[issue.project].organization
    for workflow in realm.workflows.where(organization=organization, enabled=True):
        if not detectors & set(workflow.detectors) or not _may(realm, workflow, issue, event):
            continue
        wanted = {str(one.get("type")) for one in workflow.triggers.get("conditions") or []}
        if wanted and not wanted & kinds:
            continue
        if not any(_fits(realm, group, issue, event) for group in workflow.filters):
            continue
        realm.workflows.change(workflow.id, fired={**workflow.fired, issue.id: realm.clock()})
        data = {"event": events.told(realm, issue, event), "triggered_rule": workflow.name}
        for app in told_apps(realm, workflow):
            realm.post.send(organization, None, "event_alert.triggered", data, only=app.id)


def _may(realm: Realm, workflow: records.Workflow, issue: records.Issue, event: dict[str, Any]) -> bool:
    """Whether it is of the alert's environment, and the alert has not told of this issue lately."""
    last = workflow.fired.get(issue.id)
    pause = float(workflow.config.get("frequency") or 0) * _MINUTE
    in_time = last is None or realm.clock() - last >= pause
    return in_time and workflow.environment in {None, event["environment"]} and issue.status != "ignored"


def _fits(realm: Realm, group: dict[str, Any], issue: records.Issue, event: dict[str, Any]) -> bool:
    conditions = group.get("conditions") or []
    results = [_holds(realm, one, issue, event) for one in conditions]
    match group.get("logicType"):
        case "all":
            return all(results)
        case "none":
            return not any(results)
        case _:
            return not results or any(results)


def _holds(realm: Realm, condition: dict[str, Any], issue: records.Issue, event: dict[str, Any]) -> bool:
    test = _CONDITIONS.get(str(condition.get("type")))
    return test is not None and test(realm, condition.get("comparison"), issue, event)


def _frequency(realm: Realm, asked: Any, issue: records.Issue, event: dict[str, Any]) -> bool:
    del event
    return realm.occurrences.count(issue.id, realm.clock() - seconds(asked["interval"])) > float(
        asked["value"]
    )


def _users(realm: Realm, asked: Any, issue: records.Issue, event: dict[str, Any]) -> bool:
    del event
    since = realm.clock() - seconds(asked["interval"])
    return realm.occurrences.people_since(issue.id, since) > float(asked["value"])


def _tagged(realm: Realm, asked: Any, issue: records.Issue, event: dict[str, Any]) -> bool:
    del realm, issue
    tags = event.get("tags") or {}
    return bool(dict(tags).get(asked.get("key")) == asked.get("value"))


def _level(realm: Realm, asked: Any, issue: records.Issue, event: dict[str, Any]) -> bool:
    del realm, issue
    own, wanted = _LEVELS[event["level"]], int(asked["level"])
    return {"gte": own >= wanted, "lte": own <= wanted}.get(asked.get("match"), own == wanted)


Test = Callable[[Realm, Any, records.Issue, dict[str, Any]], bool]
_CONDITIONS: Final[dict[str, Test]] = {
    "event_frequency_count": _frequency,
    "event_unique_user_frequency_count": _users,
    "issue_occurrences": lambda _r, asked, issue, _e: issue.count >= int(asked["value"]),
    "issue_priority_greater_or_equal": lambda _r, asked, issue, _e: _PRIORITIES[issue.priority] >= int(asked),
    "tagged_event": _tagged,
    "level": _level,
}
CONDITIONS: Final = frozenset(_CONDITIONS)
TRIGGERS: Final = frozenset(
    {
        "first_seen_event",
        "regression_event",
        "reappeared_event",
        "new_high_priority_issue",
        "existing_high_priority_issue",
        "issue_resolved_trigger",
        "every_event",
    }
)
