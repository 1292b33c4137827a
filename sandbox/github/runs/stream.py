"""Reads act's JSON stream: which job and step a line is about, and what it says."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.github import records
from sandbox.github.runs.logs import Masker
from sandbox.github.runs.progress import Progress
from sandbox.github.runs.workflow_file import matrix_key

_EXIT = re.compile(r"exit status (\d+)")
_COMMANDS = {"error", "warning", "notice", "group", "endgroup"}
_CUT_OFF = "this step has been cancelled"
_STARTS = "⭐ Run "


class Follower:
    """Takes the lines of one attempt's act, and tells `progress` what they mean."""

    def __init__(self, progress: Progress, mask: Masker) -> None:
        self._progress = progress
        self._mask = mask
        self._soft: set[tuple[int, str]] = set()
        self._outside: list[str] = []
        self.cancelled = False

    def line(self, text: str) -> None:
        """One line of act's output; what is no event is kept for the case that nothing else explains a failure."""
        try:
            event = json.loads(text)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self._outside.append(text)
            return
        key = event.get("jobID")
        job = self._progress.job(key, matrix_key(event.get("matrix"))) if key else None
        if job is not None:
            self._of_job(job, event, str(event.get("msg", "")))
        elif event.get("level") in {"error", "fatal"}:
            self._outside.append(str(event.get("msg")))

    def overdue(self, job: records.Job) -> None:
        """Note in the log of a job that its time is up."""
        found = next(row for row in self._progress.jobs() if row.id == job.id)
        step = next((step.number for step in found.steps if step.status == "in_progress"), 1)
        limit = f"{job.timeout / 60:g} minutes"
        text = f"The job running on runner sandbox has exceeded the maximum execution time of {limit}."
        self._progress.write(found, step, f"##[error]{text}")

    def finish(self, conclusion: records.Conclusion) -> None:
        """Close whatever is still open when act has ended."""
        endings = {"cancelled": "cancelled", "startup_failure": "failure"}
        for job in self._progress.jobs():
            if job.status == "completed":
                continue
            if job.started_at is not None:
                self._progress.end_job(job, conclusion)
                continue
            if conclusion == "startup_failure":
                self._progress.write(job, 1, "\n".join(f"##[error]{line}" for line in self._outside))
            self._progress.pass_over(job, endings.get(conclusion, "skipped"))

    def _of_job(self, job: records.Job, event: Mapping[str, Any], text: str) -> None:
        if event.get("command") == "add-mask":
            self._mask.add(str(event.get("arg", "")))
        elif event.get("jobResult") and job.started_at is not None:
            self._progress.end_job(job, "cancelled" if self.cancelled else event["jobResult"])
        elif event.get("stepid") == ["--setup-job"] and text.startswith(_STARTS):
            self._progress.start_job(job)
        elif event.get("stepID") and event.get("stage") != "Pre":
            self._of_step(job, event, text)

    def _of_step(self, job: records.Job, event: Mapping[str, Any], text: str) -> None:
        stage, keys = event.get("stage"), event["stepID"]
        key = keys[0] if stage == "Main" else f"{stage}:{keys[0]}"
        # Steps within a composite action have more than one key: their output is the outer step's.
        outermost = len(keys) == 1
        if text.startswith(_STARTS):
            if outermost:
                self._progress.start_step(job, key, str(event.get("step")).strip())
            return
        step = next((row for row in job.steps if row.key == key), None)
        if step is None:
            return
        if event.get("stepResult"):
            if outermost:
                self._end_step(job, step, event["stepResult"])
        elif outermost and text.startswith("Failed but continue"):
            self._soft.add((job.id, key))
        else:
            self._output(job, step, event, text)

    def _end_step(self, job: records.Job, step: records.Step, result: str) -> None:
        soft = (job.id, step.key) in self._soft
        self._progress.change_step(
            job,
            step,
            status="completed",
            conclusion="success" if soft else result,
            completed_at=self._progress.now(),
        )

    def _output(self, job: records.Job, step: records.Step, event: Mapping[str, Any], text: str) -> None:
        command = event.get("command")
        if command in _COMMANDS:
            self._progress.write(job, step.number, f"##[{command}]{event.get('arg', '')}")
        elif command == "summary":
            self._progress.summarise(job, str(event.get("content", "")))
        elif event.get("raw_output"):
            self._progress.write(job, step.number, text.removesuffix("\n"))
        elif event.get("level") == "error":
            self._progress.write(job, step.number, f"##[error]{self._reason(job, step, text)}")

    def _reason(self, job: records.Job, step: records.Step, text: str) -> str:
        """Why a step failed, in GitHub's words."""
        if code := _EXIT.fullmatch(text):
            return f"Process completed with exit code {code.group(1)}."
        if not text.startswith(_CUT_OFF):
            return text
        if self.cancelled:
            self._progress.change_step(job, step, conclusion="cancelled")
            return "The operation was canceled."
        return f"The action '{step.name}' has timed out after {self._progress.timeout_of(job, step.key)} minutes."
