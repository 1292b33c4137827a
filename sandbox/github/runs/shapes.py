"""How workflows, runs and jobs look in answers and webhooks."""

from typing import Any

from sandbox.github import records, shapes
from sandbox.github.calls import timestamp
from sandbox.github.realm import Realm


def workflow(base: str, repository: records.Repository, row: records.Workflow) -> dict[str, Any]:
    """A `workflow`."""
    page = f"{base}/{repository.full_name}"
    file = row.path.rsplit("/", 1)[1]
    return {
        "id": row.id,
        "node_id": shapes.node_id("Workflow", row.id),
        "name": row.name,
        "path": row.path,
        "state": row.state,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
        "url": f"{base}/repos/{repository.full_name}/actions/workflows/{row.id}",
        "html_url": f"{page}/blob/{repository.default_branch}/{row.path}",
        "badge_url": f"{page}/actions/workflows/{file}/badge.svg",
    }


def run(realm: Realm, base: str, row: records.Run) -> dict[str, Any]:
    """A `workflow-run`."""
    repository = realm.repositories[row.repository]
    api = f"{base}/repos/{repository.full_name}/actions/runs/{row.id}"
    small = shapes.minimal_repository(realm, base, repository)
    suite = row.id + 1_000_000_000
    head = realm.bare(repository).commit(row.sha)
    return {
        "id": row.id,
        "name": row.workflow_name,
        "node_id": shapes.node_id("WorkflowRun", row.id),
        "check_suite_id": suite,
        "check_suite_node_id": shapes.node_id("CheckSuite", suite),
        "head_branch": row.branch,
        "head_sha": row.sha,
        "path": row.path,
        "run_number": row.number,
        "run_attempt": row.attempt,
        "referenced_workflows": [],
        "event": row.event,
        "status": "pending" if _waits(realm, row) else row.status,
        "conclusion": row.conclusion,
        "workflow_id": row.workflow,
        "url": api,
        "html_url": f"{base}/{repository.full_name}/actions/runs/{row.id}",
        "pull_requests": [],
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
        "run_started_at": timestamp(row.started_at),
        "actor": shapes.user(realm, base, row.actor),
        "triggering_actor": shapes.user(realm, base, row.triggering_actor),
        "jobs_url": f"{api}/jobs",
        "logs_url": f"{api}/logs",
        "check_suite_url": f"{base}/repos/{repository.full_name}/check-suites/{suite}",
        "artifacts_url": f"{api}/artifacts",
        "cancel_url": f"{api}/cancel",
        "rerun_url": f"{api}/rerun",
        "previous_attempt_url": f"{api}/attempts/{row.attempt - 1}" if row.attempt > 1 else None,
        "workflow_url": f"{base}/repos/{repository.full_name}/actions/workflows/{row.workflow}",
        "head_commit": shapes.simple_commit(head),
        "repository": small,
        "head_repository": small,
        "display_title": row.title,
    }


def _waits(realm: Realm, row: records.Run) -> bool:
    """Whether a run waits for another one of its concurrency group."""
    if row.status != "queued" or row.group is None:
        return False
    group = realm.runs.where(repository=row.repository, group=row.group, status="in_progress")
    return bool(group)


def job(realm: Realm, base: str, of: records.Run, row: records.Job) -> dict[str, Any]:
    """A `job` with its steps."""
    repository = realm.repositories[of.repository]
    api = f"{base}/repos/{repository.full_name}"
    started = row.started_at is not None
    return {
        "id": row.id,
        "run_id": of.id,
        "workflow_name": of.workflow_name,
        "head_branch": of.branch,
        "run_url": f"{api}/actions/runs/{of.id}",
        "run_attempt": row.attempt,
        "node_id": shapes.node_id("CheckRun", row.id),
        "head_sha": of.sha,
        "url": f"{api}/actions/jobs/{row.id}",
        "html_url": f"{base}/{repository.full_name}/actions/runs/{of.id}/job/{row.id}",
        "status": row.status,
        "conclusion": row.conclusion,
        "created_at": timestamp(row.created_at),
        # GitHub gives the time of creation until a runner has taken the job.
        "started_at": timestamp(row.started_at if started else row.created_at),
        "completed_at": timestamp(row.completed_at),
        "name": row.name,
        "steps": [step(one) for one in row.steps],
        "check_run_url": f"{api}/check-runs/{row.id}",
        "labels": list(row.labels),
        "runner_id": 1 if started else None,
        "runner_name": "sandbox" if started else None,
        "runner_group_id": 1 if started else None,
        "runner_group_name": "Default" if started else None,
    }


def step(row: records.Step) -> dict[str, Any]:
    """One step of a job."""
    return {
        "name": row.name,
        "status": row.status,
        "conclusion": row.conclusion,
        "number": row.number,
        "started_at": timestamp(row.started_at),
        "completed_at": timestamp(row.completed_at),
    }
