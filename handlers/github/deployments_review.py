"""`deployment_review`: who is asked to let a deployment go on, and what they said. Each is asked once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from handlers.github.deployments_state import Run
from handlers.github.operation_runs import belongs_to_operation
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.runs_state import furthest
from handlers.github.shared import excerpt, lines, listed, person, quoted, subject, to, when
from stuf_bot.acts import Lane
from stuf_bot.relays import News, Relay

CARD = "Approval for {environment}: {state}"
ASKED = "A deployment to {environment} waits for {reviewers}{by}. {next}"
ANSWERED = "{mark} {person} {action} the deployment to {environment}.{said}{next}"
NEXT = "Next: open {run} and choose *Review deployments*."
NEXT_REJECTED = " Next: correct what was wrong, then run it again on GitHub."
NOBODY = "a reviewer"

_WAITING: Final = "requested"
_REJECTED: Final = "rejected"
_MARKS: Final = {_WAITING: "✋", "approved": "✅", _REJECTED: "❌"}


class Reviewer(Facts):
    """A user or a team; a team has a name and no login."""

    class Named(Account):
        """Either of them."""

        name: str = ""

    reviewer: Named = Named()


class JobRun(Facts):
    """A job that waits."""

    id: int = 0
    name: str = ""
    environment: str = ""


class ReviewHook(Hook):
    """`deployment_review`; which parts are there depends on the action."""

    environment: str = ""
    comment: str = ""
    since: Moment = None
    approver: Account = Account()
    requestor: Account = Account()
    reviewers: tuple[Reviewer, ...] = ()
    workflow_run: Run = Run()
    workflow_job_run: JobRun = JobRun()
    workflow_job_runs: tuple[JobRun, ...] = ()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """One relay for each environment that is concerned."""
    hook = ReviewHook.of(payload)
    if not hook.workflow_run.id:
        raise Unreadable("an approval of no run")
    if belongs_to_operation(ctx, hook.repository, hook.workflow_run):
        return []
    named = [job.environment for job in hook.workflow_job_runs] or [
        hook.environment or hook.workflow_job_run.environment
    ]
    return [_told(hook, ctx, environment) for environment in dict.fromkeys(named)]


def _told(hook: ReviewHook, ctx: ReadContext, environment: str) -> Relay:
    run = hook.workflow_run
    about = subject(
        ctx, hook.repository, f"approval:{run.id}:{environment}", f"approval {run.id}", environment
    )
    kept = ctx.objects.read(ctx.session, about.key) or {"asked": None, "answer": None}
    part = "asked" if hook.action == _WAITING else "answer"
    kept[part] = furthest(kept[part], _event(hook))
    ctx.objects.keep(ctx.session, about.key, about.stuf, kept)
    now = _now(kept)
    by = Account(login=now["by"]) if now["by"] else hook.sender
    return Relay(
        about,
        "deployments",
        status="waiting" if now["action"] == _WAITING else now["action"],
        environment=environment,
        actor=by.login,
        actor_id=ctx.user_id(by),
        card=_card(ctx, environment, kept, now),
        news=(_news(ctx, environment, now),),
        done=now["action"] != _WAITING,
        lane=Lane.OPERATION,
    )


def _now(kept: Json) -> Json:
    """The answer, unless a later attempt of the run asks again."""
    asked, answer = kept["asked"], kept["answer"]
    if answer is None or (asked is not None and asked["stage"] > answer["stage"]):
        return dict(asked)
    return dict(answer)


def _event(hook: ReviewHook) -> Json:
    """What one event says; the latest attempt of the run counts."""
    by = hook.requestor if hook.action == _WAITING else hook.approver
    return {
        "stage": hook.workflow_run.run_attempt,
        "at": hook.since.isoformat() if hook.since else "",
        "action": hook.action,
        "by": by.login,
        "comment": hook.comment,
        "url": hook.workflow_run.html_url,
        "title": hook.workflow_run.display_title,
        "people": [one.reviewer.login for one in hook.reviewers if one.reviewer.login],
        "teams": [one.reviewer.name for one in hook.reviewers if not one.reviewer.login],
    }


def _card(ctx: ReadContext, environment: str, kept: Json, now: Json) -> str:
    waits = now["action"] == _WAITING
    asked = kept["asked"] or now
    state = "waits" if waits else f"{quoted(now['action'], 40)} by {person(Account(login=now['by']), ctx)}"
    return lines(
        CARD.format(environment=_environment(environment), state=f"{_MARKS.get(now['action'], '')} {state}"),
        " · ".join(part for part in (_run(now), quoted(now["title"]) if now["title"] else "") if part),
        f"- Asked: {_reviewers(asked, ctx)}" if asked["people"] or asked["teams"] else "",
        f"- Since: {when(datetime.fromisoformat(now['at']))}" if now["at"] else "",
        excerpt(now["comment"]),
        NEXT.format(run=_run(now)) if waits else "",
    )


def _news(ctx: ReadContext, environment: str, now: Json) -> News:
    key = f"{now['action']}:{now['stage']}"
    if now["action"] == _WAITING:
        by = f" (run by {person(Account(login=now['by']), ctx)})" if now["by"] else ""
        text = ASKED.format(
            environment=_environment(environment),
            reviewers=_reviewers(now, ctx) or NOBODY,
            by=by,
            next=NEXT.format(run=_run(now)),
        )
        users = (ctx.user_id(Account(login=login)) for login in now["people"])
        return News(key, text, asks=tuple(dict.fromkeys(user for user in users if user is not None)))
    text = ANSWERED.format(
        mark=_MARKS.get(now["action"], "•"),
        person=person(Account(login=now["by"]), ctx),
        action=now["action"].replace("_", " ") if now["action"] in _MARKS else quoted(now["action"], 40),
        environment=_environment(environment),
        said=f" {quoted(now['comment'])}" if now["comment"] else "",
        next=NEXT_REJECTED if now["action"] == _REJECTED else "",
    )
    return News(key, text)


def _reviewers(event: Json, ctx: ReadContext) -> str:
    people = [person(Account(login=login), ctx) for login in event["people"]]
    return ", ".join(listed([*people, *(f"the team {quoted(name, 60)}" for name in event["teams"])]))


def _environment(name: str) -> str:
    return quoted(name, 60) if name else "an environment"


def _run(event: Json) -> str:
    return to("the run", event["url"])
