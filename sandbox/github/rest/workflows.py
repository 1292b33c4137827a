"""Workflows and their dispatch."""

from typing import Any

from sandbox.github import records
from sandbox.github.calls import DOCUMENTATION, Answer, Api, ApiError, Call, not_found
from sandbox.github.runs import catalogue, dispatch, shapes
from sandbox.github.runs.conductor import Conductor
from sandbox.github.runs.inputs import InputsError
from sandbox.github.runs.workflow_file import WorkflowFileError
from sandbox.github.versions import OLDEST

_PATH = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}"


def find(call: Call, row: records.Repository) -> records.Workflow:
    """The workflow of the address, by id or by the name of its file. Raises 404."""
    wanted = str(call.path["workflow_id"])
    for workflow in call.realm.workflows.where(repository=row.id):
        if workflow.state != "deleted" and wanted in {
            str(workflow.id),
            workflow.path.rsplit("/", 1)[1],
            workflow.path,
        }:
            return workflow
    raise not_found()


def api(conductor: Conductor) -> Api:
    """The addresses below `/actions/workflows`."""
    found = Api()

    @found("GET", "/repos/{owner}/{repo}/actions/workflows")
    def listing(call: Call) -> Answer:
        row = call.repository()
        rows = [one for one in call.realm.workflows.where(repository=row.id) if one.state != "deleted"]
        return call.page([shapes.workflow(call.base, row, one) for one in rows], "workflows")

    @found("GET", _PATH)
    def read(call: Call) -> dict[str, Any]:
        row = call.repository()
        return shapes.workflow(call.base, row, find(call, row))

    @found("PUT", f"{_PATH}/enable")
    def enable(call: Call) -> None:
        workflow = find(call, call.writable())
        call.realm.workflows.change(workflow.id, state="active", updated_at=call.realm.clock())

    @found("PUT", f"{_PATH}/disable")
    def disable(call: Call) -> None:
        workflow = find(call, call.writable())
        call.realm.workflows.change(workflow.id, state="disabled_manually", updated_at=call.realm.clock())

    @found("POST", f"{_PATH}/dispatches")
    def start(call: Call) -> Answer:
        row = call.writable()
        run = _create(call, row, find(call, row))
        conductor.enqueue(run)
        if not call.body.get("return_run_details") and call.version == OLDEST:
            return Answer(204)
        return Answer(
            200,
            {
                "workflow_run_id": run.id,
                "run_url": f"{call.base}/repos/{row.full_name}/actions/runs/{run.id}",
                "html_url": f"{call.base}/{row.full_name}/actions/runs/{run.id}",
            },
        )

    return found


def _create(call: Call, row: records.Repository, workflow: records.Workflow) -> records.Run:
    ref = call.text("ref", resource="WorkflowDispatch")
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    bare = call.realm.bare(row)
    known = bare.refs()
    full = next((one for one in (f"refs/heads/{name}", f"refs/tags/{name}") if one in known), None)
    documentation = f"{DOCUMENTATION}/actions/workflows#create-a-workflow-dispatch-event"
    if full is None:
        raise ApiError(422, f"No ref found for: {ref}", documentation=documentation)
    if workflow.state != "active":
        raise ApiError(
            422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow", documentation=documentation
        )
    sha = bare.resolve(full) or ""
    given = call.body.get("inputs") or {}
    try:
        if catalogue.read(call.realm, row, workflow.path, sha).inputs is None:
            raise ApiError(
                422, "Workflow does not have 'workflow_dispatch' trigger", documentation=documentation
            )
        trigger = dispatch.Trigger("workflow_dispatch", full, sha, call.login(), given)
        return dispatch.create_run(call.realm, row, workflow, trigger)
    except (WorkflowFileError, InputsError) as wrong:
        raise ApiError(422, str(wrong), documentation=documentation) from wrong
