"""What is remembered of one run: its jobs, which runs of a branch it is one of, which deployments it makes.

Jobs, runs and deployments come in any order: each is kept here, and whichever comes last finds the others.
"""

from typing import Final

from handlers.github.reading import Facts, Json, Moment, ReadContext, Repository
from handlers.github.runs_state import BAD, furthest, result

_MOST: Final = 100
_STAGES: Final = {"completed": 3, "in_progress": 2, "waiting": 1}


class Step(Facts):
    """A step of a job."""

    name: str = ""
    status: str = ""
    conclusion: str = ""
    number: int = 0


class Job(Facts):
    """A job of a run."""

    id: int = 0
    run_id: int = 0
    run_attempt: int = 1
    name: str = ""
    status: str = ""
    conclusion: str = ""
    html_url: str = ""
    started_at: Moment = None
    completed_at: Moment = None
    steps: tuple[Step, ...] = ()


def note_job(ctx: ReadContext, repository: Repository, run_id: int | str, job: Job) -> Json:
    """Take in a job; what is known of its run now."""
    run = _read(ctx, repository, run_id)
    jobs = run.get("jobs", {})
    jobs[str(job.id)] = furthest(jobs.get(str(job.id)), _kept(job))
    run["jobs"] = {name: jobs[name] for name in sorted(jobs, key=int)[-_MOST:]}
    return _keep(ctx, repository, run_id, run)


def note_stream(ctx: ReadContext, repository: Repository, run_id: int, stream: Json) -> None:
    """Remember of which workflow and branch (`name`, `branch`) the run is."""
    run = _read(ctx, repository, run_id)
    if any(run.get(name) != value for name, value in stream.items()):
        _keep(ctx, repository, run_id, {**run, **stream})


def note_deployment(ctx: ReadContext, repository: Repository, run_id: int, deployment: int) -> None:
    """Remember that the run makes this deployment."""
    run = _read(ctx, repository, run_id)
    known = run.get("deployments", [])
    if deployment not in known:
        _keep(ctx, repository, run_id, {**run, "deployments": sorted([*known, deployment])[-_MOST:]})


def deployments(ctx: ReadContext, repository: Repository, run_id: int) -> tuple[int, ...]:
    """The deployments that a run makes, as far as they are told."""
    return tuple(_read(ctx, repository, run_id).get("deployments", ()))


def jobs(ctx: ReadContext, repository: Repository, run_id: int | str) -> list[Json]:
    """The jobs of the latest attempt of a run, in GitHub's order."""
    every = list(_read(ctx, repository, run_id).get("jobs", {}).values())
    latest = max((job["attempt"] for job in every), default=1)
    return [job for job in every if job["attempt"] == latest]


def failed(ctx: ReadContext, repository: Repository, run_id: int | str, attempt: int) -> list[Json]:
    """The jobs by which an attempt failed."""
    every = _read(ctx, repository, run_id).get("jobs", {}).values()
    return [job for job in every if job["attempt"] == attempt and result(job["conclusion"]) == BAD]


def _kept(job: Job) -> Json:
    took = job.completed_at - job.started_at if job.completed_at and job.started_at else None
    busy = next((step.name for step in job.steps if step.status == "in_progress"), "")
    broken = next((step.name for step in job.steps if result(step.conclusion) == BAD), "")
    done = sum(step.status == "completed" for step in job.steps)
    return {
        "attempt": job.run_attempt,
        # A job in progress tells of itself more than once: the more steps are done, the later it was.
        "stage": _STAGES.get(job.status, 0) + done / 1000,
        "name": job.name,
        "status": job.status,
        "conclusion": job.conclusion if job.status == "completed" else "",
        "url": job.html_url,
        "step": broken or busy,
        "seconds": took.total_seconds() if took else None,
        "at": (job.completed_at or job.started_at or "") and str(job.completed_at or job.started_at),
    }


def _read(ctx: ReadContext, repository: Repository, run_id: int | str) -> Json:
    return ctx.objects.read(ctx.session, _key(repository, run_id)) or {}


def _keep(ctx: ReadContext, repository: Repository, run_id: int | str, run: Json) -> Json:
    ctx.objects.keep(ctx.session, _key(repository, run_id), ctx.scope, run)
    return run


def _key(repository: Repository, run_id: int | str) -> str:
    return f"github:{repository.full_name}:run:{run_id}"
