"""Workflow runs, their jobs, and their logs."""

import hashlib
import hmac
import operator
import secrets
from typing import Any

from sandbox.github import records
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, timestamp
from sandbox.github.realm import Realm
from sandbox.github.rest.workflows import find as find_workflow
from sandbox.github.runs import catalogue, dispatch, logs, shapes
from sandbox.github.runs.conductor import Conductor

_RUN = "/repos/{owner}/{repo}/actions/runs/{run_id:int}"
_LINK_SECONDS = 60
# Links to logs are good for a minute and need no token, as GitHub's: signed by a key of this process.
_KEY = secrets.token_bytes(32)


def api(conductor: Conductor) -> Api:  # noqa: C901, PLR0915 - one small function an address
    """The addresses below `/actions/runs` and `/actions/jobs`."""
    found = Api()

    @found("GET", "/repos/{owner}/{repo}/actions/runs")
    def listing(call: Call) -> Answer:
        row = call.repository()
        return _page(call, call.realm.runs.where(repository=row.id))

    @found("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs")
    def of_workflow(call: Call) -> Answer:
        row = call.repository()
        workflow = find_workflow(call, row)
        return _page(call, call.realm.runs.where(repository=row.id, workflow=workflow.id))

    @found("GET", _RUN)
    @found("GET", f"{_RUN}/attempts/{{attempt:int}}")
    def read(call: Call) -> dict[str, Any]:
        return shapes.run(call.realm, call.base, _run(call))

    @found("DELETE", _RUN)
    def delete(call: Call) -> None:
        call.writable()
        run = _run(call)
        if run.status != "completed":
            raise ApiError(403, "Could not delete the workflow run")
        for job in call.realm.jobs.where(run=run.id):
            call.realm.jobs.remove(job.id)
        call.realm.runs.remove(run.id)
        logs.forget(call.realm.state, run.id)

    @found("POST", f"{_RUN}/cancel")
    def cancel(call: Call) -> Answer:
        call.writable()
        if not conductor.cancel(_run(call).id):
            raise ApiError(409, "Cannot cancel a workflow run that is completed.")
        return Answer(202, {})

    @found("POST", f"{_RUN}/force-cancel")
    def force_cancel(call: Call) -> Answer:
        call.writable()
        if not conductor.cancel(_run(call).id, force=True):
            raise ApiError(409, "Cannot cancel a workflow run that is completed.")
        return Answer(202, {})

    @found("POST", f"{_RUN}/rerun")
    @found("POST", f"{_RUN}/rerun-failed-jobs")
    def rerun(call: Call) -> Answer:
        row, run = call.writable(), _run(call)
        if run.status != "completed":
            raise ApiError(
                403,
                "The workflow run is already running. Please wait for it to complete or cancel it before re-running.",
            )
        conductor.enqueue(_next_attempt(call.realm, row, run, call.login()))
        return Answer(201, {})

    @found("GET", f"{_RUN}/jobs")
    def jobs(call: Call) -> Answer:
        run = _run(call)
        rows = call.realm.jobs.where(run=run.id)
        if call.query.get("filter", "latest") == "latest":
            rows = [job for job in rows if job.attempt == run.attempt]
        return call.page([shapes.job(call.realm, call.base, run, job) for job in rows], "jobs")

    @found("GET", f"{_RUN}/attempts/{{attempt:int}}/jobs")
    def jobs_of_attempt(call: Call) -> Answer:
        run = _run(call)
        rows = call.realm.jobs.where(run=run.id, attempt=call.path["attempt"])
        return call.page([shapes.job(call.realm, call.base, run, job) for job in rows], "jobs")

    @found("GET", f"{_RUN}/logs")
    def run_logs(call: Call) -> Answer:
        run = _run(call)
        if run.status != "completed":
            raise not_found()
        return Answer(302, headers={"Location": _link(call, f"run/{run.id}/{run.attempt}.zip")})

    @found("GET", f"{_RUN}/attempts/{{attempt:int}}/logs")
    def attempt_logs(call: Call) -> Answer:
        run = _run(call)
        return Answer(302, headers={"Location": _link(call, f"run/{run.id}/{call.path['attempt']}.zip")})

    @found("GET", f"{_RUN}/artifacts")
    def artifacts(call: Call) -> Answer:
        _run(call)
        return call.page([], "artifacts")

    @found("GET", f"{_RUN}/timing")
    def timing(call: Call) -> dict[str, Any]:
        run = _run(call)
        return {"billable": {}, "run_duration_ms": int(1000 * max(0.0, run.updated_at - run.started_at))}

    @found("GET", f"{_RUN}/pending_deployments")
    def pending(call: Call) -> list[Any]:
        _run(call)
        return []

    @found("GET", "/repos/{owner}/{repo}/actions/jobs/{job_id:int}")
    def job(call: Call) -> dict[str, Any]:
        run, row = _job(call)
        return shapes.job(call.realm, call.base, run, row)

    @found("GET", "/repos/{owner}/{repo}/actions/jobs/{job_id:int}/logs")
    def job_logs(call: Call) -> Answer:
        _, row = _job(call)
        if row.status != "completed":
            # GitHub keeps no log for the API before the job has ended.
            raise not_found()
        return Answer(302, headers={"Location": _link(call, f"job/{row.id}.txt")})

    @found("GET", "/_logs/{name:path}")
    def download(call: Call) -> Answer:
        return _download(call)

    return found


def _next_attempt(realm: Realm, repository: records.Repository, run: records.Run, actor: str) -> records.Run:
    now = realm.clock()
    run = realm.runs.change(
        run.id,
        attempt=run.attempt + 1,
        status="queued",
        conclusion=None,
        triggering_actor=actor,
        updated_at=now,
        started_at=now,
    )
    file = catalogue.read(realm, repository, run.path, run.sha)
    dispatch.create_jobs(realm, run, file, dispatch.context_of(realm, repository, run, file))
    return run


def _page(call: Call, rows: list[records.Run]) -> Answer:
    wanted = {
        "branch": call.query.get("branch"),
        "event": call.query.get("event"),
        "actor": call.query.get("actor"),
        "sha": call.query.get("head_sha"),
    }
    status = call.query.get("status")
    for name, value in wanted.items():
        if value:
            rows = [run for run in rows if getattr(run, name) == value]
    if status:
        rows = [run for run in rows if status in {run.status, run.conclusion}]
    if created := call.query.get("created"):
        rows = [run for run in rows if _within(timestamp(run.created_at) or "", created)]
    rows.sort(key=lambda run: -run.id)
    return call.page([shapes.run(call.realm, call.base, run) for run in rows], "workflow_runs")


def _within(moment: str, wanted: str) -> bool:
    """Whether a time is in a range as GitHub's searches write it; dates and times compare as texts."""
    first, dots, last = wanted.partition("..")
    if dots:
        return (first == "*" or moment >= first) and (last == "*" or moment[: len(last)] <= last)
    for sign, compare in ((">=", operator.ge), ("<=", operator.le), (">", operator.gt), ("<", operator.lt)):
        if wanted.startswith(sign):
            bound = wanted.removeprefix(sign)
            return bool(compare(moment[: len(bound)], bound))
    return moment.startswith(wanted)


def _run(call: Call) -> records.Run:
    row = call.repository()
    run = call.realm.runs.get(call.path["run_id"])
    if run is None or run.repository != row.id:
        raise not_found()
    return run


def _job(call: Call) -> tuple[records.Run, records.Job]:
    row = call.repository()
    job = call.realm.jobs.get(call.path["job_id"])
    run = call.realm.runs.get(job.run) if job else None
    if job is None or run is None or run.repository != row.id:
        raise not_found()
    return run, job


def _link(call: Call, name: str) -> str:
    until = int(call.realm.clock()) + _LINK_SECONDS
    return f"{call.base}/_logs/{name}?until={until}&signature={_sign(name, until)}"


def _sign(name: str, until: int) -> str:
    return hmac.new(_KEY, f"{name}?{until}".encode(), hashlib.sha256).hexdigest()


def _download(call: Call) -> Answer:
    name, until = call.path["name"], call.query.get("until", "")
    given = call.query.get("signature", "")
    good = until.isdigit() and hmac.compare_digest(_sign(name, int(until)).encode(), given.encode())
    if not good or int(until) < call.realm.clock():
        raise ApiError(403, "This link has expired.")
    kind, _, rest = name.partition("/")
    if kind == "job":
        job = call.realm.jobs.get(int(rest.removesuffix(".txt")))
        text = logs.job_text(call.realm.state, job) if job else ""
        return Answer(200, raw=text.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    run, _, attempt = rest.removesuffix(".zip").partition("/")
    content = logs.archive(call.realm.state, call.realm.jobs.where(run=int(run), attempt=int(attempt)))
    return Answer(200, raw=content, headers={"Content-Type": "application/zip"})
