"""What act's lines mean, told from lines as act writes them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.github import GitHub, records
from sandbox.github.runs import catalogue, dispatch, logs
from sandbox.github.runs.progress import Progress
from sandbox.github.runs.stream import Follower

WORKFLOW = """
on: workflow_dispatch
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - {name: first, timeout-minutes: 1, run: sleep 100}
      - {name: second, run: 'true'}
"""


class Told:
    """A follower of one job, and what is known about the job after some lines."""

    def __init__(self, hub: GitHub, files: Path) -> None:
        (files / ".github" / "workflows").mkdir(parents=True)
        (files / ".github" / "workflows" / "work.yml").write_text(WORKFLOW)
        sha = hub.seed_repository("acme", "control", files)
        self.realm = hub._realm
        repository = self.realm.repository("acme", "control")
        assert repository is not None
        workflow = self.realm.workflows.where(repository=repository.id)[0]
        trigger = dispatch.Trigger("workflow_dispatch", "refs/heads/main", sha, "tess")
        self.run = dispatch.create_run(self.realm, repository, workflow, trigger)
        file = catalogue.read(self.realm, repository, workflow.path, sha)
        mask = logs.Masker(["hush-hush"])
        self.actions: list[str] = []
        progress = Progress(self.realm, self.run, file, mask, lambda _, action: self.actions.append(action))
        self.follower = Follower(progress, mask)

    def say(self, msg: str, **fields: Any) -> None:
        event = {"jobID": "one", "matrix": {}, "level": "info", "msg": msg, **fields}
        self.follower.line(json.dumps(event))

    def begin(self) -> None:
        self.say("⭐ Run Set up job", step="Set up job", stepid=["--setup-job"])
        self.say("⭐ Run Main first", stage="Main", step="first", stepID=["0"])

    @property
    def job(self) -> records.Job:
        return self.realm.jobs.where(run=self.run.id)[0]

    def log(self, step: int) -> list[str]:
        lines = logs.step_text(self.realm.state, self.job, step).splitlines()
        return [line.split(" ", 1)[1] for line in lines]


@pytest.fixture
def told(starter: Callable[..., GitHub], tmp_path: Path) -> Told:
    return Told(starter(runner={"max_parallel": 0}), tmp_path / "files")


def test_a_step_that_takes_too_long(told: Told) -> None:
    told.begin()
    told.say("", stage="Main", step="first", stepID=["0"], stepResult="failure")
    cut = "this step has been cancelled: signal: killed"
    told.say(cut, level="error", stage="Main", step="first", stepID=["0"])
    told.say("", jobResult="failure")
    assert told.log(2)[-1] == "##[error]The action 'first' has timed out after 1 minutes."
    assert [step.conclusion for step in told.job.steps] == ["success", "failure", "skipped", "success"]
    assert told.job.conclusion == "failure"
    assert told.actions == ["in_progress", "completed"]


def test_an_act_that_dies(told: Told) -> None:
    told.begin()
    told.follower.line("panic: something else")
    told.follower.finish("failure")
    assert [step.conclusion for step in told.job.steps] == ["success", "cancelled", "skipped", "success"]
    assert told.job.conclusion == "failure"


def test_an_act_that_does_not_begin(told: Told) -> None:
    told.follower.line("Error: workflow is not valid: hush-hush")
    told.follower.finish("startup_failure")
    assert told.log(1) == ["##[error]Error: workflow is not valid: ***"]
    assert told.job.conclusion == "failure"


def test_what_is_masked_late(told: Told) -> None:
    told.begin()
    mask = {"command": "add-mask", "arg": "sesame", "raw": "::add-mask::sesame"}
    told.say("  ⚙  ***", stage="Main", step="first", stepID=["0"], **mask)
    told.say("open sesame\n", raw_output=True, stage="Main", step="first", stepID=["0"])
    warning = {"command": "warning", "arg": "hush-hush is near", "level": "warning"}
    told.say("…", stage="Main", step="first", stepID=["0"], **warning)
    assert told.log(2)[-2:] == ["open ***", "##[warning]*** is near"]
