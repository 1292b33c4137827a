"""`workflow_run`, `workflow_job`, `workflow_dispatch`: one topic per workflow and branch, loud where it begins to fail or works again.

What belongs to an operation is left out: its card tells it. What belongs to a deployment of GitHub's is told there
as well, step by step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from handlers.github import deployments_card, general, runs_card, runs_jobs, runs_state
from handlers.github.operation_runs import TitledRun, belongs_to_operation, starts_operation
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Repository, Unreadable
from handlers.github.runs_state import BAD, GOOD
from handlers.github.shared import linked, subject
from stuf_bot.relays import News, Relay

FAILING: Final = "failing"
RECOVERED: Final = "recovered"

_DISPATCHED: Final = general.read("workflow_dispatch")


class Workflow(Facts):
    """A workflow of a repository."""

    name: str = ""
    path: str = ""
    html_url: str = ""


class Run(TitledRun):
    """A run of a workflow; `actor` is who started its first attempt."""

    name: str = ""
    path: str = ""
    status: str = ""
    conclusion: str = ""
    head_branch: str = ""
    head_sha: str = ""
    html_url: str = ""
    run_number: int = 0
    run_attempt: int = 1
    run_started_at: Moment = None
    updated_at: Moment = None
    actor: Account = Account()
    triggering_actor: Account = Account()
    head_repository: Repository = Repository()


class RunHook(Hook):
    """`workflow_run`."""

    workflow: Workflow = Workflow()
    workflow_run: Run = Run()


class JobHook(Hook):
    """`workflow_job`."""

    workflow_job: runs_jobs.Job = runs_jobs.Job()


class DispatchHook(Hook):
    """`workflow_dispatch`; `inputs` are what was given to it."""

    inputs: Json = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """The runs of one kind on one branch. `name` is as GitHub writes it, `url` leads to what runs."""

    name: str
    branch: str
    url: str = ""

    @property
    def what(self) -> str:
        """Names it within its repository."""
        return f"checks:{self.name}:{self.branch}"

    @property
    def label(self) -> str:
        """Names it for people: a workflow has a topic for each branch."""
        return f"{self.name} on {self.branch}"


def read_run(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`workflow_run`: requested, in progress, completed."""
    hook = RunHook.of(payload)
    run = hook.workflow_run
    if not run.id:
        raise Unreadable("a run without an id")
    if belongs_to_operation(ctx, hook.repository, run):
        return []
    name = hook.workflow.name or run.name or run.path or "workflow"
    stream = Stream(name, _branch(run, hook.repository), hook.workflow.html_url)
    runs_jobs.note_stream(ctx, hook.repository, run.id, {"name": stream.name, "branch": stream.branch})
    told = [say(hook, ctx, stream, str(run.id), _kept(run))]
    return told + deployments_card.again(hook, ctx, runs_jobs.deployments(ctx, hook.repository, run.id))


def read_job(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`workflow_job`: the jobs and failed steps of what is told already."""
    hook = JobHook.of(payload)
    job = hook.workflow_job
    if not job.id or not job.run_id:
        raise Unreadable("a job without an id or a run")
    run = runs_jobs.note_job(ctx, hook.repository, job.run_id, job)
    told = deployments_card.again(hook, ctx, tuple(run.get("deployments", ())))
    if "name" in run:
        told += _redrawn(hook, ctx, Stream(run["name"], run["branch"]))
    return told


def read_dispatch(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`workflow_dispatch`: somebody started a workflow by hand."""
    hook = DispatchHook.of(payload)
    if starts_operation(ctx, hook.repository, hook.inputs.get("operation")):
        return []
    return _DISPATCHED(payload, ctx)


def say(hook: Hook, ctx: ReadContext, stream: Stream, name: str, run: Json) -> Relay:
    """Take in the state of one run, and tell how its stream stands now."""
    about = subject(ctx, hook.repository, stream.what, stream.label, "")
    facts = ctx.objects.read(ctx.session, about.key) or {}
    before = runs_state.standing(facts.get("runs", {}).values())
    runs = runs_state.merged(facts.get("runs", {}), name, run)
    url = stream.url or facts.get("url", "")
    ctx.objects.keep(ctx.session, about.key, about.stuf, {"runs": runs, "url": url})
    now = runs_state.standing(runs.values())
    failed = _failed(hook, ctx, runs, now)
    called = linked(stream.name, url)
    turned = runs_state.turned(before, now)
    news: tuple[News, ...] = ()
    if turned == BAD:
        news = (News(f"{FAILING}:{now.run}", runs_card.fails(called, stream.branch, now, failed)),)
    elif turned == GOOD:
        news = (News(f"{RECOVERED}:{now.run}", runs_card.works(called, stream.branch, before, now)),)
    actor = Account(login=run["actor"]) if run["actor"] else hook.sender
    return Relay(
        about,
        "checks",
        status={BAD: FAILING, GOOD: RECOVERED}.get(turned) or run["conclusion"] or run["status"],
        branch=stream.branch,
        actor=actor.login,
        actor_id=ctx.user_id(actor),
        card=runs_card.card(called, stream.branch, now, failed, ctx),
        news=news,
        done={BAD: False, GOOD: True}.get(now.result),
    )


def _redrawn(hook: Hook, ctx: ReadContext, stream: Stream) -> list[Relay]:
    """The card again, with what its jobs say now."""
    about = subject(ctx, hook.repository, stream.what, stream.label, "")
    facts = ctx.objects.read(ctx.session, about.key)
    if not facts:
        return []
    now = runs_state.standing(facts["runs"].values())
    if now.result != BAD:
        return []
    called = linked(stream.name, facts["url"])
    card = runs_card.card(called, stream.branch, now, _failed(hook, ctx, facts["runs"], now), ctx)
    return [Relay(about, "checks", status=FAILING, branch=stream.branch, actor=hook.sender.login, card=card)]


def _failed(hook: Hook, ctx: ReadContext, runs: dict[str, Json], now: runs_state.Standing) -> list[Json]:
    """The jobs by which the last run failed."""
    if now.last is None or now.result != BAD:
        return []
    name = next(name for name, run in runs.items() if run == now.last)
    run_id, _, attempt = name.rpartition(":")
    return runs_jobs.failed(ctx, hook.repository, run_id, int(attempt))


def _branch(run: Run, repository: Repository) -> str:
    """The branch; one of a fork is another's, whatever its name."""
    fork = run.head_repository.full_name
    branch = run.head_branch or run.head_sha[:7]
    return f"{fork}:{branch}" if fork and fork != repository.full_name else branch


def _kept(run: Run) -> Json:
    by = run.triggering_actor.login or run.actor.login
    return runs_state.run(
        order=run.run_number,
        word=f"run {run.run_number}",
        attempt=run.run_attempt,
        status=run.status,
        conclusion=run.conclusion if run.status == "completed" else None,
        begun=run.run_started_at,
        at=run.updated_at,
        url=run.html_url,
        title=run.display_title,
        sha=run.head_sha,
        actor=by,
        event=run.event,
    )
