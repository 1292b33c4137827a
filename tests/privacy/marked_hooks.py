"""What Sentry and GitHub tell, with marked values wherever people and secrets may stand."""

from typing import Any

from marked import FILE_NAME, IP, MAIL, PHONE, PHONE_TYPED, STUF_SECRET, TOKEN, WEBHOOK_SECRET

from provisioning.sentry.errands import own_frames
from provisioning.sentry.models import Issue, IssueEvent

Json = dict[str, Any]
SHORT_ID = "ACME-1F"
PULL = 4711
_AT = "2026-11-23T09:00:00Z"
_WORDS = f"KeyError for {MAIL} at {IP}, call {PHONE_TYPED} or {PHONE}"
_PERSON: Json = {"type": "user", "id": 31, "name": MAIL, "username": MAIL, "email": MAIL}
_USER: Json = {"id": MAIL, "email": MAIL, "ip_address": IP, "username": FILE_NAME, "name": FILE_NAME}
_FRAME: Json = {
    "filename": "stuf_api/uploads.py",
    "function": "complete",
    "lineNo": 41,
    "context": [[40, "    # checked"], [41, f"    journal.write('{MAIL}', '{IP}')"]],
    "inApp": True,
    "vars": {"email": MAIL, "secret": STUF_SECRET, "file": FILE_NAME},
}


def issue(number: str = "1") -> Json:
    """An issue as Sentry's API and its webhooks write it."""
    return {
        "id": number,
        "shortId": SHORT_ID,
        "title": _WORDS,
        "culprit": _WORDS,
        "level": "error",
        "status": "unresolved",
        "substatus": "new",
        "statusDetails": {"actor": _PERSON},
        "priority": "high",
        "permalink": f"https://sentry.example.org/organizations/acme/issues/{number}/",
        "web_url": f"https://sentry.example.org/organizations/acme/issues/{number}/",
        "project": {"id": "7", "name": "walked", "slug": "stuf-walked-direct"},
        "metadata": {"type": "KeyError", "value": _WORDS, "filename": FILE_NAME},
        "count": "3",
        "userCount": 1,
        "firstSeen": _AT,
        "lastSeen": _AT,
        "assignedTo": _PERSON,
        "numComments": 1,
        "stats": {"24h": [[hour, 1] for hour in range(24)]},
        "user": _USER,
        "annotations": [TOKEN],
    }


def sentry() -> list[tuple[str, Json]]:
    """Webhooks of Sentry, by their kinds, in the order in which they come."""
    event = _event() | {
        "issue_id": "1",
        "title": _WORDS,
        "message": _WORDS,
        "culprit": _WORDS,
        "url": "https://sentry.example.org/api/0/projects/acme/stuf-walked-direct/events/1/",
        "web_url": "https://sentry.example.org/organizations/acme/issues/1/events/1/",
        "project": 7,
        "datetime": _AT,
        "exception": {"values": [{"type": "KeyError", "value": _WORDS, "stacktrace": {"frames": [_FRAME]}}]},
    }
    comment = {"comment": _WORDS, "comment_id": 5, "issue_id": 1, "project_slug": "stuf-walked-direct"}
    told = [
        ("issue.created", {"issue": issue()}),
        ("event_alert.triggered", {"event": event, "triggered_rule": f"a rule of {MAIL}"}),
        ("issue.assigned", {"issue": issue()}),
        ("comment.created", comment | {"timestamp": _AT}),
    ]
    return [(kind, {"action": kind.partition(".")[2], "data": data, "actor": _PERSON}) for kind, data in told]


def details() -> Json:
    """What the errand that asks Sentry for all of an issue gives, made as the real one makes it."""
    event = IssueEvent.told(_event())
    return {
        "issue": Issue.told(issue()).model_dump(mode="json"),
        "event": event.model_dump(mode="json"),
        "frames": [frame.model_dump(mode="json") for frame in own_frames(event)],
        "events_24h": 24,
        "users_24h": 1,
        "people": {"31": MAIL},
    }


def _event() -> Json:
    values = [{"type": "KeyError", "value": _WORDS, "stacktrace": {"frames": [_FRAME]}}]
    headers = [["Authorization", TOKEN], ["Cookie", WEBHOOK_SECRET], ["X-Forwarded-For", IP]]
    return {
        "eventID": "e1",
        "dateCreated": _AT,
        "release": {"version": "v12"},
        "user": _USER,
        "tags": [
            {"key": "environment", "value": "production"},
            {"key": "user", "value": f"email:{MAIL}"},
            {"key": "user", "value": f"ip:{IP}"},
        ],
        "contexts": {"upload": {"name": FILE_NAME, "secret": STUF_SECRET}},
        "entries": [
            {"type": "exception", "data": {"values": values}},
            {"type": "request", "data": {"headers": headers, "data": FILE_NAME, "env": {"REMOTE_ADDR": IP}}},
            {"type": "breadcrumbs", "data": {"values": [{"message": TOKEN, "data": {"to": PHONE}}]}},
        ],
    }


def pull_request(action: str) -> Json:
    """A `pull_request` of GitHub."""
    person = {"login": "octo", "name": FILE_NAME, "email": MAIL}
    page = f"https://github.com/acme/stuf-walked-direct/pull/{PULL}"
    return {
        "action": action,
        "number": PULL,
        "sender": person,
        "installation": {"id": 1, "access_token": TOKEN},
        "repository": {
            "name": "stuf-walked-direct",
            "full_name": "acme/stuf-walked-direct",
            "html_url": "https://github.com/acme/stuf-walked-direct",
            "owner": person,
            "default_branch": "main",
        },
        "pull_request": {
            "number": PULL,
            "title": f"Write to {MAIL} or {PHONE_TYPED}",
            "html_url": page,
            "state": "open" if action != "closed" else "closed",
            "draft": False,
            "merged": action == "closed",
            "user": person,
            "assignees": [person],
            "requested_reviewers": [person],
            "labels": [{"name": MAIL}],
            "head": {"ref": "for-ana", "sha": "a" * 40, "user": person},
            "base": {"ref": "main", "sha": "b" * 40, "user": person},
            "commits": 2,
            "additions": 10,
            "deletions": 3,
            "changed_files": 2,
            "body": f"She called from {PHONE}.\n\nCo-authored-by: Ana <{MAIL}>",
            "created_at": _AT,
            "updated_at": _AT,
        },
    }
