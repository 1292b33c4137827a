"""Deployment environments (without protection rules: those need another plan on private repositories)."""

from typing import Any
from urllib.parse import quote

from sandbox.github import records, shapes
from sandbox.github.calls import Answer, Api, Call, not_found, timestamp

API = Api()


@API("GET", "/repos/{owner}/{repo}/environments")
def listing(call: Call) -> Answer:
    row = call.repository()
    found = call.realm.environments.where(repository=row.id)
    return call.page([_shape(call, row, one) for one in found], "environments")


@API("GET", "/repos/{owner}/{repo}/environments/{environment}")
def read(call: Call) -> dict[str, Any]:
    row = call.repository()
    return _shape(call, row, _there(call, row))


@API("PUT", "/repos/{owner}/{repo}/environments/{environment}")
def write(call: Call) -> dict[str, Any]:
    row, name = call.administered(), call.path["environment"]
    now = call.realm.clock()
    found = next(iter(call.realm.environments.where(repository=row.id, name=name)), None)
    if found is None:
        found = call.realm.environments.add(repository=row.id, name=name, created_at=now, updated_at=now)
    return _shape(call, row, call.realm.environments.change(found.id, updated_at=now))


@API("DELETE", "/repos/{owner}/{repo}/environments/{environment}")
def delete(call: Call) -> None:
    row = call.administered()
    found = _there(call, row)
    settings: list[Any] = [call.realm.secrets, call.realm.variables]
    for table in settings:
        for one in table.where(repository=row.id, environment=found.name):
            table.remove(one.id)
    call.realm.environments.remove(found.id)


def _there(call: Call, row: records.Repository) -> records.Environment:
    found = call.realm.environments.where(repository=row.id, name=call.path["environment"])
    if not found:
        raise not_found()
    return found[0]


def _shape(call: Call, row: records.Repository, one: records.Environment) -> dict[str, Any]:
    return {
        "id": one.id,
        "node_id": shapes.node_id("Environment", one.id),
        "name": one.name,
        "url": f"{call.base}/repos/{row.full_name}/environments/{quote(one.name, safe='')}",
        "html_url": f"{call.base}/{row.full_name}/deployments/activity_log?environments_filter={quote(one.name)}",
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "protection_rules": [],
        "deployment_branch_policy": None,
    }
