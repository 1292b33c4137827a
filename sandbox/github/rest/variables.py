"""Actions variables of a repository and of its environments."""

import re
from typing import Any

from sandbox.github import records
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, timestamp
from sandbox.github.rest.places import place_of

API = Api()
_NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


@API("GET", "/repos/{owner}/{repo}/actions/variables")
@API("GET", "/repos/{owner}/{repo}/environments/{environment}/variables")
def listing(call: Call) -> Answer:
    row, environment = place_of(call)
    found = call.realm.variables.where(repository=row.id, environment=environment)
    return call.page([_shape(one) for one in found], "variables")


@API("POST", "/repos/{owner}/{repo}/actions/variables")
@API("POST", "/repos/{owner}/{repo}/environments/{environment}/variables")
def create(call: Call) -> Answer:
    row, environment = place_of(call)
    name = _name(call.text("name", resource="Variable"))
    if _find(call, name) is not None:
        raise ApiError(409, "Already exists - Variable already exists")
    now = call.realm.clock()
    value = call.text("value", resource="Variable")
    call.realm.variables.add(
        repository=row.id, environment=environment, name=name, value=value, created_at=now, updated_at=now
    )
    return Answer(201, {})


@API("GET", "/repos/{owner}/{repo}/actions/variables/{name}")
@API("GET", "/repos/{owner}/{repo}/environments/{environment}/variables/{name}")
def read(call: Call) -> dict[str, Any]:
    return _shape(_there(call))


@API("PATCH", "/repos/{owner}/{repo}/actions/variables/{name}")
@API("PATCH", "/repos/{owner}/{repo}/environments/{environment}/variables/{name}")
def change(call: Call) -> None:
    found = _there(call)
    name = _name(str(call.body.get("name", found.name)))
    value = str(call.body.get("value", found.value))
    call.realm.variables.change(found.id, name=name, value=value, updated_at=call.realm.clock())


@API("DELETE", "/repos/{owner}/{repo}/actions/variables/{name}")
@API("DELETE", "/repos/{owner}/{repo}/environments/{environment}/variables/{name}")
def delete(call: Call) -> None:
    call.realm.variables.remove(_there(call).id)


def _name(text: str) -> str:
    name = text.upper()
    if not _NAME.fullmatch(name):
        raise ApiError(
            422,
            "Variable names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        )
    return name


def _there(call: Call) -> records.Setting:
    found = _find(call, call.path["name"].upper())
    if found is None:
        raise not_found()
    return found


def _find(call: Call, name: str) -> records.Setting | None:
    row, environment = place_of(call)
    return next(iter(call.realm.variables.where(repository=row.id, environment=environment, name=name)), None)


def _shape(one: records.Setting) -> dict[str, Any]:
    return {
        "name": one.name,
        "value": one.value,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
    }
