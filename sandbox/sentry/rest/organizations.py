"""The organization: its members, teams and releases."""

from typing import Any

from sandbox.sentry import records, shapes
from sandbox.sentry.calls import Answer, Api, Call, invalid, not_found

API = Api()


@API("GET", "/organizations/")
def listing(call: Call) -> Answer:
    call.need("org:read")
    own = call.realm.organizations.where(id=call.user.organization)
    return call.page(own, shapes.organization)


@API("GET", "/organizations/{org}/")
def read(call: Call) -> dict[str, Any]:
    return shapes.organization(call.organization("org:read"))


@API("GET", "/organizations/{org}/members/")
def members(call: Call) -> Answer:
    organization = call.organization("member:read")
    rows = call.realm.users.where(organization=organization.id, app=False)
    words = call.query.get("query", "").lower().split()
    texts = [word.removeprefix("user.email:").removeprefix("email:").strip('"') for word in words]
    rows = [
        row for row in rows if all(text in f"{row.name} {row.email} {row.username}".lower() for text in texts)
    ]
    return call.page(rows, lambda row: shapes.member(call.realm, row))


@API("GET", "/organizations/{org}/users/")
def users(call: Call) -> Answer:
    organization = call.organization("member:read")
    rows = call.realm.users.where(organization=organization.id, app=False)
    return call.page(rows, lambda row: shapes.member(call.realm, row))


@API("GET", "/organizations/{org}/sentry-app-installations/")
def installations(call: Call) -> Answer:
    organization = call.organization("org:read")
    home = {"id": str(organization.id), "slug": organization.slug}
    rows = call.realm.integrations.where(organization=organization.id)
    return call.page(
        rows,
        lambda row: {
            "app": {"uuid": row.app, "slug": row.slug},
            "organization": home,
            "uuid": row.installation,
            "status": "installed",
        },
    )


@API("GET", "/organizations/{org}/teams/")
def teams(call: Call) -> Answer:
    organization = call.organization("team:read")
    rows = call.realm.teams.where(organization=organization.id)
    return call.page(rows, lambda row: shapes.team(call.realm, row))


@API("GET", "/teams/{org}/{team}/")
def team(call: Call) -> dict[str, Any]:
    return shapes.team(call.realm, team_of(call, "team:read"))


@API("GET", "/teams/{org}/{team}/members/")
def team_members(call: Call) -> Answer:
    found = team_of(call, "team:read")
    rows = [call.realm.users[number] for number in found.members]
    return call.page(rows, lambda row: shapes.member(call.realm, row))


@API("GET", "/organizations/{org}/releases/")
def releases(call: Call) -> Answer:
    organization = call.organization("project:read")
    rows = call.realm.releases.where(organization=organization.id)
    if wanted := [number for number in call.many("project") if number != "-1"]:
        rows = [row for row in rows if {str(number) for number in row.projects} & set(wanted)]
    text = call.query.get("query", "")
    rows = sorted((row for row in rows if text in row.version), key=lambda row: -row.id)
    return call.page(rows, lambda row: shapes.release(call.realm, row))


@API("POST", "/organizations/{org}/releases/")
def create_release(call: Call) -> Answer:
    organization = call.organization("project:releases")
    version, slugs = call.body.get("version"), call.body.get("projects")
    if not isinstance(version, str) or not version.strip() or "/" in version:
        raise invalid("version", "Invalid release name")
    if not isinstance(slugs, list) or not slugs:
        raise invalid("projects", "This field is required.")
    found = [call.realm.project(organization.id, str(slug)) for slug in slugs]
    projects = [row.id for row in found if row is not None]
    if len(projects) != len(found):
        raise invalid("projects", "Invalid project ids or slugs")
    now = call.realm.clock()
    with call.realm.lock:
        known = call.realm.releases.find(
            lambda row: row.organization == organization.id and row.version == version
        )
        if known is not None:
            both = tuple(dict.fromkeys((*known.projects, *projects)))
            return Answer(
                208, shapes.release(call.realm, call.realm.releases.change(known.id, projects=both))
            )
        made = call.realm.releases.add(
            organization=organization.id,
            version=version,
            projects=tuple(projects),
            last_event=now,
            created_at=now,
        )
    return Answer(201, shapes.release(call.realm, made))


@API("GET", "/organizations/{org}/releases/{version:path}/")
def release(call: Call) -> dict[str, Any]:
    organization = call.organization("project:read")
    found = call.realm.releases.where(organization=organization.id, version=call.path["version"])
    if not found:
        raise not_found()
    return shapes.release(call.realm, found[0])


def team_of(call: Call, scope: str) -> records.Team:
    """The team of the address. Raises 404 or 403."""
    found = call.realm.team(call.organization(scope).id, call.path["team"])
    if found is None:
        raise not_found()
    return found
