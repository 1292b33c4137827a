"""How events look in answers and webhooks."""

from collections import Counter
from typing import Any

from sandbox.sentry import grouping, records, shapes
from sandbox.sentry.realm import Realm

_CONTEXT_LINES = ("pre_context", "context_line", "post_context")


def summary(realm: Realm, issue: records.Issue, event: dict[str, Any]) -> dict[str, Any]:
    """An event in a list."""
    found = grouping.group(event)
    project = realm.projects[issue.project]
    return {
        "id": event["event_id"],
        "event.type": "error" if found.type == "error" else "default",
        "eventID": event["event_id"],
        "groupID": str(issue.id),
        "projectID": str(project.id),
        "message": grouping.message(event),
        "title": found.title,
        "location": found.metadata.get("filename"),
        "culprit": found.culprit,
        "user": event.get("user"),
        "tags": [{"key": key, "value": value} for key, value in shapes.tags(event)],
        "platform": event.get("platform", "other"),
        "dateCreated": shapes.moment(event["timestamp"]),
        "crashFile": None,
        "metadata": found.metadata,
    }


def full(realm: Realm, issue: records.Issue, event: dict[str, Any]) -> dict[str, Any]:
    """One event with its stack traces, the outermost frame first."""
    version = event.get("release")
    release = realm.releases.find(lambda row: row.version == version) if version else None
    return {
        **summary(realm, issue, event),
        "type": issue.type,
        "size": 0,
        "dist": event.get("dist"),
        "dateReceived": shapes.moment(event["received"]),
        "contexts": event.get("contexts") or {},
        "context": event.get("extra") or {},
        "packages": {},
        "sdk": event.get("sdk"),
        "errors": [],
        "fingerprints": [issue.grouping],
        "release": shapes.release(realm, release) if release else None,
        "entries": _entries(event),
        "occurrence": None,
    }


def told(realm: Realm, issue: records.Issue, event: dict[str, Any]) -> dict[str, Any]:
    """An event in a webhook: as the SDK sent it, with addresses."""
    project = realm.projects[issue.project]
    slug = realm.organizations[project.organization].slug
    found = grouping.group(event)
    number = event["event_id"]
    return {
        **event,
        "project": project.id,
        "type": found.type,
        "title": found.title,
        "culprit": found.culprit,
        "location": found.metadata.get("filename"),
        "metadata": found.metadata,
        "message": grouping.message(event),
        "tags": [list(pair) for pair in shapes.tags(event)],
        "datetime": shapes.moment(event["timestamp"]),
        "url": f"{realm.url}/api/0/projects/{slug}/{project.slug}/events/{number}/",
        "web_url": f"{realm.address(issue)}events/{number}/",
        "issue_url": f"{realm.url}/api/0/organizations/{slug}/issues/{issue.id}/",
        "issue_id": str(issue.id),
    }


def tag_totals(realm: Realm, issue: records.Issue) -> list[dict[str, Any]]:
    """How many values the kept events have for each tag."""
    values: dict[str, Counter[str]] = {}
    for event in realm.occurrences.events(issue.id):
        for key, value in shapes.tags(event):
            values.setdefault(key, Counter())[value] += 1
    return [
        {"key": key, "name": key.replace("_", " ").title(), "totalValues": sum(counted.values())}
        for key, counted in sorted(values.items())
    ]


def _entries(event: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    if values := grouping.exceptions(event):
        data = {"values": [_exception(one) for one in values], "hasSystemFrames": True, "excOmitted": None}
        entries.append({"type": "exception", "data": data})
    if text := grouping.message(event):
        entries.append({"type": "message", "data": {"formatted": text, "message": grouping.template(event)}})
    if crumbs := event.get("breadcrumbs"):
        values = crumbs.get("values", []) if isinstance(crumbs, dict) else crumbs
        entries.append({"type": "breadcrumbs", "data": {"values": values}})
    if event.get("request"):
        entries.append({"type": "request", "data": event["request"]})
    return entries


def _exception(one: dict[str, Any]) -> dict[str, Any]:
    frames = (one.get("stacktrace") or {}).get("frames") or []
    ours = any(frame.get("in_app") for frame in frames)
    stack = {"frames": [_frame(frame) for frame in frames], "hasSystemFrames": ours, "framesOmitted": None}
    return {
        "type": one.get("type"),
        "value": one.get("value"),
        "module": one.get("module"),
        "mechanism": one.get("mechanism"),
        "threadId": None,
        "rawStacktrace": None,
        "stacktrace": stack if frames else None,
    }


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    line = frame.get("lineno")
    before, middle, after = (frame.get(name) for name in _CONTEXT_LINES)
    context = []
    if line is not None and middle is not None:
        texts = [*(before or []), middle, *(after or [])]
        first = line - len(before or [])
        context = [[first + number, text] for number, text in enumerate(texts)]
    return {
        "filename": frame.get("filename"),
        "absPath": frame.get("abs_path"),
        "module": frame.get("module"),
        "package": frame.get("package"),
        "function": frame.get("function"),
        "lineNo": line,
        "colNo": frame.get("colno"),
        "inApp": bool(frame.get("in_app")),
        "context": context,
        "vars": frame.get("vars"),
    }
