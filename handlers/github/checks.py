"""`check_run`, `check_suite`, `status`: what other services say of a commit, by service and branch.

The checks of GitHub's own Actions are left to `workflow_run` and `workflow_job`, which say more.
"""

from collections.abc import Iterable
from typing import Final

from handlers.github import runs_jobs, runs_state
from handlers.github.reading import Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.runs import Stream, say
from handlers.github.shared import Commit, branch_of, lines, quoted, short, subject
from stuf_bot.relays import Relay

MERGE = "Merge queue of {branch}: {state}"

_ACTIONS: Final = "github-actions"
_ENDS: Final = {
    "merged": "✅ merged",
    "invalidated": "❌ something changed, it begins again",
    "dequeued": "taken out of the queue",
}


class App(Facts):
    """The App that checks."""

    slug: str = ""
    name: str = ""
    external_url: str = ""


class Suite(Facts):
    """All checks of one App for one commit."""

    id: int = 0
    head_branch: str = ""
    head_sha: str = ""
    status: str = ""
    conclusion: str = ""
    created_at: Moment = None
    updated_at: Moment = None
    app: App = App()


class CheckRun(Facts):
    """One check."""

    id: int = 0
    name: str = ""
    status: str = ""
    conclusion: str = ""
    html_url: str = ""
    started_at: Moment = None
    completed_at: Moment = None
    app: App = App()
    check_suite: Suite = Suite()


class CheckHook(Hook):
    """`check_run` and `check_suite`."""

    check_run: CheckRun = CheckRun()
    check_suite: Suite = Suite()


class Named(Facts):
    """A branch."""

    name: str = ""


class StatusHook(Hook):
    """`status`: one word on one commit, under the name `context`."""

    id: int = 0
    sha: str = ""
    state: str = ""
    context: str = ""
    description: str = ""
    target_url: str = ""
    branches: tuple[Named, ...] = ()
    updated_at: Moment = None


class MergeGroup(Facts):
    """Pull requests that are merged together, if their checks pass."""

    head_sha: str = ""
    base_ref: str = ""
    head_commit: Commit = Commit()


class MergeHook(Hook):
    """`merge_group`."""

    reason: str = ""
    merge_group: MergeGroup = MergeGroup()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`check_run` and `check_suite`."""
    hook = CheckHook.of(payload)
    check = hook.check_run
    suite = check.check_suite if check.id else hook.check_suite
    app = check.app if check.app.slug else suite.app
    if not suite.id:
        raise Unreadable("a check of no suite")
    if app.slug == _ACTIONS:
        return []
    if check.id:
        runs_jobs.note_job(ctx, hook.repository, _name(suite), _job(check))
    name = app.name or app.slug or check.name or "checks"
    stream = Stream(name, branch_of(suite.head_branch) or suite.head_sha[:7])
    return [say(hook, ctx, stream, _name(suite), _run(suite, hook))]


def read_status(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`status`."""
    hook = StatusHook.of(payload)
    if not hook.id:
        raise Unreadable("a status without an id")
    names = [branch.name for branch in hook.branches]
    default = hook.repository.default_branch
    branch = default if default in names else next(iter(names), hook.sha[:7])
    stream = Stream(hook.context or "status", branch)
    run = runs_state.run(
        order=hook.id,
        word="the status",
        status="in_progress" if hook.state == "pending" else "completed",
        conclusion=None if hook.state == "pending" else hook.state,
        at=hook.updated_at,
        url=hook.target_url,
        title=hook.description,
        sha=hook.sha,
        actor=hook.sender.login,
    )
    return [say(hook, ctx, stream, str(hook.id), run)]


def read_merge_group(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`merge_group`: pull requests that wait to be merged together."""
    hook = MergeHook.of(payload)
    group = hook.merge_group
    if not group.head_sha:
        raise Unreadable("a merge of nothing")
    about = subject(
        ctx, hook.repository, f"merge:{group.head_sha}", f"merge {short(group.head_sha)}", "queue"
    )
    kept = ctx.objects.read(ctx.session, about.key) or {"ended": ""}
    # Once it is over it stays over, whatever else comes late.
    kept["ended"] = kept["ended"] or (hook.reason or hook.action if hook.action == "destroyed" else "")
    ctx.objects.keep(ctx.session, about.key, about.stuf, kept)
    state = (
        _ENDS.get(kept["ended"], quoted(kept["ended"], 40)) if kept["ended"] else "⏳ waits for its checks"
    )
    target = branch_of(group.base_ref)
    first = next(iter(group.head_commit.message.splitlines()), "")
    return [
        Relay(
            about,
            "checks",
            status=kept["ended"] or "waiting",
            branch=target,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=lines(
                MERGE.format(branch=quoted(target, 60), state=state), f"- {quoted(first)}" if first else ""
            ),
            done=bool(kept["ended"]),
        )
    ]


def _name(suite: Suite) -> str:
    """Names the suite among the runs of its repository, whose numbers are others'."""
    return f"suite-{suite.id}"


def _run(suite: Suite, hook: Hook) -> Json:
    return runs_state.run(
        order=suite.id,
        word="the checks",
        status=suite.status,
        conclusion=suite.conclusion if suite.status == "completed" else None,
        begun=suite.created_at,
        at=suite.updated_at,
        url=f"{hook.repository.html_url}/commit/{suite.head_sha}/checks",
        sha=suite.head_sha,
    )


def _job(check: CheckRun) -> runs_jobs.Job:
    """A check as a job of its suite: both are what failed in it."""
    return runs_jobs.Job(
        id=check.id,
        name=check.name,
        status=check.status,
        conclusion=check.conclusion,
        html_url=check.html_url,
        started_at=check.started_at,
        completed_at=check.completed_at,
    )
