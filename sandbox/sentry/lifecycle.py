"""The life of an issue: events come, people decide, time passes; and who is told of it.

Sentry's own forecasts are more refined. Here an issue that was archived until it escalates does so when one hour
has more than ten events, and twice as many as the busiest hour of the day before it was archived.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.sentry import events, grouping, records, shapes
from sandbox.sentry.occurrences import Occurrence
from sandbox.sentry.realm import Realm

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_MINUTE: Final = 60.0
_ONGOING_AFTER: Final = 7 * _DAY
_ESCALATION_FLOOR: Final = 10
_ESCALATION_FACTOR: Final = 2
_PASSING: Final = {"new", "regressed", "escalating"}


@dataclass(frozen=True)
class Arrival:
    """An event that was taken: what it made of its issue."""

    issue: records.Issue
    event: dict[str, Any]
    is_new: bool = False
    regressed: bool = False
    reappeared: bool = False


def arrive(realm: Realm, project: records.Project, event: dict[str, Any], at: float) -> Arrival | None:
    """Take an error event; None when it was taken before."""
    with realm.lock:
        if realm.occurrences.seen(project.id, event["event_id"]):
            return None
        found = grouping.group(event)
        release = _release(realm, project, event, at)
        issue = realm.issues.find(lambda row: row.project == project.id and row.grouping == found.digest)
        is_new = issue is None
        if issue is None:
            issue = _create(realm, project, found, event, at)
        _count(realm, project, issue, event, at)
        issue = realm.issues.change(
            issue.id,
            count=issue.count + 1,
            level=event["level"],
            title=found.title,
            metadata=found.metadata,
            first_seen=min(issue.first_seen, at),
            last_seen=max(issue.last_seen, at),
            first_release=issue.first_release if issue.count else release and release.version,
            last_release=release.version if release else issue.last_release,
        )
        realm.post.send(
            project.organization, None, "error.created", {"error": events.told(realm, issue, event)}
        )
        if is_new:
            realm.note(issue.id, "first_seen", None, priority=issue.priority)
            tell(realm, issue, "created", None)
            return Arrival(issue, event, is_new=True)
        before = issue.status
        issue = _react(realm, age(realm, issue), release, at)
        changed = before != issue.status
        return Arrival(
            issue,
            event,
            regressed=changed and issue.substatus == "regressed",
            reappeared=changed and issue.substatus == "escalating",
        )


def age(realm: Realm, issue: records.Issue) -> records.Issue:
    """The issue as it is by now: what was new is ongoing after a week, an archive for a time ends."""
    now = realm.clock()
    with realm.lock:
        if issue.status == "unresolved" and issue.substatus in _PASSING:
            if now - issue.changed_at < _ONGOING_AFTER:
                return issue
            realm.note(issue.id, "auto_set_ongoing", None, after_days=7)
            return realm.issues.change(issue.id, substatus="ongoing", changed_at=now)
        until = issue.details.get("ignoreUntil") if issue.status == "ignored" else None
        if until and now >= datetime.fromisoformat(until).timestamp():
            return reopen(realm, issue, "ongoing", "set_unresolved", None)
    return issue


def reopen(
    realm: Realm, issue: records.Issue, substatus: str, kind: str, user: records.User | None, **data: Any
) -> records.Issue:
    """Unresolve an issue, and tell of it."""
    changed = realm.issues.change(
        issue.id,
        status="unresolved",
        substatus=substatus,
        details={},
        fixed_from=None,
        since=issue.count,
        changed_at=realm.clock(),
    )
    realm.note(issue.id, kind, user.id if user else None, **data)
    tell(realm, changed, "unresolved", user)
    return changed


def tell(realm: Realm, issue: records.Issue, action: str, user: records.User | None, **more: Any) -> None:
    """Send the webhook of what happened to an issue."""
    organization = realm.projects[issue.project].organization
    realm.post.send(organization, user, f"issue.{action}", {**more, "issue": shapes.told_issue(realm, issue)})


def _create(
    realm: Realm, project: records.Project, found: grouping.Group, event: dict[str, Any], at: float
) -> records.Issue:
    number = realm.projects[project.id].issues + 1
    realm.projects.change(project.id, issues=number, first_event=project.first_event or at)
    return realm.issues.add(
        project=project.id,
        number=number,
        grouping=found.digest,
        type=found.type,
        title=found.title,
        culprit=found.culprit,
        level=event["level"],
        logger=event.get("logger") or None,
        platform=str(event.get("platform") or "other"),
        metadata=found.metadata,
        priority=grouping.priority(event["level"]),
        first_seen=at,
        last_seen=at,
        changed_at=realm.clock(),
    )


def _count(
    realm: Realm, project: records.Project, issue: records.Issue, event: dict[str, Any], at: float
) -> None:
    realm.occurrences.add(
        Occurrence(
            project=project.id,
            issue=issue.id,
            at=at,
            level=event["level"],
            environment=event["environment"],
            release=event.get("release"),
            place=str(event.get("transaction") or ""),
            person=shapes.person_key(event),
        )
    )
    realm.occurrences.keep(project.id, issue.id, at, event)


def _release(
    realm: Realm, project: records.Project, event: dict[str, Any], at: float
) -> records.Release | None:
    """The release of the event, made known by it if need be."""
    version = event.get("release")
    if not version:
        return None
    known = realm.releases.find(
        lambda row: row.organization == project.organization and row.version == version
    )
    if known is None:
        return realm.releases.add(
            organization=project.organization,
            version=version,
            projects=(project.id,),
            last_event=at,
            created_at=at,
        )
    projects = known.projects if project.id in known.projects else (*known.projects, project.id)
    return realm.releases.change(known.id, last_event=max(at, known.last_event), projects=projects)


def _react(realm: Realm, issue: records.Issue, release: records.Release | None, at: float) -> records.Issue:
    """What one more event makes of an issue that was resolved or archived."""
    if issue.status == "resolved":
        if issue.fixed_from is not None and (release is None or release.id < issue.fixed_from):
            return issue
        version = release.version if release else ""
        return reopen(realm, issue, "regressed", "set_regression", None, version=version)
    if issue.status == "ignored" and _breaks_out(realm, issue, at):
        return reopen(realm, issue, "escalating", "set_escalating", None)
    return issue


def _breaks_out(realm: Realm, issue: records.Issue, at: float) -> bool:
    """Whether an archived issue has become so frequent that it is one to look at again."""
    known, start = realm.occurrences, issue.changed_at
    if issue.substatus == "archived_until_escalating":
        most_before = max(number for _, number in known.hours(issue.id, start))
        recent = known.count(issue.id, max(at - _HOUR, start))
        return recent > max(_ESCALATION_FLOOR, _ESCALATION_FACTOR * most_before)
    limits = {
        name: int(value)
        for name, value in issue.details.items()
        if name.startswith("ignore") and name != "ignoreUntil"
    }
    if "ignoreCount" in limits:
        if "ignoreWindow" not in limits:
            return issue.count - issue.since >= limits["ignoreCount"]
        since = max(at - limits["ignoreWindow"] * _MINUTE, start)
        return known.count(issue.id, since) >= limits["ignoreCount"]
    if "ignoreUserCount" in limits:
        window = limits.get("ignoreUserWindow")
        since = start if window is None else max(at - window * _MINUTE, start)
        return known.people_since(issue.id, since) >= limits["ignoreUserCount"]
    return False
