"""How the runs of one kind on one branch are written: the card, and the news that it fails or works again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from handlers.github import runs_state as state
from handlers.github.reading import Account, Json, ReadContext
from handlers.github.runs_state import BAD, GOOD, Standing
from handlers.github.shared import lines, linked, listed, person, quoted, short, to, when
from stuf_bot.chat.format import duration
from stuf_bot.chat.outside import inline

CARD = "{name} on {branch}: {result}"
FAILS = "❌ {name} on {branch} **fails** since {run}{failed}. {next}"
WORKS = "✅ {name} on {branch} **works again** with {run}, after {streak}."
NEXT = "Next: open the run for its log; *Re-run failed jobs* there tries once more."

_RESULTS: Final = {GOOD: "✅ **good**", BAD: "❌ **failing**", state.OPEN: "⏳ no result yet"}
_MARKS: Final = {GOOD: "✅", BAD: "❌"}
_SHOWN: Final = 10
_MOST_JOBS: Final = 5


def card(name: str, branch: str, now: Standing, failed: Iterable[Json], ctx: ReadContext) -> str:
    """The card. `name` is safe Markdown, `branch` is not; `failed` are the jobs of the last run that failed."""
    head = CARD.format(name=name, branch=quoted(branch) if branch else "no branch", result=_standing(now))
    jobs = [_job(job) for job in failed] if now.result == BAD else []
    history = " ".join(_MARKS[one] for one in now.history[-_SHOWN:])
    return lines(
        head,
        f"- Last: {_run(now.last, ctx)}" if now.last else "",
        *(f"- Failed: {job}" for job in listed(jobs, _MOST_JOBS)),
        *(f"- Since: {_run(one, ctx)}" for one in now.busy[-2:]),
        f"- Before, the newest at the end: {history}" if len(now.history) > 1 else "",
        NEXT if now.result == BAD else "",
    )


def fails(name: str, branch: str, now: Standing, failed: Iterable[Json]) -> str:
    """The news that it began to fail."""
    jobs = listed([_job(job) for job in failed], _MOST_JOBS)
    return FAILS.format(
        name=name,
        branch=quoted(branch),
        run=_number(now.last or {}),
        failed=f" ({', '.join(jobs)})" if jobs else "",
        next=NEXT,
    )


def works(name: str, branch: str, before: Standing, now: Standing) -> str:
    """The news that it works again."""
    count = before.streak
    streak = "one failure" if count == 1 else f"{count} failures"
    return WORKS.format(name=name, branch=quoted(branch), run=_number(now.last or {}), streak=streak)


def _standing(now: Standing) -> str:
    text = _RESULTS[now.result]
    if now.streak > 1 and now.since:
        begun = f", since {when(_moment(now.since['at']))}" if now.since["at"] else ""
        return f"{text}, {now.streak} times in a row{begun}"
    return text


def _run(run: Json, ctx: ReadContext) -> str:
    begun, ended = _moment(run["begun"]), _moment(run["at"])
    took = ended - begun if begun and ended and run["conclusion"] else None
    parts = [
        _number(run) + (f" (attempt {run['attempt']})" if run["attempt"] > 1 else ""),
        quoted(run["title"]) if run["title"] else "",
        inline(short(run["sha"])) if run["sha"] else "",
        f"by {person(Account(login=run['actor']), ctx)}" if run["actor"] else "",
        quoted((run["conclusion"] or run["status"]).replace("_", " "), 40)
        if run["conclusion"] or run["status"]
        else "",
        f"took {duration(took.total_seconds())}" if took else "",
        when(ended),
    ]
    return " · ".join(part for part in parts if part)


def _number(run: Json) -> str:
    return to(run.get("word") or "a run", run.get("url", ""))


def _job(job: Json) -> str:
    step = f" at {quoted(job['step'])}" if job["step"] else ""
    return linked(job["name"] or "a job", job["url"]) + step


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
