"""A small Sentry: issues that change by people, by events and by the bot, and tell of it by webhooks."""

import copy
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from provisioning.sentry.errands import own_frames
from provisioning.sentry.models import Comment, Issue, IssueEvent
from stuf_bot.errands import ErrandRefused

Json = dict[str, Any]
APP = "app-1"
BOT = {"type": "application", "id": APP, "name": "STUF Bot"}
SENTRY = {"type": "application", "id": "sentry", "name": "Sentry"}
USERS = {"31": "colleen", "32": "tess"}
NAMES = {"31": "Colleen C.", "32": "Tess T."}
COLLEEN = {"type": "user", "id": 31, "name": "colleen"}
PROJECT = {"id": "7", "name": "stuf-acme-audit", "slug": "stuf-acme-audit"}
LINK = "https://sentry.example.org/organizations/acme/issues"
FRAME = {
    "filename": "stuf_api/uploads.py",
    "function": "complete",
    "module": "stuf_api.uploads",
    "lineNo": 41,
    "context": [[40, "    # checked"], [41, "    journal.write(upload)"]],
    "inApp": True,
    "vars": {"email": "'ana@example.org'"},
}


@dataclass
class Webhook:
    """A webhook that is on its way."""

    kind: str
    body: Json
    id: str


@dataclass
class LittleSentry:
    """One project. `sent` are the webhooks, in the order in which Sentry sent them."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    issues: dict[str, Json] = field(default_factory=dict)
    comments: dict[str, list[Json]] = field(default_factory=dict)
    sent: list[Webhook] = field(default_factory=list)
    looked: datetime | None = None
    away: bool = False
    refuses: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    # What happens there

    def raises(self, issue: str, title: str = "KeyError: 'size'", **more: Any) -> None:
        """An event: a new issue, one that was resolved and is back, or one more."""
        at = self.now.isoformat()
        if issue not in self.issues:
            self.issues[issue] = self._new(issue, title) | more
            self.comments[issue] = []
            self._tell("created", issue, SENTRY)
            return
        known = self.issues[issue]
        known["count"] = str(int(known["count"]) + 1)
        known["lastSeen"] = at
        known["stats"]["24h"][-1][1] += 1
        if known["status"] == "resolved":
            known.update(status="unresolved", substatus="regressed", statusDetails={})
            self._tell("unresolved", issue, SENTRY)

    def escalates(self, issue: str) -> None:
        """It happens much more often."""
        self.raises(issue)
        self.issues[issue].update(status="unresolved", substatus="escalating", statusDetails={})
        self._tell("unresolved", issue, SENTRY)

    def changed(self, issue: str, change: Json, actor: Json) -> None:
        """Somebody changes it."""
        known = self.issues[issue]
        if "status" in change:
            known["status"] = change["status"]
            known["statusDetails"] = change.get("statusDetails", {})
            known["substatus"] = change.get("substatus") or (
                "ongoing" if change["status"] == "unresolved" else None
            )
            action = {"resolved": "resolved", "ignored": "archived"}.get(change["status"], "unresolved")
            self._tell(action, issue, actor)
        if "assignedTo" in change:
            kind, _, name = change["assignedTo"].partition(":")
            number = {username: each for each, username in USERS.items()}.get(name, name)
            shown = name if kind == "team" else NAMES.get(number, "")
            to = {
                "type": "team" if kind == "team" else "user",
                "id": number,
                "name": shown,
                "email": "x@example.org",
            }
            known["assignedTo"] = to if change["assignedTo"] else None
            self._tell("assigned", issue, actor)
        if "priority" in change:
            known["priority"] = change["priority"]

    def says(self, issue: str, text: str, actor: Json) -> str:
        """Somebody comments."""
        number = str(next(self._numbers))
        self.comments[issue].append({"id": number, "text": text, "by": actor["id"]})
        data = {
            "comment": text,
            "project_slug": PROJECT["slug"],
            "comment_id": int(number),
            "issue_id": int(issue),
        }
        self._send("comment.created", data | {"timestamp": self.now.isoformat()}, actor)
        return number

    def deletes(self, issue: str) -> None:
        """It is gone."""
        del self.issues[issue], self.comments[issue]

    # What the bot asks

    def runs(self, kind: str, payload: Json) -> Json:
        """An errand, with the results of the real ones."""
        if self.away:
            raise ConnectionError("Sentry is away")
        if self.refuses and kind in {"sentry.update", "sentry.comment"}:
            raise ErrandRefused("sentry-forbidden", self.refuses)
        if kind == "sentry.reconcile":
            return self._look()
        issue = str(payload["issue"])
        if issue not in self.issues:
            raise ErrandRefused("sentry-not-found", "Sentry does not know this issue.")
        if kind == "sentry.update":
            self.changed(issue, payload["change"], BOT)
            return {"issue": self._json(issue)}
        if kind == "sentry.comment":
            twice = [one for one in self.comments[issue] if one["text"] == payload["text"]]
            number = twice[0]["id"] if twice else self.says(issue, payload["text"], BOT)
            return {"issue": issue, "comment": number, "at": self.now.isoformat()}
        if kind == "sentry.comments":
            return {
                "issue": issue,
                "comments": [self._comment(one) for one in reversed(self.comments[issue])],
            }
        return self._details(issue, str(payload.get("user") or ""))

    def _details(self, issue: str, user: str) -> Json:
        assigned = self.issues[issue]["assignedTo"]
        people = {user, assigned["id"] if assigned else ""} & USERS.keys()
        event = IssueEvent.told(
            {
                "eventID": "e1",
                "dateCreated": self.now.isoformat(),
                "release": {"version": "v12"},
                "tags": [
                    {"key": "environment", "value": "production"},
                    {"key": "user", "value": "ip:203.0.113.9"},
                ],
                "entries": [
                    {
                        "type": "exception",
                        "data": {
                            "values": [{"type": "KeyError", "value": "x", "stacktrace": {"frames": [FRAME]}}]
                        },
                    }
                ],
            }
        )
        return {
            "issue": self._json(issue),
            "event": event.model_dump(mode="json"),
            "frames": [frame.model_dump(mode="json") for frame in own_frames(event)],
            "events_24h": sum(pair[1] for pair in self.issues[issue]["stats"]["24h"]),
            "users_24h": self.issues[issue]["userCount"],
            "people": {number: USERS[number] for number in people},
        }

    def _look(self) -> Json:
        since = (self.looked or self.now - timedelta(days=1)) - timedelta(minutes=5)
        self.looked = self.now
        recent = [
            each for each, one in self.issues.items() if datetime.fromisoformat(one["lastSeen"]) >= since
        ]
        return {
            "since": since.isoformat(),
            "until": self.now.isoformat(),
            "changed": [self._json(each) for each in recent],
            "unresolved": [each for each, one in self.issues.items() if one["status"] == "unresolved"],
            "complete": True,
        }

    # Inside

    def _new(self, issue: str, title: str) -> Json:
        at = self.now.isoformat()
        return {
            "id": issue,
            "shortId": f"STUF-ACME-AUDIT-{issue}F",
            "title": title,
            "culprit": "stuf_api.uploads in complete",
            "level": "error",
            "status": "unresolved",
            "substatus": "new",
            "statusDetails": {},
            "priority": "medium",
            "permalink": f"{LINK}/{issue}/",
            "project": PROJECT,
            "metadata": {"type": "KeyError"},
            "count": "1",
            "userCount": 1,
            "firstSeen": at,
            "lastSeen": at,
            "assignedTo": None,
            "numComments": 0,
            "stats": {"24h": [[hour, 0] for hour in range(23)] + [[23, 1]]},
        }

    def _json(self, issue: str) -> Json:
        counted = {"numComments": len(self.comments[issue])}
        return Issue.told(self.issues[issue] | counted).model_dump(mode="json")

    def _comment(self, one: Json) -> Json:
        body = {"id": one["id"], "data": {"text": one["text"]}, "user": {"id": one["by"]}}
        return Comment.told(body).model_dump(mode="json")

    def _tell(self, action: str, issue: str, actor: Json) -> None:
        told = copy.deepcopy(self.issues[issue])
        del told["stats"]
        self._send(f"issue.{action}", {"issue": told | {"web_url": told["permalink"]}}, actor)

    def _send(self, kind: str, data: Json, actor: Json) -> None:
        body = {"action": kind.partition(".")[2], "installation": {"uuid": "i"}, "data": data, "actor": actor}
        self.sent.append(Webhook(kind, body, f"webhook-{next(self._numbers)}"))
