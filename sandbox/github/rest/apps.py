"""GitHub Apps: who one is, where it is installed, and its tokens."""

from typing import Any

from sandbox.github import access, records, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, timestamp

API = Api()
PERMISSIONS = {
    "actions": "write",
    "administration": "write",
    "contents": "write",
    "environments": "write",
    "metadata": "read",
    "repository_hooks": "write",
    "secrets": "write",
    "variables": "write",
    "workflows": "write",
}
_EVENTS = ["push", "workflow_job", "workflow_run"]


@API("GET", "/app")
def app(call: Call) -> dict[str, Any]:
    row = _app(call)
    return {
        "id": row.id,
        "client_id": f"Iv23sandbox{row.id}",
        "slug": row.slug,
        "node_id": shapes.node_id("App", row.id),
        "owner": shapes.user(call.realm, call.base, row.owner),
        "name": row.slug,
        "description": None,
        "external_url": f"{call.base}/apps/{row.slug}",
        "html_url": f"{call.base}/apps/{row.slug}",
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.created_at),
        "permissions": PERMISSIONS,
        "events": _EVENTS,
        "installations_count": 1,
    }


@API("GET", "/app/installations")
def installations(call: Call) -> Answer:
    return call.page([_installation(call, _app(call))])


@API("GET", "/app/installations/{installation_id:int}")
def installation(call: Call) -> dict[str, Any]:
    row = _app(call)
    if row.installation != call.path["installation_id"]:
        raise not_found()
    return _installation(call, row)


@API("GET", "/repos/{owner}/{repo}/installation")
def repository_installation(call: Call) -> dict[str, Any]:
    row = _app(call)
    found = call.realm.repository(call.path["owner"], call.path["repo"])
    if found is None or found.owner.lower() != row.owner.lower():
        raise not_found()
    return _installation(call, row)


@API("GET", "/users/{owner}/installation")
@API("GET", "/orgs/{owner}/installation")
def account_installation(call: Call) -> dict[str, Any]:
    row = _app(call)
    if call.path["owner"].lower() != row.owner.lower():
        raise not_found()
    return _installation(call, row)


@API("POST", "/app/installations/{installation_id:int}/access_tokens")
def access_token(call: Call) -> Answer:
    row = _app(call)
    if row.installation != call.path["installation_id"]:
        raise not_found()
    chosen = _chosen(call, row)
    wanted = call.body.get("permissions") or PERMISSIONS
    ranks = {None: 0, "read": 1, "write": 2, "admin": 3}
    for name, rank in wanted.items():
        if ranks.get(rank, 9) > ranks[PERMISSIONS.get(name)]:
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    ids = tuple(one.id for one in chosen) if chosen is not None else None
    value, expires = access.installation_token(call.realm, row, ids, wanted)
    body: dict[str, Any] = {
        "token": value,
        "expires_at": timestamp(expires),
        "permissions": wanted,
        "repository_selection": "selected" if chosen is not None else "all",
    }
    if chosen is not None:
        body["repositories"] = [shapes.repository(call.realm, call.base, one) for one in chosen]
    return Answer(201, body)


def _chosen(call: Call, row: records.App) -> list[records.Repository] | None:
    """The repositories to which the token is narrowed; None for all. Raises 422."""
    names, numbers = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and numbers is None:
        return None
    own = call.realm.repositories.where(owner=row.owner)
    found = [one for one in own if one.name in (names or []) or one.id in (numbers or [])]
    if len(found) < len(names or []) + len(numbers or []):
        raise ApiError(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return found


def _app(call: Call) -> records.App:
    if call.caller.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    return call.caller.app


def _installation(call: Call, row: records.App) -> dict[str, Any]:
    owner = call.realm.ensure_account(row.owner)
    return {
        "id": row.installation,
        "client_id": f"Iv23sandbox{row.id}",
        "account": shapes.account(call.base, owner),
        "repository_selection": "all",
        "access_tokens_url": f"{call.base}/app/installations/{row.installation}/access_tokens",
        "repositories_url": f"{call.base}/installation/repositories",
        "html_url": f"{call.base}/settings/installations/{row.installation}",
        "app_id": row.id,
        "app_slug": row.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": PERMISSIONS,
        "events": _EVENTS,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }
