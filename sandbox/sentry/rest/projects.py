"""Projects and the keys of their DSNs."""

import re
import secrets
from typing import Any, Final

from sandbox.sentry import records, shapes
from sandbox.sentry.calls import Answer, Api, ApiError, Call, invalid, not_found
from sandbox.sentry.realm import Realm
from sandbox.sentry.rest.organizations import team_of

API = Api()
_SLUG: Final = re.compile(r"(?![0-9]+$)[a-z0-9_-]{1,100}")
_MOST_NAME: Final = 50


@API("GET", "/organizations/{org}/projects/")
def listing(call: Call) -> Answer:
    organization = call.organization("project:read")
    rows = call.realm.projects.where(organization=organization.id)
    text = call.query.get("query", "")
    rows = [row for row in rows if text in f"{row.slug} {row.name}"]
    return call.page(rows, lambda row: shapes.project(call.realm, row))


@API("GET", "/teams/{org}/{team}/projects/")
def of_team(call: Call) -> Answer:
    team = team_of(call, "project:read")
    rows = [row for row in call.realm.projects if team.id in row.teams]
    return call.page(rows, lambda row: shapes.project(call.realm, row))


@API("POST", "/teams/{org}/{team}/projects/")
def create(call: Call) -> Answer:
    call.need("project:write")
    team = team_of(call, "team:read")
    name = call.body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "This field is required.")
    if len(name) > _MOST_NAME:
        raise invalid("name", f"Ensure this field has no more than {_MOST_NAME} characters.")
    slug = call.body.get("slug") or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise invalid(
            "slug",
            "Enter a valid slug consisting of lowercase letters, numbers, underscores or hyphens. "
            "It cannot be entirely numeric.",
        )
    platform = call.body.get("platform")
    if platform is not None and not isinstance(platform, str):
        raise invalid("platform", "Invalid platform")
    with call.realm.lock:
        if call.realm.project(team.organization, slug):
            raise ApiError(409, "A project with this slug already exists.")
        made = new_project(call.realm, team, name, slug, platform)
        if call.body.get("default_rules", True) is not False:
            _default_alert(call.realm, made)
    return Answer(201, shapes.project(call.realm, made))


@API("GET", "/projects/{org}/{project}/")
def read(call: Call) -> dict[str, Any]:
    return shapes.project(call.realm, call.project("project:read"))


@API("PUT", "/projects/{org}/{project}/")
def change(call: Call) -> dict[str, Any]:
    row = call.project("project:write")
    fields = {name: call.body[name] for name in ("name", "platform") if isinstance(call.body.get(name), str)}
    return shapes.project(call.realm, call.realm.projects.change(row.id, **fields))


@API("DELETE", "/projects/{org}/{project}/")
def delete(call: Call) -> None:
    row = call.project("project:admin")
    realm = call.realm
    with realm.lock:
        gone = {detector.id for detector in realm.detectors.where(project=row.id)}
        for workflow in list(realm.workflows):
            if gone & set(workflow.detectors):
                left = tuple(number for number in workflow.detectors if number not in gone)
                realm.workflows.change(workflow.id, detectors=left)
        for issue in realm.issues.where(project=row.id):
            for one in realm.activities.where(issue=issue.id):
                realm.activities.remove(one.id)
            realm.issues.remove(issue.id)
        for key in realm.keys.where(project=row.id):
            realm.keys.remove(key.id)
        for number in gone:
            realm.detectors.remove(number)
        realm.occurrences.remove(row.id)
        realm.projects.remove(row.id)


@API("GET", "/projects/{org}/{project}/keys/")
def keys(call: Call) -> Answer:
    row = call.project("project:read")
    return call.page(call.realm.keys.where(project=row.id), lambda key: shapes.key(call.realm, key))


@API("POST", "/projects/{org}/{project}/keys/")
def create_key(call: Call) -> Answer:
    row = call.project("project:write")
    made = new_key(call.realm, row, str(call.body.get("name") or "Default"), _limit(call.body))
    return Answer(201, shapes.key(call.realm, made))


@API("GET", "/projects/{org}/{project}/keys/{key}/")
def key(call: Call) -> dict[str, Any]:
    return shapes.key(call.realm, _key(call, "project:read"))


@API("PUT", "/projects/{org}/{project}/keys/{key}/")
def change_key(call: Call) -> dict[str, Any]:
    row = _key(call, "project:write")
    fields: dict[str, Any] = {"active": bool(call.body.get("isActive", row.active))}
    if "rateLimit" in call.body:
        fields["limit"] = _limit(call.body)
    if isinstance(call.body.get("name"), str):
        fields["name"] = call.body["name"]
    return shapes.key(call.realm, call.realm.keys.change(row.id, **fields))


@API("DELETE", "/projects/{org}/{project}/keys/{key}/")
def delete_key(call: Call) -> None:
    call.realm.keys.remove(_key(call, "project:admin").id)


def new_project(
    realm: Realm, team: records.Team, name: str, slug: str, platform: str | None
) -> records.Project:
    """A project with what Sentry gives each: a key, and monitors for its errors and its issues."""
    now = realm.clock()
    made = realm.projects.add(
        organization=team.organization,
        slug=slug,
        name=name,
        platform=platform,
        teams=(team.id,),
        created_at=now,
    )
    new_key(realm, made, "Default", None)
    for kind, title in (("error", "Error Monitor"), ("issue_stream", "Issue Stream")):
        realm.detectors.add(project=made.id, name=title, kind=kind, created_at=now, updated_at=now)
    return made


def new_key(realm: Realm, project: records.Project, name: str, limit: tuple[int, int] | None) -> records.Key:
    """One more key of a project; `limit` is (window in seconds, events)."""
    return realm.keys.add(
        project=project.id,
        name=name,
        public=secrets.token_hex(16),
        secret=secrets.token_hex(16),
        limit=limit,
        created_at=realm.clock(),
    )


def _default_alert(realm: Realm, project: records.Project) -> None:
    """The alert for issues of high priority that Sentry makes unless it is told not to."""
    now = realm.clock()
    mail = {"type": "email", "config": {"targetType": "issue_owners"}, "data": {}, "status": "active"}
    kinds = ("new_high_priority_issue", "existing_high_priority_issue")
    conditions = [{"type": kind, "comparison": True, "conditionResult": True} for kind in kinds]
    errors = realm.detectors.where(project=project.id, kind="error")
    realm.workflows.add(
        organization=project.organization,
        name="Send a notification for high priority issues",
        config={"frequency": 30},
        triggers={"logicType": "any-short", "conditions": conditions, "actions": []},
        filters=({"logicType": "all", "conditions": [], "actions": [mail]},),
        detectors=tuple(row.id for row in errors),
        user=None,
        created_at=now,
        updated_at=now,
    )


def _key(call: Call, scope: str) -> records.Key:
    project = call.project(scope)
    found = call.realm.keys.where(project=project.id, public=call.path["key"])
    if not found:
        raise not_found()
    return found[0]


def _limit(body: dict[str, Any]) -> tuple[int, int] | None:
    given = body.get("rateLimit")
    if given is None:
        return None
    window, count = (given.get(name) if isinstance(given, dict) else None for name in ("window", "count"))
    if not isinstance(window, int) or not isinstance(count, int) or window < 0 or count < 0:
        raise invalid("rateLimit", "Invalid rate limit.")
    return (window, count) if window and count else None
