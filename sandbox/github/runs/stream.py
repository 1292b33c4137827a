"""Turns act's JSON stream into jobs, steps and logs."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.github import records
from sandbox.github.realm import Realm
from sandbox.github.runs import logs
from sandbox.github.runs.dispatch import context_of
from sandbox.github.runs.expressions import fill
from sandbox.github.runs.workflow_file import WorkflowFile, matrix_key

Told = Callable[[records.Job, str], None]

_EXIT = re.compile(r"exit status (\d+)")
# What GitHub masks at the head of a step's log.
_HIDDEN = re.compile(r"\$\{\{\s*(secrets\.\w+|github\.token)\s*\}\}")
_COMMANDS = {"error", "warning", "notice", "group", "endgroup"}
_SET_UP, _COMPLETE = "Set up job", "Complete job"
_CANCELLED = "this step has been cancelled"


class Follower:
    """Reads the lines of one run's act; tells by `told(job, action)` when a job starts and ends."""

    def __init__(
        self, realm: Realm, run: records.Run, file: WorkflowFile, mask: logs.Masker, told: Told
    ) -> None:
        self._realm = realm
        self._run = run
        self._context = context_of(realm, realm.repositories[run.repository], run, file)
        self._mask = mask
        self._told = told
        self._plans = {plan.key: plan for plan in file.jobs}
        self._soft: set[tuple[int, str]] = set()
        self.cancelled = False
        self.outside: list[str] = []

    def line(self, text: str) -> None:
        """One line of act's output; what is no event is kept for the case that nothing else explains a failure."""
        try:
            event = json.loads(text)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self.outside.append(text)
            return
        job = self._job(event)
        if job is None:
            if event.get("level") in {"error", "fatal"}:
                self.outside.append(str(event.get("msg")))
            return
        if event.get("command") == "add-mask":
            self._mask.add(str(event.get("arg", "")))
            return
        self._handle(job, event)

    def overdue(self, job: records.Job) -> None:
        """Note in the log of a job that its time is up."""
        row = self._realm.jobs[job.id]
        step = next((step.number for step in row.steps if step.status == "in_progress"), 1)
        limit = f"{job.timeout / 60:g} minutes"
        text = f"The job running on runner sandbox has exceeded the maximum execution time of {limit}."
        self._log(row).write(step, f"##[error]{text}")

    def finish(self, conclusion: records.Conclusion) -> None:
        """Close whatever is still open when act has ended."""
        for job in self._realm.jobs.where(run=self._run.id, attempt=self._run.attempt):
            if job.status == "completed":
                continue
            if job.started_at is not None:
                self._end_job(job, conclusion)
                continue
            now = self._realm.clock()
            if conclusion == "startup_failure":
                self._log(job).write(1, "\n".join(f"##[error]{line}" for line in self.outside))
            ending = {"cancelled": "cancelled", "startup_failure": "failure"}.get(conclusion, "skipped")
            row = self._realm.jobs.change(
                job.id, status="completed", conclusion=ending, started_at=now, completed_at=now
            )
            self._told(row, "completed")

    def _job(self, event: Mapping[str, Any]) -> records.Job | None:
        if "jobID" not in event:
            return None
        matrix = matrix_key(event.get("matrix"))
        return self._realm.jobs.find(
            lambda row: (
                (row.run, row.attempt, row.job, row.matrix)
                == (self._run.id, self._run.attempt, event["jobID"], matrix)
            )
        )

    def _handle(self, job: records.Job, event: Mapping[str, Any]) -> None:
        text = str(event.get("msg", ""))
        step = str(event.get("step", ""))
        if event.get("jobResult"):
            self._end_job(job, "cancelled" if self.cancelled else event["jobResult"])
        elif "stepid" in event:
            if step == _SET_UP and text.startswith("⭐"):
                self._start_job(job)
        elif event.get("stepID"):
            self._handle_step(job, event, text)

    def _handle_step(self, job: records.Job, event: Mapping[str, Any], text: str) -> None:
        stage, keys = event.get("stage"), event["stepID"]
        key = keys[0] if stage == "Main" else f"{stage}:{keys[0]}"
        outermost = len(keys) == 1
        if stage == "Pre":
            return
        if text.startswith("⭐ Run "):
            if outermost:
                self._start_step(job, key, str(event.get("step")))
            return
        found = next((row for row in job.steps if row.key == key), None)
        if found is None:
            return
        if outermost and text.startswith("Failed but continue"):
            self._soft.add((job.id, key))
        elif event.get("stepResult"):
            if outermost:
                self._end_step(job, found, event["stepResult"])
        else:
            self._log_step(job, found, event, text)

    def _log_step(self, job: records.Job, step: records.Step, event: Mapping[str, Any], text: str) -> None:
        log = self._log(job)
        command = event.get("command")
        if command in _COMMANDS:
            log.write(step.number, f"##[{command}]{event.get('arg', '')}")
        elif event.get("raw_output"):
            log.write(step.number, text.removesuffix("\n"))
        elif text.startswith(_CANCELLED):
            self._change_step(job, step, conclusion="cancelled")
            log.write(step.number, "##[error]The operation was canceled.")
        elif event.get("level") == "error":
            code = _EXIT.fullmatch(text)
            log.write(
                step.number,
                f"##[error]{f'Process completed with exit code {code.group(1)}.' if code else text}",
            )

    def _start_job(self, job: records.Job) -> None:
        now = self._realm.clock()
        plan = self._plans[job.job]
        context = {**self._context, "matrix": json.loads(job.matrix)}
        steps = [
            records.Step(
                number=1,
                key="set-up",
                name=_SET_UP,
                status="completed",
                conclusion="success",
                started_at=now,
                completed_at=now,
            )
        ]
        steps += [
            records.Step(number=number, key=step.key, name=fill(step.name, context))
            for number, step in enumerate(plan.steps, 2)
        ]
        row = self._realm.jobs.change(job.id, status="in_progress", started_at=now, steps=tuple(steps))
        repository = self._realm.repositories[self._run.repository]
        log = self._log(row)
        log.write(
            1,
            "Current runner version: 'act'\n##[group]Runner Image Provisioner\nThe embedded GitHub of the sandbox\n##[endgroup]",
        )
        log.write(1, f"Job defined at: {repository.full_name}/{self._run.path}@{self._run.ref}")
        log.write(1, f"Complete job name: {row.name}")
        self._told(row, "in_progress")

    def _start_step(self, job: records.Job, key: str, name: str) -> None:
        now = self._realm.clock()
        steps = list(job.steps)
        at = next((place for place, row in enumerate(steps) if row.key == key), None)
        if at is None:
            number = 1 + max(row.number for row in steps)
            stage, _, main = key.partition(":")
            title = f"{stage} {next((row.name for row in steps if row.key == main), name.strip())}"
            steps.append(records.Step(number=number, key=key, name=title))
            at = len(steps) - 1
        # What lies before and has not started was passed over by its `if:`.
        for place in range(at):
            if steps[place].status == "queued":
                steps[place] = _skipped(steps[place], now)
        if "${{" in steps[at].name:
            steps[at] = steps[at].model_copy(update={"name": name.strip()})
        steps[at] = steps[at].model_copy(update={"status": "in_progress", "started_at": now})
        row = self._realm.jobs.change(job.id, steps=tuple(steps))
        self._log(row).write(steps[at].number, "\n".join(self._head(row, key, title=name.strip())))
        self._told(row, "progress")

    def _end_step(self, job: records.Job, step: records.Step, result: str) -> None:
        if (job.id, step.key) in self._soft:
            result = "success"
        now = self._realm.clock()
        row = self._change_step(job, step, status="completed", conclusion=result, completed_at=now)
        self._told(row, "progress")

    def _change_step(self, job: records.Job, step: records.Step, **fields: Any) -> records.Job:
        steps = tuple(row.model_copy(update=fields) if row.key == step.key else row for row in job.steps)
        return self._realm.jobs.change(job.id, steps=steps)

    def _end_job(self, job: records.Job, conclusion: records.Conclusion) -> None:
        now = self._realm.clock()
        steps = []
        for step in job.steps:
            if step.status == "queued":
                steps.append(_skipped(step, now))
            elif step.status == "in_progress":
                steps.append(
                    step.model_copy(
                        update={"status": "completed", "conclusion": "cancelled", "completed_at": now}
                    )
                )
            else:
                steps.append(step)
        number = 1 + max((row.number for row in steps), default=0)
        steps.append(
            records.Step(
                number=number,
                key="complete",
                name=_COMPLETE,
                status="completed",
                conclusion="success",
                started_at=now,
                completed_at=now,
            )
        )
        row = self._realm.jobs.change(
            job.id, status="completed", conclusion=conclusion, completed_at=now, steps=tuple(steps)
        )
        self._log(row).write(number, "Cleaning up orphan processes")
        self._told(row, "completed")

    def _head(self, job: records.Job, key: str, *, title: str) -> list[str]:
        """What stands above the output of a step: what it runs, folded away."""
        plan = next((step for step in self._plans[job.job].steps if step.key == key), None)
        lines = plan.head if plan else (f"{key.split(':', 1)[0]} {title}",)
        context = {**self._context, "matrix": json.loads(job.matrix)}
        first, *rest = (fill(_HIDDEN.sub("***", line), context) for line in lines)
        return [f"##[group]{first}", *rest, "##[endgroup]"]

    def _log(self, job: records.Job) -> logs.JobLog:
        return logs.JobLog(logs.folder_of(self._realm.state, job), self._realm.clock, self._mask)


def _skipped(step: records.Step, now: float) -> records.Step:
    return step.model_copy(
        update={"status": "completed", "conclusion": "skipped", "started_at": now, "completed_at": now}
    )
