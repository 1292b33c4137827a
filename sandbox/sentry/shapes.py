"""How organizations, projects, people and issues look in answers and webhooks."""

from datetime import UTC, datetime
from typing import Any

from sandbox.sentry import records
from sandbox.sentry.realm import Realm

_GRAVATAR = {"avatarType": "letter_avatar", "avatarUuid": None, "avatarUrl": None}


def moment(seconds: float | None) -> str | None:
    """Unix seconds as Sentry writes times; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def organization(row: records.Organization) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": {"id": "active", "name": "active"},
        "dateCreated": moment(row.created_at),
        "avatar": _GRAVATAR,
        "features": [],
        "links": {},
    }


def user(row: records.User) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "username": row.username,
        "email": row.email,
        "avatarUrl": "",
        "avatar": _GRAVATAR,
        "isActive": True,
        "dateJoined": moment(row.created_at),
    }


def member(realm: Realm, row: records.User) -> dict[str, Any]:
    """A member of the organization; `id` is the membership's, `user.id` the person's."""
    teams = [team.slug for team in realm.teams if row.id in team.members]
    return {
        "id": f"{row.id}9",
        "email": row.email,
        "name": row.name,
        "user": user(row),
        "orgRole": row.role,
        "role": row.role,
        "pending": False,
        "expired": False,
        "flags": {},
        "dateCreated": moment(row.created_at),
        "inviteStatus": "approved",
        "teams": teams,
    }


def team(realm: Realm, row: records.Team) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "dateCreated": moment(row.created_at),
        "isMember": True,
        "memberCount": len(row.members),
        "avatar": _GRAVATAR,
        "projects": [project(realm, one) for one in realm.projects if row.id in one.teams],
    }


def short_project(row: records.Project) -> dict[str, Any]:
    """A project as it stands inside other answers."""
    return {"id": str(row.id), "name": row.name, "slug": row.slug, "platform": row.platform}


def project(realm: Realm, row: records.Project) -> dict[str, Any]:
    owners = [realm.teams[number] for number in row.teams]
    teams = [{"id": str(one.id), "slug": one.slug, "name": one.name} for one in owners]
    return {
        **short_project(row),
        "dateCreated": moment(row.created_at),
        "firstEvent": moment(row.first_event),
        "isMember": True,
        "hasAccess": True,
        "isPublic": False,
        "isInternal": False,
        "isBookmarked": False,
        "status": "active",
        "features": [],
        "avatar": _GRAVATAR,
        "team": teams[0] if teams else None,
        "teams": teams,
        "organization": organization(realm.organizations[row.organization]),
    }


def key(realm: Realm, row: records.Key) -> dict[str, Any]:
    """A client key with its DSN."""
    scheme, _, host = realm.url.partition("://")
    public = f"{scheme}://{row.public}@{host}/{row.project}"
    return {
        "id": row.public,
        "name": row.name,
        "label": row.name,
        "public": row.public,
        "secret": row.secret,
        "projectId": row.project,
        "isActive": row.active,
        "rateLimit": {"window": row.limit[0], "count": row.limit[1]} if row.limit else None,
        "dsn": {
            "public": public,
            "secret": f"{scheme}://{row.public}:{row.secret}@{host}/{row.project}",
            "csp": f"{realm.url}/api/{row.project}/csp-report/?sentry_key={row.public}",
        },
        "dateCreated": moment(row.created_at),
    }


def actor(realm: Realm, name: str | None) -> dict[str, Any] | None:
    """Whom something is assigned to: `user:1` or `team:2`; None for nobody."""
    kind, _, number = (name or "").partition(":")
    if kind == "user" and (person := realm.users.get(int(number))):
        return {"type": "user", "id": number, "name": person.name, "email": person.email}
    if kind == "team" and (group := realm.teams.get(int(number))):
        return {"type": "team", "id": number, "name": group.slug}
    return None


def issue(realm: Realm, row: records.Issue) -> dict[str, Any]:
    """An issue as webhooks have it, and as lists have it but for its counts by the hour."""
    place = realm.projects[row.project]
    return {
        "id": str(row.id),
        "shareId": None,
        "shortId": realm.short_id(row),
        "title": row.title,
        "culprit": row.culprit,
        "permalink": realm.address(row),
        "logger": row.logger,
        "level": row.level,
        "status": row.status,
        "statusDetails": row.details,
        "substatus": row.substatus,
        "isPublic": False,
        "platform": row.platform,
        "project": short_project(place),
        "type": row.type,
        "metadata": row.metadata,
        "numComments": row.comments,
        "assignedTo": actor(realm, row.assignee),
        "isBookmarked": False,
        "isSubscribed": False,
        "subscriptionDetails": None,
        "hasSeen": False,
        "annotations": [],
        "issueType": "metric_issue" if row.type == "metric_issue" else "error",
        "issueCategory": "metric" if row.type == "metric_issue" else "error",
        "priority": row.priority,
        "priorityLockedAt": moment(row.changed_at) if row.priority_locked else None,
        "isUnhandled": bool(row.metadata.get("unhandled")),
        "count": str(row.count),
        "userCount": realm.occurrences.people(row.id),
        "firstSeen": moment(row.first_seen),
        "lastSeen": moment(row.last_seen),
    }


def told_issue(realm: Realm, row: records.Issue) -> dict[str, Any]:
    """An issue in a webhook."""
    slug = realm.organizations[realm.projects[row.project].organization].slug
    return {
        "url": f"{realm.url}/api/0/organizations/{slug}/issues/{row.id}/",
        "web_url": realm.address(row),
        "project_url": f"{realm.url}/organizations/{slug}/issues/?project={row.project}",
        **issue(realm, row),
    }


def activity(realm: Realm, row: records.Activity) -> dict[str, Any]:
    """One thing that was done; a comment is one of the type `note`."""
    person = realm.users.get(row.user) if row.user else None
    app = realm.integrations.find(lambda one: one.user == row.user) if row.user else None
    return {
        "id": str(row.id),
        "user": user(person) if person else None,
        "sentry_app": {"id": str(app.id), "slug": app.slug, "name": app.name} if app else None,
        "type": row.kind,
        "data": row.data,
        "dateCreated": moment(row.created_at),
    }


def release(realm: Realm, row: records.Release) -> dict[str, Any]:
    known = [one for number in row.projects if (one := realm.projects.get(number))]
    issues = [one for one in realm.issues if one.first_release == row.version and one.project in row.projects]
    return {
        "id": row.id,
        "version": row.version,
        "shortVersion": row.version.rpartition("@")[2],
        "status": "open",
        "ref": None,
        "url": None,
        "dateReleased": None,
        "dateCreated": moment(row.created_at),
        "firstEvent": moment(row.created_at),
        "lastEvent": moment(row.last_event),
        "newGroups": len(issues),
        "commitCount": 0,
        "deployCount": 0,
        "data": {},
        "authors": [],
        "owner": None,
        "lastCommit": None,
        "lastDeploy": None,
        "projects": [short_project(one) for one in known],
    }


def person_key(event: dict[str, Any]) -> str | None:
    """By what Sentry tells users apart: `id:7`; None for an event without one."""
    given = event.get("user")
    if not isinstance(given, dict):
        return None
    for name, prefix in (("id", "id"), ("email", "email"), ("username", "username"), ("ip_address", "ip")):
        if given.get(name):
            return f"{prefix}:{given[name]}"
    return None


def tags(event: dict[str, Any]) -> list[tuple[str, str]]:
    """The tags of an event, with those that Sentry makes of its other fields, by name."""
    given = event.get("tags")
    found = dict(given) if isinstance(given, dict | list) else {}
    found |= {
        name: event.get(name) for name in ("level", "environment", "release", "transaction", "server_name")
    }
    found["user"] = person_key(event)
    return sorted((str(key), str(value)) for key, value in found.items() if value not in {None, ""})
