"""AWS and GitHub on this machine, and the stages as the workflow runs them there."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from github import Auth, Github
from github.Repository import Repository

from provisioning.stages.run import Run
from provisioning.stages.settings import read_settings
from provisioning.stages.work import Work, open_log
from sandbox.aws import Aws
from sandbox.github import GitHub

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[3]
OWNER = "acme"
REGION = "eu-west-1"
SENDER = "uploads@example.org"
ALARM_TOPIC = "arn:aws:sns:{region}:000000000000:stuf-alarms"


@dataclass
class Ended:
    """How a stage ended: its exit code and what it printed."""

    code: int
    output: str

    @property
    def error(self) -> str:
        """The last error line, which people are told."""
        return next(line for line in reversed(self.output.splitlines()) if line.startswith("::error"))

    @property
    def changed(self) -> list[str]:
        """The playbook's tasks that changed something."""
        return [line for line in self.output.splitlines() if line.startswith("changed:")]


@dataclass
class Place:
    """AWS and GitHub, and the environment that a step of the workflow has."""

    aws: Aws
    github: GitHub
    token: str
    folder: Path
    inputs: dict[str, str] = field(default_factory=dict)

    def environment(self, slug: str, **more: str) -> dict[str, str]:
        spec = {"slug": slug, "name": "Acme Audit", "storage": {"kind": "aws", "region": REGION}}
        return {
            **self.aws.environment,
            "PATH": os.environ["PATH"],
            "STUF_SLUG": slug,
            "STUF_OPERATION": f"op-{slug}-1",
            "STUF_SPEC": json.dumps(spec),
            "STUF_REQUESTED_BY": "Tess Architect (9)",
            "STUF_REASON": "TICKET-17",
            "STUF_REGION": REGION,
            "STUF_OWNER": OWNER,
            "STUF_SENDER": SENDER,
            "STUF_ARTEFACT_BUCKET": "stuf-artefacts-acme",
            "STUF_ADDRESS_TEMPLATE": f"{self.aws.edge_url}/{{slug}}",
            "STUF_NOTIFY_URL": "http://127.0.0.1:9/hooks/stuf",
            "STUF_ALARM_TOPIC": ALARM_TOPIC,
            "LAMBDA_RUNTIME": f"python3.{sys.version_info.minor}",
            "STUF_GITHUB_TOKEN": self.token,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": self.github.url,
            "GITHUB_REPOSITORY": f"{OWNER}/stuf-control",
            "GITHUB_RUN_ID": "7",
            "STUF_WORK": str(self.folder / "operation"),
            # Fetching the dependencies of the API is measured nowhere; one copy serves all tests.
            "STUF_BUILD_CACHE": os.environ.get("STUF_BUILD_CACHE") or str(ROOT / "build" / "lambda"),
            **more,
        }

    def stage(self, slug: str, *words: str, **more: str) -> Ended:
        """Run a stage as the workflow does: in the provisioning environment, told by environment variables."""
        venv = Path(os.environ.get("PROVISIONING_VENV") or ROOT / ".venv-provisioning")
        ended = subprocess.run(
            [venv / "bin" / "python", "-m", "provisioning.stages", *words],
            cwd=ROOT,
            env=self.environment(slug, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=240,
        )
        return Ended(ended.returncode, ended.stdout)

    def run(self, slug: str, monkeypatch: pytest.MonkeyPatch, **more: str) -> Run:
        """What a stage has at hand, for calling it in this process."""
        environment: Mapping[str, str] = self.environment(slug, **more)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings = read_settings(environment)
        work = Work(settings.work_root, settings.operation)
        return Run(settings, work, open_log(work, "test", environment))

    def client(self, service: str) -> Any:
        return self.aws.client(service, region_name=REGION)

    def repository(self, slug: str) -> Repository:
        api = Github(
            auth=Auth.Token(self.token),
            base_url=self.github.url,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        return api.get_repo(f"{OWNER}/stuf-{slug}")
