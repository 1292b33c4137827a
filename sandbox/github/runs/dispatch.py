"""Makes runs: of a dispatch or another event, with its jobs, title and concurrency group."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.github import records
from sandbox.github.realm import Realm, Variable
from sandbox.github.runs import catalogue, inputs
from sandbox.github.runs.expressions import as_text, evaluate, fill
from sandbox.github.runs.workflow_file import JobPlan, WorkflowFile, matrix_key


@dataclass(frozen=True)
class Trigger:
    """Why a run starts; `given` are the inputs of a dispatch."""

    event: str
    ref: str
    sha: str
    actor: str
    given: dict[str, Any] = field(default_factory=dict)


def create_run(
    realm: Realm, repository: records.Repository, workflow: records.Workflow, trigger: Trigger
) -> records.Run:
    """A queued run with its queued jobs. Raises WorkflowFileError or InputsError."""
    file = catalogue.read(realm, repository, workflow.path, trigger.sha)
    values = inputs.check(file.inputs or {}, trigger.given) if trigger.event == "workflow_dispatch" else {}
    now = realm.clock()
    with realm.database.lock:
        number = 1 + max((run.number for run in realm.runs.where(workflow=workflow.id)), default=0)
        run = realm.runs.add(
            repository=repository.id,
            workflow=workflow.id,
            workflow_name=file.name,
            path=workflow.path,
            number=number,
            event=trigger.event,
            inputs=values,
            ref=trigger.ref,
            sha=trigger.sha,
            title=file.name,
            actor=trigger.actor,
            triggering_actor=trigger.actor,
            created_at=now,
            updated_at=now,
            started_at=now,
        )
        context = context_of(realm, repository, run, file)
        run = realm.runs.change(
            run.id,
            title=_title(realm, repository, run, file, context),
            group=fill(file.group, context) if file.group else None,
            cancel_in_progress=_truth(file.cancel_in_progress, context),
        )
        create_jobs(realm, run, file, context)
    return run


def create_jobs(realm: Realm, run: records.Run, file: WorkflowFile, context: dict[str, Any]) -> None:
    """The queued jobs of a run's current attempt."""
    for plan in file.jobs:
        for matrix in plan.matrices:
            realm.jobs.add(
                run=run.id,
                attempt=run.attempt,
                job=plan.key,
                matrix=matrix_key(matrix),
                name=_job_name(plan, {**context, "matrix": matrix}),
                labels=plan.labels,
                timeout=plan.timeout,
                created_at=realm.clock(),
            )


def context_of(
    realm: Realm, repository: records.Repository, run: records.Run, file: WorkflowFile
) -> dict[str, Any]:
    """What expressions of names and groups can see."""
    github = {
        "run_id": run.id,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "repository": repository.full_name,
        "repository_owner": repository.owner,
        "actor": run.actor,
        "triggering_actor": run.triggering_actor,
        "workflow": run.workflow_name,
        "event_name": run.event,
        "ref": run.ref,
        "ref_name": run.branch,
        "sha": run.sha,
        "event": {"inputs": run.inputs},
    }
    variables = realm.variables.where(repository=repository.id, environment=None)
    return {
        "inputs": inputs.typed(file.inputs or {}, run.inputs),
        "github": github,
        "vars": {row.name: row.value for row in variables if isinstance(row, Variable)},
    }


def _title(
    realm: Realm,
    repository: records.Repository,
    run: records.Run,
    file: WorkflowFile,
    context: dict[str, Any],
) -> str:
    if file.run_name:
        return fill(file.run_name, context)
    if run.event == "push":
        return realm.bare(repository).commit(run.sha).message.split("\n", 1)[0]
    return file.name


def _job_name(plan: JobPlan, context: dict[str, Any]) -> str:
    if plan.name:
        return fill(str(plan.name), context)
    values = ", ".join(as_text(value) for value in context["matrix"].values())
    return f"{plan.key} ({values})" if values else plan.key


def _truth(value: Any, context: dict[str, Any]) -> bool:
    if isinstance(value, str) and value.strip().startswith("${{"):
        return bool(evaluate(value.strip()[3:-2], context))
    return value is True
