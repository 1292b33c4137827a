"""Ten thousand deliveries, told apart by their numbers: mostly GitHub's, many of Sentry's, a few of Azure's.

Each is made anew from its number, so that the process that sends them and the one that looks for them
speak of the same.
"""

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SECRETS = {
    "github": "bench secret of github",
    "sentry": "bench secret of sentry",
    "azure": "bench secret of azure",
}
BRANCH = "refs/heads/main"
_REPOSITORIES = 20
_TICKETS = 5
_ISSUES = 50
_RULES = 5
_ALARMS = 500
_OPENED = 500
_NAMESPACE = uuid.UUID("6f1c3c1e-3d62-4b0e-9a55-5d0c2b0f7a11")
_START = 1_893_553_445
# As large as GitHub's own: each of its bodies says all about the repository.
_FILLER = {f"x{number}_url": f"https://api.github.example/repos/acme/x/{'y' * 60}" for number in range(70)}


@dataclass(frozen=True, slots=True)
class Made:
    """A delivery: the source, the path it is sent to, its headers and body, and its key in the inbox."""

    source: str
    path: str
    headers: dict[str, str]
    body: bytes
    key: str


def marker(number: int) -> str:
    """What a push says that no other delivery says."""
    return f"change-{number:05}"


def source(number: int) -> str:
    """Of ten deliveries, seven are GitHub's and three Sentry's; one of 500 is Azure's."""
    if number % _ALARMS == _ALARMS - 1:
        return "azure"
    return "sentry" if number % 10 in {3, 6, 8} else "github"


def is_push(number: int) -> bool:
    """Whether it is a push, whose marker is looked for."""
    return source(number) == "github" and number % 2 == 0


def delivery(number: int) -> Made:
    """The delivery with this number, signed for now."""
    made = {"github": _github, "sentry": _sentry, "azure": _azure}[source(number)]
    return made(number)


def alarm(rule: str, alert: str, *, fires: bool, at: datetime | None = None) -> Made:
    """An alert of Azure."""
    moment = (at or datetime.now(UTC)).isoformat()
    essentials: dict[str, Any] = {
        "alertId": f"/subscriptions/bench/providers/Microsoft.AlertsManagement/alerts/{alert}",
        "originAlertId": alert,
        "alertRule": rule,
        "severity": "Sev1",
        "signalType": "Metric",
        "monitorCondition": "Fired" if fires else "Resolved",
        "monitoringService": "Platform",
        "alertTargetIDs": [f"/subscriptions/bench/resourcegroups/bench/providers/bench/{rule}"],
        "firedDateTime": moment,
        "description": "the bench makes it",
        "essentialsVersion": "1.0",
        "alertContextVersion": "1.0",
        **({} if fires else {"resolvedDateTime": moment}),
    }
    body = {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {"essentials": essentials, "alertContext": {}},
    }
    headers = {"Content-Type": "application/json", "X-STUF-Secret": SECRETS["azure"]}
    # As stuf_bot.web.azure makes it: Azure itself gives no id.
    said = [essentials["alertId"], essentials["monitorCondition"], moment, "" if fires else moment]
    key = f"cloud:delivery:{hashlib.sha256(chr(10).join(said).encode()).hexdigest()}"
    return Made("azure", "/hooks/cloud", headers, json.dumps(body).encode(), key)


def _github(number: int) -> Made:
    name = f"service-{number % _REPOSITORIES}"
    repository = {
        "id": 1,
        "name": name,
        "full_name": f"acme/{name}",
        "html_url": f"https://github.example/acme/{name}",
    }
    sender = {"login": "octo", "id": 1, "type": "User"}
    common: dict[str, Any] = {"repository": repository | _FILLER, "sender": sender}
    if is_push(number):
        kind, body = "push", _push(number, name)
    else:
        kind, body = "issues", _ticket(number, name)
    sent = json.dumps(body | common).encode()
    said = str(uuid.uuid5(_NAMESPACE, str(number)))
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": kind,
        "X-GitHub-Delivery": said,
        "X-Hub-Signature-256": "sha256=" + _signed("github", sent),
    }
    return Made("github", "/hooks/github", headers, sent, f"github:delivery:{said}")


def _push(number: int, name: str) -> dict[str, Any]:
    sha, before = f"{number:040x}", f"{max(0, number - _REPOSITORIES):040x}"
    commit = {
        "id": sha,
        "message": f"{marker(number)}: somebody changed something",
        "timestamp": _moment(number),
        "url": f"https://github.example/acme/{name}/commit/{sha}",
        "author": {"name": "Octo", "username": "octo"},
    }
    return {"ref": BRANCH, "before": before, "after": sha, "commits": [commit], "head_commit": commit}


def _ticket(number: int, name: str) -> dict[str, Any]:
    ticket = number // _REPOSITORIES % _TICKETS + 1
    about = {
        "id": ticket,
        "number": ticket,
        "title": f"Ticket {ticket}",
        "state": "open",
        "html_url": f"https://github.example/acme/{name}/issues/{ticket}",
        "user": {"login": "octo", "id": 1},
        "updated_at": _moment(number),
        "body": "Something is not as it should be. " * 20,
    }
    return {"action": "edited" if number >= _OPENED else "opened", "issue": about}


def _sentry(number: int) -> Made:
    issue = number % _ISSUES
    resolved = number // _ISSUES % 2 == 1
    about = {
        "id": str(1000 + issue),
        "shortId": f"BENCH-{issue}",
        "title": f"ValueError: number {issue}",
        "culprit": "bench.mixed in delivery",
        "level": "error",
        "status": "resolved" if resolved else "unresolved",
        "permalink": f"https://sentry.example/issues/{1000 + issue}/",
        "project": {"id": "1", "slug": "bench"},
        "count": str(number),
        "userCount": 3,
        "firstSeen": _moment(0),
        "lastSeen": _moment(number),
    }
    body = {
        "action": "resolved" if resolved else "unresolved",
        "data": {"issue": about},
        "installation": {"uuid": "bench"},
        "actor": {"type": "user", "id": 1, "name": "Ada"},
    }
    sent = json.dumps(body).encode()
    said = str(uuid.uuid5(_NAMESPACE, str(number)))
    headers = {
        "Content-Type": "application/json",
        "Request-ID": said,
        "Sentry-Hook-Resource": "issue",
        "Sentry-Hook-Timestamp": str(int(time.time())),
        "Sentry-Hook-Signature": _signed("sentry", sent),
    }
    return Made("sentry", "/hooks/sentry", headers, sent, f"sentry:delivery:{said}")


def _azure(number: int) -> Made:
    rule, turn = number // _ALARMS % _RULES, number // _ALARMS // _RULES
    at = datetime.fromtimestamp(_START + number, UTC)
    return alarm(f"bench-rule-{rule}", f"bench-{rule}-{turn // 2}", fires=turn % 2 == 0, at=at)


def _signed(whose: str, body: bytes) -> str:
    return hmac.new(SECRETS[whose].encode(), body, "sha256").hexdigest()


def _moment(number: int) -> str:
    return datetime.fromtimestamp(_START + number, UTC).isoformat()
