"""People and organizations."""

from typing import Any

from sandbox.github import records, shapes
from sandbox.github.calls import Api, ApiError, Call, not_found, timestamp

API = Api()


@API("GET", "/user")
def me(call: Call) -> dict[str, Any]:
    login = call.login()
    if not call.caller.is_person:
        raise ApiError(403, "Resource not accessible by integration")
    account = call.realm.account(login)
    if account is None:
        raise not_found()
    return {
        **_public(call, account),
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


@API("GET", "/users/{username}")
def user(call: Call) -> dict[str, Any]:
    account = call.realm.account(call.path["username"])
    if account is None:
        raise not_found()
    return _public(call, account)


@API("GET", "/orgs/{org}")
def organization(call: Call) -> dict[str, Any]:
    account = call.realm.account(call.path["org"])
    if account is None or account.kind != "Organization":
        raise not_found()
    url = f"{call.base}/orgs/{account.login}"
    names = ("repos", "events", "hooks", "issues")
    simple = shapes.account(call.base, account)
    return {
        **{name: simple[name] for name in ("login", "id", "node_id", "avatar_url", "html_url", "type")},
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in names},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "description": None,
        "has_organization_projects": False,
        "has_repository_projects": False,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "archived_at": None,
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.created_at),
    }


def _public(call: Call, account: records.Account) -> dict[str, Any]:
    own = [row for row in call.realm.repositories.where(owner=account.login) if not row.private]
    return {
        **shapes.account(call.base, account),
        "name": account.login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "notification_email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": len(own),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.created_at),
    }
