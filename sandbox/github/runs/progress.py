"""How far the jobs of one attempt are: their steps, and the logs of these."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.github import records
from sandbox.github.realm import Realm
from sandbox.github.runs import logs
from sandbox.github.runs.dispatch import context_of
from sandbox.github.runs.expressions import fill
from sandbox.github.runs.workflow_file import WorkflowFile

Told = Callable[[records.Job, str], None]

# What GitHub masks at the head of a step's log.
_HIDDEN = re.compile(r"\$\{\{\s*(secrets\.\w+|github\.token)\s*\}\}")
_SET_UP, _COMPLETE = "Set up job", "Complete job"


class Progress:
    """Writes down what happens to the jobs; `told(job, action)` hears when one starts and ends."""

    def __init__(
        self, realm: Realm, run: records.Run, file: WorkflowFile, mask: logs.Masker, told: Told
    ) -> None:
        self._realm = realm
        self._run = run
        self._context = context_of(realm, realm.repositories[run.repository], run, file)
        self._mask = mask
        self._told = told
        self._plans = {plan.key: plan for plan in file.jobs}

    def now(self) -> float:
        """Unix seconds."""
        return self._realm.clock()

    def jobs(self) -> list[records.Job]:
        """The jobs of this attempt."""
        return self._realm.jobs.where(run=self._run.id, attempt=self._run.attempt)

    def job(self, key: str, matrix: str) -> records.Job | None:
        """The job with this key and matrix; a matrix that could not be known before adds one."""
        found = [job for job in self.jobs() if job.job == key]
        exact = next((job for job in found if job.matrix == matrix), None)
        if exact is not None or key not in self._plans or not found:
            return exact
        values = ", ".join(str(value) for value in json.loads(matrix).values())
        name = f"{key} ({values})"
        if found[0].matrix == "{}" and found[0].started_at is None:
            return self._realm.jobs.change(found[0].id, matrix=matrix, name=name)
        copied = found[0].model_dump(include={"run", "attempt", "job", "labels", "timeout"})
        return self._realm.jobs.add(**copied, matrix=matrix, name=name, created_at=self._realm.clock())

    def start_job(self, job: records.Job) -> None:
        """A runner has taken the job: all its steps are known now."""
        now = self._realm.clock()
        context = {**self._context, "matrix": json.loads(job.matrix)}
        steps = [
            _instant(1, _SET_UP, now),
            *(
                records.Step(number=number, key=step.key, name=fill(step.name, context))
                for number, step in enumerate(self._plans[job.job].steps, 2)
            ),
        ]
        row = self._realm.jobs.change(job.id, status="in_progress", started_at=now, steps=tuple(steps))
        repository = self._realm.repositories[self._run.repository]
        lines = [
            "Current runner version: 'act'",
            "Runner name: 'sandbox'",
            f"Job defined at: {repository.full_name}/{self._run.path}@{self._run.ref}",
            f"Complete job name: {row.name}",
        ]
        self.write(row, 1, "\n".join(lines))
        self._told(row, "in_progress")

    def start_step(self, job: records.Job, key: str, name: str) -> None:
        """A step begins; `name` is its name as act evaluated it."""
        now = self._realm.clock()
        steps = list(job.steps)
        at = next((place for place, row in enumerate(steps) if row.key == key), None)
        if at is None:
            stage, _, main = key.partition(":")
            title = f"{stage} {next((row.name for row in steps if row.key == main), name)}"
            steps.append(records.Step(number=1 + max(row.number for row in steps), key=key, name=title))
            at = len(steps) - 1
        # What lies before and has not started was passed over by its `if:`.
        steps[:at] = [_ended(row, now, "skipped") if row.status == "queued" else row for row in steps[:at]]
        shown = name if "${{" in steps[at].name else steps[at].name
        steps[at] = steps[at].model_copy(update={"name": shown, "status": "in_progress", "started_at": now})
        row = self._realm.jobs.change(job.id, steps=tuple(steps))
        self.write(row, steps[at].number, "\n".join(self._head(row, key, shown)))

    def change_step(self, job: records.Job, step: records.Step, **fields: Any) -> None:
        """Replace some fields of one step."""
        steps = tuple(row.model_copy(update=fields) if row.key == step.key else row for row in job.steps)
        self._realm.jobs.change(job.id, steps=steps)

    def end_job(self, job: records.Job, conclusion: str) -> None:
        """A started job is over: what was not reached is skipped, what still runs was cut off."""
        now = self._realm.clock()
        endings = {"queued": "skipped", "in_progress": "cancelled"}
        steps = [_ended(row, now, endings[row.status]) if row.status in endings else row for row in job.steps]
        number = 1 + max((row.number for row in steps), default=0)
        steps.append(_instant(number, _COMPLETE, now))
        row = self._realm.jobs.change(
            job.id, status="completed", conclusion=conclusion, completed_at=now, steps=tuple(steps)
        )
        self.write(row, number, "Cleaning up orphan processes")
        self._told(row, "completed")

    def pass_over(self, job: records.Job, conclusion: str) -> None:
        """A job is over that never started."""
        now = self._realm.clock()
        row = self._realm.jobs.change(
            job.id, status="completed", conclusion=conclusion, started_at=now, completed_at=now
        )
        self._told(row, "completed")

    def timeout_of(self, job: records.Job, key: str) -> str:
        """The `timeout-minutes` of a step, as its file has it."""
        return next((step.timeout for step in self._plans[job.job].steps if step.key == key), "")

    def write(self, job: records.Job, step: int, text: str) -> None:
        """Add lines to the log of a step."""
        self._log(job).write(step, text)

    def summarise(self, job: records.Job, text: str) -> None:
        """Keep what a step wrote for the summary of its run."""
        self._log(job).summarise(text)

    def _log(self, job: records.Job) -> logs.JobLog:
        return logs.JobLog(logs.folder_of(self._realm.state, job), self._realm.clock, self._mask)

    def _head(self, job: records.Job, key: str, title: str) -> list[str]:
        """What stands above the output of a step: what it runs, folded away."""
        plan = next((step for step in self._plans[job.job].steps if step.key == key), None)
        context = {**self._context, "matrix": json.loads(job.matrix)}
        lines = plan.head if plan else (title,)
        first, *rest = (fill(_HIDDEN.sub("***", line), context) for line in lines)
        return [f"##[group]{first}", *rest, "##[endgroup]"]


def _instant(number: int, name: str, now: float) -> records.Step:
    """A step of the runner itself, done as soon as it began."""
    step = records.Step(number=number, key=f"runner:{number}", name=name, started_at=now)
    return _ended(step, now, "success")


def _ended(step: records.Step, now: float, conclusion: str) -> records.Step:
    times = {"started_at": step.started_at or now, "completed_at": now}
    return step.model_copy(update={"status": "completed", "conclusion": conclusion, **times})
