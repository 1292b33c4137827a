"""Repositories: create, list, read, change, delete, topics, branches."""

import re
import shutil
from typing import Any

from sandbox.github import access, git, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found
from sandbox.github.runs import logs

API = Api()
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_OPTIONS = (
    "has_issues",
    "has_projects",
    "has_wiki",
    "has_discussions",
    "is_template",
    "allow_squash_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_auto_merge",
    "delete_branch_on_merge",
    "allow_update_branch",
    "web_commit_signoff_required",
    "allow_forking",
)


@API("POST", "/user/repos")
def create_own(call: Call) -> Answer:
    login = call.login()
    if not call.caller.is_person:
        raise ApiError(403, "Resource not accessible by integration")
    return _create(call, login)


@API("POST", "/orgs/{org}/repos")
def create_for_organization(call: Call) -> Answer:
    call.login()
    account = call.realm.account(call.path["org"])
    if account is None or account.kind != "Organization":
        raise not_found()
    token = call.caller.token
    if token is None or account.login.lower() not in {owner.lower() for owner in token.owners}:
        raise ApiError(403, "You need admin access to the organization before adding a repository to it.")
    return _create(call, account.login)


@API("GET", "/user/repos")
def list_own(call: Call) -> Answer:
    call.login()
    return _list(
        call, [row for row in call.realm.repositories if access.level(call.realm, call.caller, row) > 1]
    )


@API("GET", "/orgs/{org}/repos")
def list_of_organization(call: Call) -> Answer:
    return _list_of(call, call.path["org"])


@API("GET", "/users/{username}/repos")
def list_of_user(call: Call) -> Answer:
    return _list_of(call, call.path["username"])


@API("GET", "/installation/repositories")
def list_of_installation(call: Call) -> Answer:
    call.login()
    rows = [row for row in call.realm.repositories if access.level(call.realm, call.caller, row) > 1]
    shown = [_shape(call, row.id) for row in rows]
    return call.page(shown, "repositories", repository_selection="all")


@API("GET", "/repos/{owner}/{repo}")
def read(call: Call) -> dict[str, Any]:
    return _shape(call, call.repository().id)


@API("GET", "/repositories/{number:int}")
def read_by_id(call: Call) -> dict[str, Any]:
    row = call.realm.repositories.get(call.path["number"])
    if row is None or not access.level(call.realm, call.caller, row):
        raise not_found()
    return _shape(call, row.id)


@API("PATCH", "/repos/{owner}/{repo}")
def change(call: Call) -> dict[str, Any]:
    row = call.administered()
    fields: dict[str, Any] = {
        name: call.body[name] for name in ("description", "homepage", "archived") if name in call.body
    }
    if "private" in call.body or "visibility" in call.body:
        fields["private"] = bool(call.body.get("private", call.body.get("visibility") == "private"))
    if "name" in call.body and call.body["name"] != row.name:
        fields["name"] = _free_name(call, row.owner)
    if "default_branch" in call.body:
        fields["default_branch"] = _branch(call, row.id)
    options = {**row.options, **{name: bool(call.body[name]) for name in _OPTIONS if name in call.body}}
    row = call.realm.repositories.change(row.id, **fields, options=options, updated_at=call.realm.clock())
    action = "archived" if fields.get("archived") else "edited"
    call.realm.post.announce(row, "repository", action, call.login())
    return _shape(call, row.id)


@API("DELETE", "/repos/{owner}/{repo}")
def delete(call: Call) -> None:
    row = call.administered()
    call.realm.post.announce(row, "repository", "deleted", call.login())
    realm = call.realm
    realm.repositories.remove(row.id)
    belongings: list[Any] = [
        realm.workflows,
        realm.secrets,
        realm.variables,
        realm.environments,
        realm.invitations,
    ]
    for table in belongings:
        for thing in table.where(repository=row.id):
            table.remove(thing.id)
    for run in realm.runs.where(repository=row.id):
        for job in realm.jobs.where(run=run.id):
            realm.jobs.remove(job.id)
        realm.runs.remove(run.id)
        logs.forget(realm.state, run.id)
    shutil.rmtree(realm.bare(row).path, ignore_errors=True)


@API("GET", "/repos/{owner}/{repo}/topics")
def topics(call: Call) -> dict[str, Any]:
    return {"names": list(call.repository().topics)}


@API("PUT", "/repos/{owner}/{repo}/topics")
def set_topics(call: Call) -> dict[str, Any]:
    row = call.administered()
    names = call.body.get("names")
    if not isinstance(names, list):
        raise ApiError(422, 'Invalid request.\n\n"names" wasn\'t supplied.')
    call.realm.repositories.change(row.id, topics=tuple(str(name).lower() for name in names))
    return {"names": [str(name).lower() for name in names]}


def _create(call: Call, owner: str) -> Answer:
    if call.realm.take_fault("repository"):
        raise ApiError(403, "Repository creation is not permitted for this account at the moment.")
    name = _free_name(call, owner)
    private = bool(call.body.get("private", call.body.get("visibility") == "private"))
    row = call.realm.create_repository(
        owner,
        name,
        private=private,
        description=call.body.get("description"),
        homepage=call.body.get("homepage"),
        options={option: bool(call.body[option]) for option in _OPTIONS if option in call.body},
    )
    call.realm.post.announce(row, "repository", "created", call.login())
    if call.body.get("auto_init"):
        _first_commit(call, row.id)
    address = f"{call.base}/repos/{row.full_name}"
    return Answer(201, _shape(call, row.id), {"Location": address})


def _first_commit(call: Call, number: int) -> None:
    row = call.realm.repositories[number]
    bare = call.realm.bare(row)
    text = f"# {row.name}\n" + (row.description or "")
    tree = bare.write_tree(None, {"README.md": ("100644", bare.write_blob(text.encode()))})
    person = git.Person(call.login(), f"{call.login()}@users.noreply.example.org")
    sha = bare.write_commit(tree, [], "Initial commit", git.Hand(person, call.realm.clock()))
    bare.move(f"refs/heads/{row.default_branch}", sha)


def _free_name(call: Call, owner: str) -> str:
    wanted = call.text("name", resource="Repository").strip()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted)[:100]
    if not _NAME.fullmatch(name) or name in {".", ".."}:
        error = {"resource": "Repository", "code": "custom", "field": "name", "message": "name is invalid"}
        raise ApiError(422, "Repository creation failed.", [error])
    if call.realm.repository(owner, name) is not None:
        taken = "name already exists on this account"
        error = {"resource": "Repository", "code": "custom", "field": "name", "message": taken}
        raise ApiError(422, "Repository creation failed.", [error])
    return name


def _branch(call: Call, number: int) -> str:
    row = call.realm.repositories[number]
    wanted = str(call.body["default_branch"])
    bare = call.realm.bare(row)
    if f"refs/heads/{wanted}" not in bare.refs("refs/heads/"):
        error = {"resource": "Repository", "field": "default_branch", "code": "invalid"}
        raise ApiError(
            422,
            f"The branch {wanted} was not found. Please push that ref first or create it via the Git Data API.",
            [error],
        )
    bare.run("symbolic-ref", "HEAD", f"refs/heads/{wanted}")
    return wanted


def _shape(call: Call, number: int) -> dict[str, Any]:
    row = call.realm.repositories[number]
    shape = shapes.repository(call.realm, call.base, row, access.level(call.realm, call.caller, row))
    owner = call.realm.account(row.owner)
    if owner is not None and owner.kind == "Organization":
        shape["organization"] = shapes.account(call.base, owner)
    return shape


def _list(call: Call, rows: list[Any]) -> Answer:
    return call.page([_shape(call, row.id) for row in rows])


def _list_of(call: Call, login: str) -> Answer:
    account = call.realm.account(login)
    if account is None:
        raise not_found()
    rows = call.realm.repositories.where(owner=account.login)
    return _list(call, [row for row in rows if access.level(call.realm, call.caller, row)])
