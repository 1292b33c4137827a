"""Deployments and their statuses: made by whoever deploys, told by webhooks."""

from typing import Any

from sandbox.github import records, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, invalid, not_found, timestamp

API = Api()
_STATES = frozenset({"error", "failure", "inactive", "in_progress", "queued", "pending", "success"})


@API("GET", "/repos/{owner}/{repo}/deployments")
def listing(call: Call) -> Answer:
    row = call.repository()
    found = call.realm.deployments.where(repository=row.id)
    for name in ("sha", "ref", "task", "environment"):
        if wanted := call.query.get(name):
            found = [one for one in found if getattr(one, name) == wanted]
    return call.page([_shape(call, row, one) for one in sorted(found, key=lambda one: -one.id)])


@API("POST", "/repos/{owner}/{repo}/deployments")
def create(call: Call) -> Answer:
    row = call.writable()
    ref = call.text("ref", resource="Deployment")
    sha = call.realm.bare(row).resolve(ref)
    if sha is None:
        raise ApiError(422, f"No ref found for: {ref}")
    now = call.realm.clock()
    made = call.realm.deployments.add(
        repository=row.id,
        sha=sha,
        ref=ref,
        task=call.text("task", resource="Deployment", default="deploy"),
        environment=call.text("environment", resource="Deployment", default="production"),
        description=call.body.get("description"),
        payload=call.body.get("payload") or {},
        creator=call.login(),
        created_at=now,
        updated_at=now,
    )
    shown = _shape(call, row, made)
    call.realm.post.announce(row, "deployment", "created", call.login(), deployment=shown)
    return Answer(201, shown)


@API("GET", "/repos/{owner}/{repo}/deployments/{deployment_id:int}")
def read(call: Call) -> dict[str, Any]:
    row = call.repository()
    return _shape(call, row, _there(call, row))


@API("GET", "/repos/{owner}/{repo}/deployments/{deployment_id:int}/statuses")
def statuses(call: Call) -> Answer:
    row = call.repository()
    found = call.realm.deployment_statuses.where(deployment=_there(call, row).id)
    return call.page([_status(call, row, one) for one in sorted(found, key=lambda one: -one.id)])


@API("POST", "/repos/{owner}/{repo}/deployments/{deployment_id:int}/statuses")
def add_status(call: Call) -> Answer:
    row = call.writable()
    deployment = _there(call, row)
    state = call.text("state", resource="DeploymentStatus")
    if state not in _STATES:
        raise invalid("state is not included in the list", "DeploymentStatus", "state")
    now = call.realm.clock()
    texts = {name: str(call.body.get(name) or "") for name in ("description", "log_url", "environment_url")}
    made = call.realm.deployment_statuses.add(
        deployment=deployment.id,
        state=state,
        environment=str(call.body.get("environment") or deployment.environment),
        creator=call.login(),
        created_at=now,
        updated_at=now,
        **texts,
    )
    deployment = call.realm.deployments.change(deployment.id, updated_at=now)
    shown = _status(call, row, made)
    call.realm.post.announce(
        row,
        "deployment_status",
        "created",
        call.login(),
        deployment_status=shown,
        deployment=_shape(call, row, deployment),
    )
    return Answer(201, shown)


def _there(call: Call, row: records.Repository) -> records.Deployment:
    found = call.realm.deployments.get(call.path["deployment_id"])
    if found is None or found.repository != row.id:
        raise not_found()
    return found


def _shape(call: Call, row: records.Repository, one: records.Deployment) -> dict[str, Any]:
    home = f"{call.base}/repos/{row.full_name}"
    return {
        "url": f"{home}/deployments/{one.id}",
        "id": one.id,
        "node_id": shapes.node_id("Deployment", one.id),
        "task": one.task,
        "original_environment": one.environment,
        "environment": one.environment,
        "description": one.description,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "statuses_url": f"{home}/deployments/{one.id}/statuses",
        "repository_url": home,
        "creator": shapes.user(call.realm, call.base, one.creator),
        "sha": one.sha,
        "ref": one.ref,
        "payload": one.payload,
        "transient_environment": False,
        "production_environment": one.environment == "production",
        "performed_via_github_app": None,
    }


def _status(call: Call, row: records.Repository, one: records.DeploymentStatus) -> dict[str, Any]:
    home = f"{call.base}/repos/{row.full_name}"
    return {
        "url": f"{home}/deployments/{one.deployment}/statuses/{one.id}",
        "id": one.id,
        "node_id": shapes.node_id("DeploymentStatus", one.id),
        "state": one.state,
        "creator": shapes.user(call.realm, call.base, one.creator),
        "description": one.description,
        "environment": one.environment,
        "target_url": one.log_url,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "deployment_url": f"{home}/deployments/{one.deployment}",
        "repository_url": home,
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "performed_via_github_app": None,
    }
