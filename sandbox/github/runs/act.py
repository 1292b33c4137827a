"""One attempt of one run by the `act` binary, from checkout to conclusion."""

import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass

from sandbox.github import access, records
from sandbox.github.realm import Realm
from sandbox.github.runs import catalogue
from sandbox.github.runs.dispatch import context_of
from sandbox.github.runs.expressions import fill
from sandbox.github.runs.logs import Masker
from sandbox.github.runs.progress import Progress, Told
from sandbox.github.runs.reaper import mark_of, reap
from sandbox.github.runs.stream import Follower
from sandbox.github.runs.timers import Timers
from sandbox.github.runs.workflow_file import WorkflowFile
from sandbox.github.runs.workspace import Workspace

# How long `if: always()` steps may take after a cancellation before everything is killed.
_GRACE_SECONDS = 60.0


@dataclass
class Attempt:
    """A run that is going on; `cancel` may be called from another thread, more than once."""

    realm: Realm
    run: records.Run
    told: Told

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._follower: Follower | None = None
        self._cancelled = threading.Event()
        self._killer: threading.Timer | None = None
        self._mark = mark_of(self.realm.state, self.run)

    def cancel(self, *, grace: float = _GRACE_SECONDS) -> None:
        """End the run: its steps are interrupted, `always()` steps still get `grace` seconds."""
        self._cancelled.set()
        if self._follower is not None:
            self._follower.cancelled = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        if self._killer is not None:
            self._killer.cancel()
        self._killer = threading.Timer(grace, process.kill)
        self._killer.daemon = True
        self._killer.start()

    def execute(self) -> records.Conclusion:
        """Run it; returns how it ended.

        Raises:
            OSError, GitError, WorkflowFileError, ActMissingError: it could not be started.
        """
        workspace = Workspace(self.realm, self.run, self._mark)
        repository = self.realm.repositories[self.run.repository]
        file = catalogue.read(self.realm, repository, self.run.path, self.run.sha)
        token = access.issue_token(
            self.realm,
            "job",
            "github-actions[bot]",
            repositories=(repository.id,),
            permissions={"contents": file.contents},
        )
        try:
            return self._execute(workspace, file, token)
        finally:
            if self._killer is not None:
                self._killer.cancel()
            access.revoke(self.realm, token)
            reap(self._mark)
            shutil.rmtree(workspace.folder, ignore_errors=True)

    def _execute(self, workspace: Workspace, file: WorkflowFile, token: str) -> records.Conclusion:
        secrets = {**self._settings("secrets", file), "GITHUB_TOKEN": token}
        mask = Masker(secrets.values())
        follower = Follower(Progress(self.realm, self.run, file, mask, self.told), mask)
        self._follower = follower
        workspace.check_out(token if file.keeps_credentials else None)
        command = workspace.command(file, secrets, self._settings("variables", file))
        timers = Timers(self.realm, self.run, self._overdue)
        with subprocess.Popen(  # noqa: S603 - no shell, and the arguments are the workspace's own
            command,
            cwd=workspace.tree,
            env=workspace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._process = process
            if self._cancelled.is_set():
                self.cancel()
            for line in process.stdout or ():
                follower.line(line.rstrip("\n"))
                timers.look()
        timers.stop()
        return self._conclude(follower, process.returncode)

    def _settings(self, kind: str, file: WorkflowFile) -> dict[str, str]:
        """Secrets or variables by name; those of the jobs' environments win over the repository's."""
        table = self.realm.secrets if kind == "secrets" else self.realm.variables
        context = context_of(self.realm, self.realm.repositories[self.run.repository], self.run, file)
        places = [None, *sorted({fill(plan.environment, context) for plan in file.jobs if plan.environment})]
        return {
            row.name: row.value
            for place in places
            for row in table.where(repository=self.run.repository, environment=place)
        }

    def _overdue(self, job: records.Job) -> None:
        if self._follower is not None:
            self._follower.overdue(job)
        self.cancel()

    def _conclude(self, follower: Follower, code: int) -> records.Conclusion:
        jobs = self.realm.jobs.where(run=self.run.id, attempt=self.run.attempt)
        ran = [job for job in jobs if job.started_at is not None]
        conclusion: records.Conclusion
        if self._cancelled.is_set():
            conclusion = "cancelled"
        elif code and not ran:
            conclusion = "startup_failure"
        else:
            conclusion = "failure" if code or any(job.conclusion == "failure" for job in ran) else "success"
        follower.finish(conclusion)
        return conclusion
