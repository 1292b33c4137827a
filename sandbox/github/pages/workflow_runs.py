"""Workflow runs: the list, and one run with its jobs, steps and growing logs."""

import re

from markupsafe import Markup

from sandbox.github import records
from sandbox.github.pages.view import Page, Visit
from sandbox.github.pages.when import duration, moment
from sandbox.github.runs import logs
from sandbox.viewing import PageMissingError, join

_MARKS = {
    "success": "✅",
    "failure": "❌",
    "startup_failure": "❌",
    "timed_out": "❌",
    "cancelled": "🚫",
    "skipped": "⏭️",
    "in_progress": "🟡",
    "queued": "⚪",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MOST_LINES = 2000


def listing(visit: Visit) -> Page:
    """The runs of a repository, or of one workflow file, the newest first."""
    row = visit.repository()
    runs = visit.realm.runs.where(repository=row.id)
    if file := visit.path.get("file"):
        runs = [run for run in runs if run.path.endswith(f"/{file}")]
    runs.sort(key=lambda run: -run.id)
    lines = [
        Markup(
            "<li>{} <a href='/{}/actions/runs/{}'><b>{}</b></a> <span class='quiet'>{} #{} by {}, {} {}</span></li>"
        ).format(
            _mark(run.status, run.conclusion),
            row.full_name,
            run.id,
            run.title,
            run.workflow_name,
            run.number,
            run.actor,
            moment(run.created_at),
            _took(visit, run),
        )
        for run in runs
    ]
    empty = Markup("<p>No workflow has run yet.</p>")
    body = Markup("<ul class='rows'>{}</ul>").format(join(lines)) if lines else empty
    live = any(run.status != "completed" for run in runs)
    return Page(f"Actions · {row.full_name}", Markup("<h1>Workflow runs</h1>") + body, row, "Actions", live)


def one(visit: Visit) -> Page:
    """One run; of its jobs all, or the one that the address names."""
    row = visit.repository()
    run = visit.realm.runs.get(visit.path["run"])
    if run is None or run.repository != row.id:
        raise PageMissingError
    jobs = visit.realm.jobs.where(run=run.id, attempt=run.attempt)
    if "job" in visit.path:
        jobs = [job for job in visit.realm.jobs.where(run=run.id) if job.id == visit.path["job"]]
    ended = Markup("{} {}").format(_mark(run.status, run.conclusion), run.conclusion or run.status)
    facts = Markup("{}, attempt {}, by {} on <code>{}</code> <a href='/{}/commit/{}'>{}</a>, {} {}").format(
        ended,
        run.attempt,
        run.actor,
        run.branch,
        row.full_name,
        run.sha,
        run.sha[:7],
        moment(run.created_at),
        _took(visit, run),
    )
    inputs = [
        Markup("<dt>{}</dt><dd><code>{}</code></dd>").format(name, value)
        for name, value in run.inputs.items()
    ]
    shown = Markup("<details id='inputs'><summary>Inputs</summary><dl>{}</dl></details>").format(join(inputs))
    body = Markup("<h1>{} <span class='quiet'>{} #{}</span></h1><p>{}</p>{}{}").format(
        run.title,
        run.workflow_name,
        run.number,
        facts,
        shown if inputs else "",
        join([_job(visit, job) for job in jobs]),
    )
    return Page(f"{run.title} · {row.full_name}", body, row, "Actions", live=run.status != "completed")


def _job(visit: Visit, job: records.Job) -> Markup:
    now = visit.realm.clock()
    steps = [_step(visit, job, step, now) for step in job.steps]
    if not steps and (text := logs.job_text(visit.realm.state, job)):
        steps = [_log(text)]
    if text := logs.summary(visit.realm.state, job):
        steps.append(Markup("<h3>Summary</h3><pre class='message'>{}</pre>").format(text))
    return Markup("<section class='job'><h2>{} {} <span class='quiet'>{}</span></h2>{}</section>").format(
        _mark(job.status, job.conclusion),
        job.name,
        duration(job.started_at, job.completed_at, now),
        join(steps),
    )


def _step(visit: Visit, job: records.Job, step: records.Step, now: float) -> Markup:
    text = logs.step_text(visit.realm.state, job, step.number)
    head = Markup("{} {} <span class='quiet'>{}</span>").format(
        _mark(step.status, step.conclusion), step.name, duration(step.started_at, step.completed_at, now)
    )
    if not text or step.conclusion == "skipped":
        return Markup("<p class='step'>{}</p>").format(head)
    wide = Markup(" open") if step.status == "in_progress" or step.conclusion == "failure" else ""
    return Markup("<details class='step' id='s{}-{}'{}><summary>{}</summary>{}</details>").format(
        job.id, step.number, wide, head, _log(text)
    )


def _log(text: str) -> Markup:
    lines = text.removesuffix("\n").split("\n")
    left_out = len(lines) - _MOST_LINES
    note = Markup("<p class='quiet'>The first {} lines are not shown.</p>").format(left_out)
    parts = [_log_line(line) for line in lines[-_MOST_LINES:]]
    return (note if left_out > 0 else Markup("")) + Markup("<pre class='log'>{}</pre>").format(
        Markup("").join(parts)
    )


def _log_line(line: str) -> Markup:
    stamp, _, text = line.lstrip("\ufeff").partition(" ")
    text = _COLOUR.sub("", text)
    kind = re.match(r"##\[(\w+)\]", text)
    name = kind.group(1) if kind else "plain"
    if name == "endgroup":
        return Markup("")
    text = text[kind.end() :] if kind else text
    return Markup("<span class='line {}' title='{}'>{}\n</span>").format(name, stamp, text)


def _mark(status: str, conclusion: str | None) -> Markup:
    word = conclusion or status
    return Markup("<span class='mark' role='img' aria-label='{}'>{}</span>").format(
        word, _MARKS.get(word, "⚪")
    )


def _took(visit: Visit, run: records.Run) -> str:
    if run.status == "queued":
        return ""
    end = run.updated_at if run.status == "completed" else None
    return duration(run.started_at, end, visit.realm.clock())
