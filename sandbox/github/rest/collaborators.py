"""Collaborators and invitations to become one."""

from typing import Any

from sandbox.github import access, records, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, timestamp

API = Api()
_LAPSES_SECONDS = 7 * 86_400.0
_ROLES = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
_NAMES = {**{name: name for name in _ROLES}, "read": "pull", "write": "push"}


@API("GET", "/repos/{owner}/{repo}/collaborators")
def listing(call: Call) -> Answer:
    row = call.writable()
    account = call.realm.account(row.owner)
    owner = {row.owner: "admin"} if account is not None and account.kind == "User" else {}
    people = {**owner, **row.collaborators}
    return call.page([_collaborator(call, login, name) for login, name in people.items()])


@API("GET", "/repos/{owner}/{repo}/collaborators/{username}")
def check(call: Call) -> None:
    row = call.repository()
    if access.permission(call.realm, call.path["username"], row) is None:
        raise not_found()


@API("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
def permission(call: Call) -> dict[str, Any]:
    row, login = call.repository(), call.path["username"]
    if call.realm.account(login) is None:
        raise not_found()
    name = access.permission(call.realm, login, row) or ("none" if row.private else "pull")
    legacy = {"triage": "read", "maintain": "write"}.get(name, _ROLES.get(name, "none"))
    return {
        "permission": legacy,
        "role_name": _ROLES.get(name, "none"),
        "user": _collaborator(call, login, name),
    }


@API("PUT", "/repos/{owner}/{repo}/collaborators/{username}")
def invite(call: Call) -> Answer:
    row = call.administered()
    wanted = str(call.body.get("permission", "push"))
    if wanted not in _NAMES:
        raise ApiError(
            422, "Validation Failed", [{"resource": "Repository", "code": "invalid", "field": "permission"}]
        )
    invitee = call.realm.account(call.path["username"])
    if invitee is None or invitee.kind != "User":
        raise not_found()
    if invitee.login.lower() == row.owner.lower():
        raise ApiError(
            422,
            "Validation Failed",
            [
                {
                    "resource": "Repository",
                    "code": "custom",
                    "message": "Repository owner cannot be a collaborator",
                }
            ],
        )
    if invitee.login in row.collaborators:
        people = {**row.collaborators, invitee.login: _NAMES[wanted]}
        call.realm.repositories.change(row.id, collaborators=people)
        return Answer(204)
    open_one = call.realm.invitations.find(
        lambda one: one.repository == row.id and one.invitee == invitee.login
    )
    if open_one is None:
        open_one = call.realm.invitations.add(
            repository=row.id,
            invitee=invitee.login,
            inviter=call.login(),
            permission=_NAMES[wanted],
            created_at=call.realm.clock(),
        )
    else:
        open_one = call.realm.invitations.change(open_one.id, permission=_NAMES[wanted])
    return Answer(201, _invitation(call, row, open_one))


@API("DELETE", "/repos/{owner}/{repo}/collaborators/{username}")
def remove(call: Call) -> None:
    row, login = call.administered(), call.path["username"].lower()
    people = {name: value for name, value in row.collaborators.items() if name.lower() != login}
    if len(people) < len(row.collaborators):
        row = call.realm.repositories.change(row.id, collaborators=people)
        member = shapes.user(call.realm, call.realm.url, call.path["username"])
        call.realm.post.announce(row, "member", "removed", call.login(), member=member)
    for one in call.realm.invitations.where(repository=row.id):
        if one.invitee.lower() == login:
            call.realm.invitations.remove(one.id)


@API("GET", "/repos/{owner}/{repo}/invitations")
def invitations(call: Call) -> Answer:
    row = call.administered()
    return call.page([_invitation(call, row, one) for one in call.realm.invitations.where(repository=row.id)])


@API("PATCH", "/repos/{owner}/{repo}/invitations/{invitation_id:int}")
def change_invitation(call: Call) -> dict[str, Any]:
    row = call.administered()
    one = _own(call, row)
    wanted = _NAMES.get(str(call.body.get("permissions", "read")), "pull")
    return _invitation(call, row, call.realm.invitations.change(one.id, permission=wanted))


@API("DELETE", "/repos/{owner}/{repo}/invitations/{invitation_id:int}")
def withdraw(call: Call) -> None:
    row = call.administered()
    call.realm.invitations.remove(_own(call, row).id)


@API("GET", "/user/repository_invitations")
def mine(call: Call) -> Answer:
    login = call.login()
    found = call.realm.invitations.where(invitee=login)
    return call.page([_invitation(call, call.realm.repositories[one.repository], one) for one in found])


@API("PATCH", "/user/repository_invitations/{invitation_id:int}")
def accept(call: Call) -> None:
    one = _mine(call)
    if _lapsed(call, one):
        raise not_found()
    row = call.realm.repositories[one.repository]
    people = {**row.collaborators, one.invitee: one.permission}
    row = call.realm.repositories.change(row.id, collaborators=people)
    call.realm.invitations.remove(one.id)
    member = shapes.user(call.realm, call.realm.url, one.invitee)
    changes = {"permission": {"to": _ROLES[one.permission]}, "role_name": {"to": _ROLES[one.permission]}}
    call.realm.post.announce(row, "member", "added", one.invitee, member=member, changes=changes)


@API("DELETE", "/user/repository_invitations/{invitation_id:int}")
def decline(call: Call) -> None:
    call.realm.invitations.remove(_mine(call).id)


def _own(call: Call, row: records.Repository) -> records.Invitation:
    one = call.realm.invitations.get(call.path["invitation_id"])
    if one is None or one.repository != row.id:
        raise not_found()
    return one


def _mine(call: Call) -> records.Invitation:
    one = call.realm.invitations.get(call.path["invitation_id"])
    if one is None or one.invitee != call.login():
        raise not_found()
    return one


def _lapsed(call: Call, one: records.Invitation) -> bool:
    return call.realm.clock() > one.created_at + _LAPSES_SECONDS


def _invitation(call: Call, row: records.Repository, one: records.Invitation) -> dict[str, Any]:
    return {
        "id": one.id,
        "node_id": shapes.node_id("RepositoryInvitation", one.id),
        "repository": shapes.minimal_repository(call.realm, call.base, row),
        "invitee": shapes.user(call.realm, call.base, one.invitee),
        "inviter": shapes.user(call.realm, call.base, one.inviter),
        "permissions": _ROLES[one.permission],
        "created_at": timestamp(one.created_at),
        "expired": _lapsed(call, one),
        "url": f"{call.base}/user/repository_invitations/{one.id}",
        "html_url": f"{call.base}/{row.full_name}/invitations",
    }


def _collaborator(call: Call, login: str, name: str) -> dict[str, Any]:
    order = list(_ROLES)
    level = order.index(name) if name in order else -1
    return {
        **shapes.user(call.realm, call.base, login),
        "permissions": {one: level >= place for place, one in enumerate(order)},
        "role_name": _ROLES.get(name, "none"),
    }
