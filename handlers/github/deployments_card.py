"""How a deployment of GitHub's is written: its card, kept current, and the news that it went well or failed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from handlers import _deployments
from handlers.github import deployments_state, runs_jobs, runs_state
from handlers.github.deployments_state import BROKEN, History
from handlers.github.reading import Account, Hook, Json, ReadContext
from handlers.github.shared import (
    lines,
    linked,
    listed,
    person,
    quoted,
    repository_link,
    short,
    subject,
    to,
    when,
)
from stuf_bot.acts import Lane
from stuf_bot.chat.format import duration
from stuf_bot.chat.outside import inline
from stuf_bot.relays import News, Relay, Subject

CARD = "Deployment to {environment}: {state}"
DONE = "✅ Deployed {what} to {environment}{took}. {next}"
FAILED = "❌ The deployment of {what} to {environment} **failed**{where}{took}. {next}"
NEXT_DONE = "Next: `test {slug}` tries an upload from end to end."
NEXT_FAILED = "Next: open the log; *Re-run failed jobs* on the run's page tries once more."
NEXT_WAITING = "Next: somebody who was asked chooses *Review deployments* on the run's page."

_STATES: Final = {
    "created": "⏳ about to start",
    "pending": "⏳ about to start",
    "queued": "⏳ queued",
    "waiting": "✋ waits for approval",
    "in_progress": "⏳ running",
    "success": "✅ done",
    "failure": "❌ failed",
    "error": "❌ failed",
    "inactive": "replaced by another",
}
_JOBS: Final = {"completed": "✅", "in_progress": "⏳"}
_MOST_STATES: Final = 8
_MOST_JOBS: Final = 12


def about(hook: Hook, ctx: ReadContext, number: int, facts: Json) -> Subject:
    """The deployment `number` (GitHub's id)."""
    deployment = facts["deployment"]
    title = f"{deployment['environment']} {deployment['ref']}"
    return subject(ctx, hook.repository, f"deployment:{number}", f"deploy {number}", title)


def key(hook: Hook, number: int) -> str:
    """Where the facts of the deployment `number` are kept."""
    return f"github:{hook.repository.full_name}:deployment:{number}"


def again(hook: Hook, ctx: ReadContext, numbers: Iterable[int]) -> list[Relay]:
    """The cards of these deployments as they stand now, with the steps that are known."""
    return [
        tell(hook, ctx, number, facts)
        for number in numbers
        if (facts := ctx.objects.read(ctx.session, key(hook, number)))
    ]


def tell(hook: Hook, ctx: ReadContext, number: int, facts: Json) -> Relay:
    """The deployment as it stands, with the news of its end."""
    deployment, story = facts["deployment"], deployments_state.history(facts)
    by = Account(login=deployment["actor"])
    return Relay(
        about(hook, ctx, number, facts),
        "deployments",
        status=story.now,
        environment=deployment["environment"],
        branch=deployment["ref"],
        actor=by.login,
        actor_id=ctx.user_id(by),
        card=_card(hook, ctx, facts, story),
        news=_news(hook, ctx, facts, story),
        done=True if story.now in {"success", "inactive"} else False if story.states else None,
        lane=Lane.OPERATION,
    )


def _card(hook: Hook, ctx: ReadContext, facts: Json, story: History) -> str:
    deployment = facts["deployment"]
    steps = [_step(job) for job in runs_jobs.jobs(ctx, hook.repository, facts["run"][0])]
    by = person(Account(login=deployment["actor"]), ctx)
    # An earlier one that failed has been replaced, too: what counts is how it went.
    state = _STATES.get(story.outcome, quoted(story.outcome, 40))
    if story.now == "inactive" and story.outcome != "inactive":
        state += ", replaced since"
    return lines(
        CARD.format(environment=quoted(deployment["environment"] or "an environment", 60), state=state),
        " · ".join(
            part
            for part in (
                repository_link(hook.repository),
                _what(hook, deployment),
                f"by {by}",
                f"began {when(_moment(deployment['begun']))}" if deployment["begun"] else "",
                _took(facts, story).removeprefix(" in "),
            )
            if part
        ),
        f"- {quoted(deployment['description'])}" if deployment["description"] else "",
        f"- Says: {quoted(story.last('text'))}" if story.last("text") else "",
        f"- History: {_history(story)}" if story.states else "",
        f"- Waits for a rule of the environment: {quoted(facts['rule'])}" if _waits(facts, story) else "",
        *(f"- Step: {step}" for step in listed(steps, _MOST_JOBS)),
        _names("Components", deployment["components"]),
        _names("Configuration changes", deployment["changes"]),
        _links(hook, ctx, facts, story),
        _next(ctx, story),
    )


def _news(hook: Hook, ctx: ReadContext, facts: Json, story: History) -> tuple[News, ...]:
    ended = story.ended
    if ended is None or ended["state"] == "inactive":
        return ()
    broken = [job for job in runs_jobs.jobs(ctx, hook.repository, facts["run"][0]) if _broke(job)]
    text = (FAILED if ended["state"] in BROKEN else DONE).format(
        what=_what(hook, facts["deployment"]),
        environment=quoted(facts["deployment"]["environment"] or "an environment", 60),
        where=f" at {_step(broken[0])}" if broken else "",
        took=_took(facts, story),
        next=_next(ctx, story) or _links(hook, ctx, facts, story).removeprefix("- "),
    )
    number = next(name for name, state in facts["statuses"].items() if state == ended)
    return (News(f"ended:{number}", text.strip()),)


def _what(hook: Hook, deployment: Json) -> str:
    sha = deployment["sha"]
    commit = to(inline(short(sha)), f"{hook.repository.html_url}/commit/{sha}") if sha else ""
    ref = quoted(deployment["ref"], 60) if deployment["ref"] and deployment["ref"] != sha else ""
    return (
        " ".join(part for part in (ref, f"at {commit}" if commit and ref else commit) if part) or "a commit"
    )


def _took(facts: Json, story: History) -> str:
    took = deployments_state.seconds(facts, story)
    return f" in {duration(took)}" if took is not None else ""


def _history(story: History) -> str:
    shown = [
        f"{_STATES.get(one['state'], quoted(one['state'], 40))} {when(_moment(one['at']))}".strip()
        for one in story.states[-_MOST_STATES:]
    ]
    return " → ".join(["…", *shown] if len(story.states) > _MOST_STATES else shown)


def _step(job: Json) -> str:
    mark = "❌" if _broke(job) else "⏭️" if job["conclusion"] == "skipped" else _JOBS.get(job["status"], "◻️")
    took = f" ({duration(job['seconds'])})" if job["seconds"] is not None and job["conclusion"] else ""
    at = f" at {quoted(job['step'])}" if job["step"] else ""
    return f"{mark} {linked(job['name'] or 'a job', job['url'])}{at}{took}"


def _broke(job: Json) -> bool:
    return runs_state.result(job["conclusion"]) == runs_state.BAD


def _names(title: str, names: list[str]) -> str:
    return f"- {title}: {', '.join(quoted(name, 60) for name in names)}" if names else ""


def _waits(facts: Json, story: History) -> bool:
    return bool(facts.get("rule")) and story.now in {"created", "pending", "queued", "waiting"}


def _links(hook: Hook, ctx: ReadContext, facts: Json, story: History) -> str:
    deployment, (run, run_url) = facts["deployment"], facts["run"]
    log = story.last("log") or story.last("target")
    links = [
        to("log", log) if log else "",
        to("workflow run", run_url) if run and run_url else "",
        to("artifacts", f"{run_url}#artifacts") if run and run_url and story.ended else "",
        to("address", story.last("address")) if story.last("address") else "",
        _compared(hook, ctx, deployment),
    ]
    given = [one for one in links if one]
    return f"- See: {' · '.join(given)}" if given else ""


def _compared(hook: Hook, ctx: ReadContext, deployment: Json) -> str:
    """What changed since the deployment before it, to be looked at."""
    begun = _moment(deployment["begun"])
    former = _deployments.latest(ctx.session, ctx.scope, begun, deployment["environment"]) if begun else None
    if former is None or former.commit in ("", deployment["sha"]):
        return ""
    if former.repository != hook.repository.full_name:
        return ""
    url = f"{hook.repository.html_url}/compare/{former.commit}...{deployment['sha']}"
    return to(f"changes since {former.name}", url)


def _next(ctx: ReadContext, story: History) -> str:
    if story.now == "waiting":
        return NEXT_WAITING
    if story.outcome in BROKEN:
        more = f" {_deployments.AFTERWARDS.format(slug=ctx.scope)}" if ctx.scope else ""
        return NEXT_FAILED + more
    return NEXT_DONE.format(slug=ctx.scope) if story.now == "success" and ctx.scope else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
