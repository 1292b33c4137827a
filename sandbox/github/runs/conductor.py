"""Decides which run goes on when: the queue, concurrency groups, cancellation, and what survives a restart."""

import shutil
import threading
from typing import Any

from sandbox.github import git, records
from sandbox.github.realm import Realm
from sandbox.github.runs import logs
from sandbox.github.runs import shapes as run_shapes
from sandbox.github.runs.act import Attempt
from sandbox.github.runs.reaper import mark_of, reap
from sandbox.github.runs.workflow_file import WorkflowFileError
from sandbox.github.runs.workspace import ActMissingError

_STOP_SECONDS = 20.0
_STOP_GRACE_SECONDS = 2.0


class Conductor:
    """Runs queued runs in the order of their ids, at most `max_parallel` at a time."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._lock = threading.RLock()
        self._going: dict[int, tuple[Attempt, threading.Thread]] = {}
        self._open = False

    def start(self) -> None:
        """Close what a stop cut off, then take up the queue."""
        for run in self._realm.runs:
            if run.status == "in_progress":
                # A server that was killed leaves act and its steps behind.
                reap(mark_of(self._realm.state, run))
                self._abandon(run)
        for token in self._realm.tokens.where(kind="job"):
            self._realm.tokens.remove(token.id)
        for folder in (self._realm.state / "runner").glob("[0-9]*-[0-9]*"):
            shutil.rmtree(folder, ignore_errors=True)
        self._open = True
        self._pump()

    def stop(self) -> None:
        """Cancel what is running and wait for it; the queue stays for the next start."""
        with self._lock:
            self._open = False
            going = list(self._going.values())
        for attempt, _ in going:
            attempt.cancel(grace=_STOP_GRACE_SECONDS)
        for _, thread in going:
            thread.join(_STOP_SECONDS)

    def enqueue(self, run: records.Run) -> None:
        """Queue a run; in its concurrency group it replaces a waiting one, and may cancel a running one."""
        with self._lock:
            self._tell_run(run, "requested")
            for job in self._realm.jobs.where(run=run.id, attempt=run.attempt):
                self._tell_job(job, "queued")
            if run.group is not None:
                for other in self._group(run):
                    if other.status == "queued" or run.cancel_in_progress:
                        self.cancel(other.id)
        self._pump()

    def cancel(self, number: int, *, force: bool = False) -> bool:
        """Cancel a run; False if it has ended already."""
        with self._lock:
            run = self._realm.runs[number]
            if run.status == "completed":
                return False
            if number in self._going:
                attempt = self._going[number][0]
                options: dict[str, Any] = {"grace": 0.1} if force else {}
                attempt.cancel(**options)
            else:
                self._abandon(run)
        self._pump()
        return True

    def _group(self, run: records.Run) -> list[records.Run]:
        return [
            other
            for other in self._realm.runs.where(repository=run.repository, group=run.group)
            if other.id != run.id and other.status != "completed"
        ]

    def _pump(self) -> None:
        with self._lock:
            for run in self._realm.runs:
                if not self._open or len(self._going) >= self._realm.runner.max_parallel:
                    return
                if run.status != "queued" or run.id in self._going:
                    continue
                if run.group and any(other.id in self._going for other in self._group(run)):
                    continue
                attempt = Attempt(self._realm, run, self._tell_job)
                thread = threading.Thread(
                    target=self._work, args=(attempt,), name=f"run-{run.id}", daemon=True
                )
                self._going[run.id] = (attempt, thread)
                thread.start()

    def _work(self, attempt: Attempt) -> None:
        run = attempt.run
        try:
            now = self._realm.clock()
            run = self._realm.runs.change(run.id, status="in_progress", updated_at=now, started_at=now)
            self._tell_run(run, "in_progress")
            conclusion = attempt.execute()
        except (OSError, git.GitError, WorkflowFileError, ActMissingError) as wrong:
            self._note(run, str(wrong))
            conclusion = "startup_failure"
        except KeyError:
            if self._realm.runs.get(run.id) is not None:
                raise
            # The repository was deleted under the run: nothing is left to report to.
            with self._lock:
                self._going.pop(run.id, None)
            return
        with self._lock:
            self._going.pop(run.id, None)
            self._end(run.id, conclusion)
        self._pump()

    def _abandon(self, run: records.Run) -> None:
        """End a run that has no process: it waited, or the server was stopped under it."""
        now = self._realm.clock()
        for job in self._realm.jobs.where(run=run.id, attempt=run.attempt):
            if job.status != "completed":
                steps = tuple(_cut_off(step, now) for step in job.steps)
                fields = {"started_at": job.started_at or now, "completed_at": now, "steps": steps}
                row = self._realm.jobs.change(job.id, status="completed", conclusion="cancelled", **fields)
                self._tell_job(row, "completed")
        self._end(run.id, "cancelled")

    def _end(self, number: int, conclusion: records.Conclusion) -> None:
        if self._realm.runs.get(number) is None:
            return
        run = self._realm.runs.change(
            number, status="completed", conclusion=conclusion, updated_at=self._realm.clock()
        )
        self._tell_run(run, "completed")

    def _note(self, run: records.Run, text: str) -> None:
        """Say in the jobs' logs why the run could not be started."""
        for job in self._realm.jobs.where(run=run.id, attempt=run.attempt):
            now = self._realm.clock()
            log = logs.JobLog(logs.folder_of(self._realm.state, job), self._realm.clock, logs.Masker(()))
            log.write(1, f"##[error]{text}")
            row = self._realm.jobs.change(
                job.id, status="completed", conclusion="failure", started_at=now, completed_at=now
            )
            self._tell_job(row, "completed")

    def _tell_run(self, run: records.Run, action: str) -> None:
        repository = self._realm.repositories.get(run.repository)
        workflow = self._realm.workflows.get(run.workflow)
        if repository is None or workflow is None:
            return
        url = self._realm.url
        self._realm.post.announce(
            repository,
            "workflow_run",
            action,
            run.actor,
            workflow_run=run_shapes.run(self._realm, url, run),
            workflow=run_shapes.workflow(url, repository, workflow),
        )

    def _tell_job(self, job: records.Job, action: str) -> None:
        run = self._realm.runs.get(job.run)
        repository = self._realm.repositories.get(run.repository) if run else None
        if run is None or repository is None or action == "progress":
            return
        shape = run_shapes.job(self._realm, self._realm.url, run, job)
        self._realm.post.announce(repository, "workflow_job", action, run.actor, workflow_job=shape)


def _cut_off(step: records.Step, now: float) -> records.Step:
    if step.status == "completed":
        return step
    ending = "cancelled" if step.status == "in_progress" else "skipped"
    times = {"started_at": step.started_at or now, "completed_at": now}
    return step.model_copy(update={"status": "completed", "conclusion": ending, **times})
