"""Webhooks in the forms that Sentry documents, old and new.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from typing import Any

Json = dict[str, Any]

SENTRY = {"type": "application", "id": "sentry", "name": "Sentry"}
INSTALLATION = {"uuid": "24b397fc-a86e-43ef-9297-949e21b82480"}


def _hook(action: str, data: Json, actor: Json | None = None) -> Json:
    return {"action": action, "installation": INSTALLATION, "data": data, "actor": actor or SENTRY}


NEW_ISSUE: Json = {
    "url": "https://sentry.example.org/api/0/organizations/acme/issues/1234567890/",
    "web_url": "https://acme.sentry.example.org/issues/1234567890/",
    "project_url": "https://acme.sentry.example.org/issues/?project=7",
    "id": "1234567890",
    "shareId": None,
    "shortId": "STUF-ACME-AUDIT-Y",
    "title": "ValueError: not a part of this upload",
    "culprit": "POST /uploads",
    "permalink": "https://acme.sentry.example.org/issues/1234567890/",
    "logger": "stuf_api",
    "level": "fatal",
    "status": "unresolved",
    "statusDetails": {},
    "substatus": "new",
    "isPublic": False,
    "platform": "python",
    "project": {"id": "7", "name": "stuf-acme-audit", "slug": "stuf-acme-audit", "platform": "python"},
    "type": "error",
    "metadata": {
        "type": "ValueError",
        "value": "not a part of this upload",
        "severity": 1,
        "initial_priority": 75,
    },
    "numComments": 0,
    "assignedTo": None,
    "annotations": [],
    "issueType": "error",
    "issueCategory": "error",
    "priority": "high",
    "priorityLockedAt": None,
    "isUnhandled": False,
    "count": "3",
    "userCount": 3,
    "firstSeen": "2026-11-23T08:56:00.679000+00:00",
    "lastSeen": "2026-11-23T08:56:00.738000+00:00",
}
OLD_ISSUE: Json = {
    "annotations": [],
    "assignedTo": None,
    "count": "1",
    "culprit": "?(runner)",
    "firstSeen": "2026-11-22T20:58:37.391000Z",
    "id": "1170820242",
    "lastSeen": "2026-11-22T20:58:37.391000Z",
    "level": "error",
    "logger": None,
    "metadata": {"filename": "/runner", "type": "ReferenceError", "value": "x is not defined"},
    "permalink": None,
    "platform": "javascript",
    "project": {"id": "99", "name": "stuf-bot", "platform": "", "slug": "stuf-bot"},
    "shareId": None,
    "shortId": "FRONT-END-9",
    "status": "unresolved",
    "statusDetails": {},
    "subscriptionDetails": None,
    "substatus": "escalating",
    "title": "ReferenceError: x is not defined",
    "type": "error",
    "userCount": 1,
}
EVENT: Json = {
    "_ref": 1,
    "contexts": {"browser": {"name": "Chrome", "type": "browser", "version": "75.0"}},
    "culprit": "?(<anonymous>)",
    "datetime": "2026-11-22T21:06:17.677000Z",
    "dist": None,
    "event_id": "e4874d664c3540c1a32eab185f12c5ab",
    "exception": {
        "values": [
            {
                "mechanism": {"handled": False, "type": "onerror"},
                "stacktrace": {
                    "frames": [
                        {
                            "abs_path": "https://static.example.org/runner.js",
                            "colno": 10866,
                            "context_line": "{snip} e(a.old) {snip}",
                            "filename": "/js/runner.js",
                            "function": None,
                            "in_app": True,
                            "lineno": 1,
                            "module": "prod/runner",
                            "vars": {"email": "ana@example.org"},
                        }
                    ]
                },
                "type": "ReferenceError",
                "value": "x is not defined",
            }
        ]
    },
    "issue_id": "1117540176",
    "issue_url": "https://sentry.example.org/api/0/issues/1117540176/",
    "level": "error",
    "message": "",
    "project": 7,
    "release": None,
    "request": {
        "cookies": None,
        "data": "ana@example.org",
        "headers": [["User-Agent", "x"]],
        "url": "https://example.org/",
    },
    "tags": [["browser", "Chrome"], ["environment", "production"], ["user", "ip:203.0.113.90"]],
    "title": "ReferenceError: x is not defined",
    "type": "error",
    "url": "https://sentry.example.org/api/0/projects/acme/stuf-acme-audit/events/e4874d664c3540c1a32eab185f12c5ab/",
    "user": {"ip_address": "203.0.113.85"},
    "web_url": "https://sentry.example.org/organizations/acme/issues/1117540176/events/e4874d664c3540c1a32eab185f12c5ab/",
}
METRIC: Json = {
    "description_text": "1000 events in the last 10 minutes\nFilter: level:error",
    "description_title": "Critical: Too many errors",
    "metric_alert": {
        "alert_rule": {
            "aggregate": "count()",
            "created_by": None,
            "dataset": "events",
            "environment": None,
            "id": "7",
            "name": "Too many errors",
            "projects": ["stuf-acme-audit"],
            "query": "level:error",
            "time_window": 10,
            "triggers": [],
        },
        "date_closed": None,
        "date_created": "2026-09-13T12:26:40.000000Z",
        "id": "4",
        "identifier": "1",
        "projects": ["stuf-acme-audit"],
        "status": 2,
        "title": "Sacred Marmot",
    },
    "web_url": "https://sentry.example.org/organizations/baz/alerts/1/",
}
COMMENT: Json = {
    "comment": "adding a comment",
    "project_slug": "stuf-acme-audit",
    "comment_id": 1234,
    "issue_id": 1234567890,
    "timestamp": "2026-11-22T21:51:44.118160Z",
}
COLLEEN: Json = {"type": "user", "id": 1, "name": "colleen"}

DOCUMENTED: tuple[tuple[str, Json], ...] = (
    ("issue.created", _hook("created", {"issue": NEW_ISSUE})),
    ("issue.created", _hook("created", {"issue": OLD_ISSUE})),
    (
        "issue.resolved",
        _hook(
            "resolved",
            {"issue": NEW_ISSUE | {"status": "resolved", "statusDetails": {"inRelease": "v13"}}},
            COLLEEN,
        ),
    ),
    (
        "issue.assigned",
        _hook(
            "assigned",
            {
                "issue": NEW_ISSUE
                | {"assignedTo": {"type": "user", "id": "1", "name": "colleen", "email": "c@example.org"}}
            },
            COLLEEN,
        ),
    ),
    (
        "issue.archived",
        _hook(
            "archived",
            {
                "issue": NEW_ISSUE
                | {
                    "status": "ignored",
                    "substatus": "archived_until_condition_met",
                    "statusDetails": {"ignoreCount": 100, "ignoreWindow": 60},
                }
            },
            COLLEEN,
        ),
    ),
    ("issue.ignored", _hook("ignored", {"issue": OLD_ISSUE | {"status": "ignored"}}, COLLEEN)),
    ("issue.unresolved", _hook("unresolved", {"issue": NEW_ISSUE | {"substatus": "regressed"}})),
    ("activity_alert.triggered", _hook("triggered", {"issue": NEW_ISSUE | {"substatus": "escalating"}})),
    ("event_alert.triggered", _hook("triggered", {"event": EVENT, "triggered_rule": "Very important rule"})),
    ("metric_alert.critical", _hook("critical", METRIC)),
    ("metric_alert.warning", _hook("warning", METRIC)),
    ("metric_alert.resolved", _hook("resolved", METRIC)),
    ("comment.created", _hook("created", COMMENT, COLLEEN)),
    ("comment.updated", _hook("updated", COMMENT, COLLEEN)),
    ("comment.deleted", _hook("deleted", COMMENT, COLLEEN)),
    ("error.created", _hook("created", {"error": EVENT})),
    ("installation.created", _hook("created", {"installation": {"uuid": "x", "status": "installed"}})),
)
