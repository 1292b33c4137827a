"""What people and integrations change of an issue: status, assignee, priority, comments."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

from sandbox.sentry import lifecycle, records, shapes
from sandbox.sentry.calls import ApiError, invalid
from sandbox.sentry.realm import Realm

_ARCHIVED: Final = {"archived_until_escalating", "archived_until_condition_met", "archived_forever"}
_NUMBERS: Final = ("ignoreDuration", "ignoreCount", "ignoreWindow", "ignoreUserCount", "ignoreUserWindow")
_SAME_COMMENT_SECONDS: Final = 3600.0
_STATUSES: Final = {*get_args(records.Status), "resolvedInNextRelease"}
_SUBSTATUSES: Final = {"new", "ongoing", "regressed", "escalating", *_ARCHIVED}


@dataclass(frozen=True)
class _Target:
    """A status to be set; `details` as they are shown, `fixed_from` as in the record of an issue."""

    status: records.Status
    substatus: str | None
    details: dict[str, Any] = field(default_factory=dict)
    fixed_from: int | None = None


def update(realm: Realm, issue: records.Issue, body: dict[str, Any], user: records.User) -> records.Issue:
    """Change an issue as a PUT asks for. Raises ApiError, and then nothing is changed."""
    with realm.lock:
        issue = lifecycle.age(realm, realm.issues[issue.id])
        _check(body)
        assignee = _assignee(realm, issue, body["assignedTo"]) if "assignedTo" in body else issue.assignee
        target = _target(realm, issue, body)
        if target is not None:
            issue = _set_status(realm, issue, target, user)
        priority = body.get("priority")
        if priority is not None and priority != issue.priority:
            issue = realm.issues.change(issue.id, priority=priority, priority_locked=True)
            realm.note(issue.id, "set_priority", user.id, priority=priority)
        if assignee != issue.assignee:
            issue = _assign(realm, issue, assignee, user)
        if body.get("hasSeen") and user.id not in issue.seen_by:
            issue = realm.issues.change(issue.id, seen_by=(*issue.seen_by, user.id))
        return issue


def comment(realm: Realm, issue: records.Issue, body: dict[str, Any], user: records.User) -> records.Activity:
    """Add a comment. Raises ApiError: 400 without a text, or for one that was posted within the hour."""
    text = _text(body)
    with realm.lock:
        since = realm.clock() - _SAME_COMMENT_SECONDS
        for row in realm.activities.where(issue=issue.id, kind="note", user=user.id):
            if row.data.get("text") == text and row.created_at >= since:
                raise ApiError(400, "You have already posted that comment.")
        made = realm.note(issue.id, "note", user.id, text=text)
        realm.issues.change(issue.id, comments=realm.issues[issue.id].comments + 1)
        _tell_comment(realm, issue, made, "created", user)
    return made


def edit_comment(
    realm: Realm, issue: records.Issue, made: records.Activity, body: dict[str, Any], user: records.User
) -> records.Activity:
    """Change the text of a comment. Raises ApiError: 403 for somebody else's."""
    text = _text(body)
    _own(made, user)
    with realm.lock:
        changed = realm.activities.change(made.id, data={**made.data, "text": text})
        _tell_comment(realm, issue, changed, "updated", user)
    return changed


def remove_comment(realm: Realm, issue: records.Issue, made: records.Activity, user: records.User) -> None:
    """Delete a comment. Raises ApiError: 403 for somebody else's."""
    _own(made, user)
    with realm.lock:
        realm.activities.remove(made.id)
        realm.issues.change(issue.id, comments=max(0, realm.issues[issue.id].comments - 1))
        _tell_comment(realm, issue, made, "deleted", user)


def _text(body: dict[str, Any]) -> str:
    text = body.get("text")
    if text is None:
        raise invalid("text", "This field is required.")
    if not isinstance(text, str) or not text.strip():
        raise invalid("text", "This field may not be blank.")
    return text


def _own(made: records.Activity, user: records.User) -> None:
    if made.user != user.id:
        raise ApiError(403, "You do not have permission to perform this action.")


def _tell_comment(
    realm: Realm, issue: records.Issue, made: records.Activity, action: str, user: records.User
) -> None:
    project = realm.projects[issue.project]
    data = {
        "comment_id": made.id,
        "issue_id": issue.id,
        "project_slug": project.slug,
        "timestamp": shapes.moment(realm.clock()),
        "comment": made.data["text"],
    }
    realm.post.send(project.organization, user, f"comment.{action}", data)


def _assignee(realm: Realm, issue: records.Issue, given: Any) -> str | None:
    """`user:1` or `team:2` for any of the forms that Sentry takes. Raises 400."""
    text = str(given or "").strip()
    if not text:
        return None
    organization = realm.projects[issue.project].organization
    kind, _, name = text.rpartition(":")
    if kind == "team" or text.startswith("#"):
        team = realm.team(organization, name.removeprefix("#"))
        if team is not None:
            return f"team:{team.id}"
    elif kind in {"", "user"}:
        person = realm.users.find(
            lambda row: (
                row.organization == organization
                and not row.app
                and name.lower() in {str(row.id), row.username.lower(), row.email.lower()}
            )
        )
        if person is not None:
            return f"user:{person.id}"
    raise invalid("assignedTo", "Unknown actor input")


def _assign(realm: Realm, issue: records.Issue, assignee: str | None, user: records.User) -> records.Issue:
    changed = realm.issues.change(
        issue.id, assignee=assignee, assigned_at=realm.clock() if assignee else None
    )
    if assignee is None:
        # Sentry tells integrations of nobody's being taken off.
        realm.note(issue.id, "unassigned", user.id)
        return changed
    kind, _, number = assignee.partition(":")
    who = shapes.actor(realm, assignee) or {}
    realm.note(
        issue.id, "assigned", user.id, assignee=number, assigneeType=kind, assigneeEmail=who.get("email")
    )
    lifecycle.tell(realm, changed, "assigned", user)
    return changed


def _resolution(
    realm: Realm, issue: records.Issue, status: str, details: dict[str, Any]
) -> tuple[int | None, dict[str, Any]]:
    """From which release on an error counts again, and what is shown of it. Raises 400."""
    releases = [row for row in realm.releases if issue.project in row.projects]
    if status == "resolvedInNextRelease" or details.get("inNextRelease"):
        newest = max((row.id for row in releases), default=None)
        return (None if newest is None else newest + 1), {"inNextRelease": True}
    version = details.get("inRelease")
    if version is None:
        return None, {"inCommit": details["inCommit"]} if details.get("inCommit") else {}
    if version == "latest" and releases:
        found: records.Release | None = max(releases, key=lambda row: row.id)
    else:
        found = next((row for row in releases if row.version == version), None)
    if found is None:
        raise ApiError(
            400, {"statusDetails": {"inRelease": ["Unable to find a release with the given version."]}}
        )
    return found.id, {"inRelease": found.version}


def _archive(realm: Realm, details: dict[str, Any]) -> dict[str, Any]:
    """Until when something is archived, as it is shown. Raises 400."""
    shown: dict[str, Any] = {}
    for name in _NUMBERS:
        given = details.get(name)
        if given is None:
            continue
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise ApiError(400, {"statusDetails": {name: ["A valid integer is required."]}})
        shown[name] = given
    if minutes := shown.pop("ignoreDuration", None):
        now = datetime.fromtimestamp(realm.clock(), UTC)
        shown["ignoreUntil"] = shapes.moment((now + timedelta(minutes=minutes)).timestamp())
    return shown


def _check(body: dict[str, Any]) -> None:
    """Raises 400 for a word that Sentry does not know."""
    choices = {"status": _STATUSES, "substatus": _SUBSTATUSES, "priority": set(get_args(records.Priority))}
    for name, known in choices.items():
        given = body.get(name)
        if given is not None and given not in known:
            raise invalid(name, f'"{given}" is not a valid choice.')
    if not isinstance(body.get("statusDetails") or {}, dict):
        raise invalid("statusDetails", "Invalid data. Expected a dictionary.")


def _target(realm: Realm, issue: records.Issue, body: dict[str, Any]) -> _Target | None:
    """The status that is asked for; None for none. Raises 400."""
    status, substatus = body.get("status"), body.get("substatus")
    details = body.get("statusDetails") or {}
    match status:
        case None:
            return None
        case "unresolved":
            return _Target("unresolved", substatus)
        case "ignored":
            shown = _archive(realm, details)
            archived = substatus if substatus in _ARCHIVED else "archived_until_escalating"
            return _Target("ignored", "archived_until_condition_met" if shown else archived, shown)
        case _:
            fixed_from, shown = _resolution(realm, issue, status, details)
            return _Target("resolved", None, shown, fixed_from)


def _set_status(realm: Realm, issue: records.Issue, target: _Target, user: records.User) -> records.Issue:
    if target.status == "unresolved":
        if issue.status != "unresolved":
            return lifecycle.reopen(realm, issue, target.substatus or "ongoing", "set_unresolved", user)
        return realm.issues.change(issue.id, substatus=target.substatus or issue.substatus)
    shown = target.details
    kept = {name: value for name, value in issue.details.items() if name != "actor"}
    if (issue.status, issue.substatus, kept) == (target.status, target.substatus, shown):
        return issue
    changed = realm.issues.change(
        issue.id,
        status=target.status,
        substatus=target.substatus,
        details={**shown, "actor": shapes.user(user)} if shown else {},
        fixed_from=target.fixed_from,
        since=issue.count,
        changed_at=realm.clock(),
    )
    if target.status == "ignored":
        realm.note(issue.id, "set_ignored", user.id, **shown)
        lifecycle.tell(realm, changed, "archived", user)
        # Under its older name Sentry tells of the same act a second time.
        lifecycle.tell(realm, changed, "ignored", user)
        return changed
    how = (
        "in_next_release" if shown.get("inNextRelease") else "in_release" if shown.get("inRelease") else "now"
    )
    kind = "set_resolved" if how == "now" else "set_resolved_in_release"
    realm.note(issue.id, kind, user.id, version=shown.get("inRelease", ""))
    lifecycle.tell(realm, changed, "resolved", user, resolution_type=how)
    return changed
