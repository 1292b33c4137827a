"""Which run goes on when: concurrency groups, cancellation, time-outs, restarts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import github
import pytest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sandbox.github import GitHub

GATED = """
on:
  workflow_dispatch:
    inputs:
      stuf: {{type: string, default: audit}}
      gate: {{type: string, required: true}}
concurrency:
  group: stuf-${{{{ inputs.stuf }}}}
  cancel-in-progress: {cancel}
jobs:
  wait:
    runs-on: ubuntu-latest
    steps:
      - name: hold
        env: {{GATE: "${{{{ inputs.gate }}}}"}}
        run: until [ -e "$GATE" ]; do sleep 0.05; done
      - {{name: never, run: 'true'}}
      - {{name: record, if: always(), run: echo recorded}}
"""


def status_of(repository: Repository, run: WorkflowRun) -> tuple[str, str | None]:
    found = repository.get_workflow_run(run.id)
    return found.status, found.conclusion


@pytest.fixture
def running(until: Callable[..., Any]) -> Callable[[Repository, WorkflowRun], None]:
    """Waits until the step `hold` runs."""

    def wait(repository: Repository, run: WorkflowRun) -> None:
        def holds() -> bool:
            jobs = list(repository.get_workflow_run(run.id).jobs())
            return any(step.name == "hold" and step.status == "in_progress" for step in jobs[0].steps)

        until(holds)

    return wait


def test_one_running_and_one_waiting_in_a_group(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    running: Callable[..., None],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
) -> None:
    repository = workflow(GATED.format(cancel="false"))
    gate = tmp_path / "gate"
    first = start_run(repository, gate=str(gate))
    running(repository, first)
    second, third = (start_run(repository, gate=str(gate)) for _ in range(2))
    assert first.id < second.id < third.id
    assert status_of(repository, second) == ("completed", "cancelled")
    assert status_of(repository, third) == ("pending", None)
    gate.touch()
    assert ended(repository, first).conclusion == "success"
    assert ended(repository, third).conclusion == "success"
    assert [run.id for run in repository.get_workflow_runs(status="cancelled")] == [second.id]


def test_a_new_run_cancels_the_running_one(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    running: Callable[..., None],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
) -> None:
    repository = workflow(GATED.format(cancel="true"))
    first = start_run(repository, gate=str(tmp_path / "never"))
    running(repository, first)
    gate = tmp_path / "gate"
    gate.touch()
    second = start_run(repository, gate=str(gate))
    assert ended(repository, first).conclusion == "cancelled"
    assert ended(repository, second).conclusion == "success"


def test_cancelling(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    running: Callable[..., None],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
    tmp_path: Path,
) -> None:
    repository = workflow(GATED.format(cancel="false"))
    run = start_run(repository, gate=str(tmp_path / "never"))
    running(repository, run)
    assert repository.get_workflow_run(run.id).cancel()
    run = ended(repository, run)
    assert run.conclusion == "cancelled"
    job = next(iter(run.jobs()))
    assert job.conclusion == "cancelled"
    steps = {step.name: step.conclusion for step in job.steps}
    assert steps["hold"] == "cancelled"
    assert steps["never"] == "skipped"
    assert steps["record"] == "success"
    assert "##[error]The operation was canceled." in log_of(repository, run)
    with pytest.raises(github.GithubException, match="Cannot cancel a workflow run that is completed"):
        repository._requester.requestJsonAndCheck("POST", f"{run.url}/cancel")


def test_a_waiting_run_is_cancelled_at_once(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    running: Callable[..., None],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
) -> None:
    repository = workflow(GATED.format(cancel="false"))
    gate = tmp_path / "gate"
    first = start_run(repository, gate=str(gate))
    running(repository, first)
    other = start_run(repository, stuf="other", gate=str(gate))
    assert status_of(repository, other) == ("queued", None)
    assert repository.get_workflow_run(other.id).cancel()
    assert status_of(repository, other) == ("completed", "cancelled")
    gate.touch()
    ended(repository, first)


def test_a_second_attempt(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
) -> None:
    text = """
on: {workflow_dispatch: {inputs: {flag: {type: string, required: true}}}}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - {env: {FLAG: "${{ inputs.flag }}"}, run: 'test -e "$FLAG"'}
"""
    repository = workflow(text)
    flag = tmp_path / "flag"
    run = ended(repository, start_run(repository, flag=str(flag)))
    assert (run.run_attempt, run.conclusion) == (1, "failure")
    flag.touch()
    assert run.rerun()
    run = ended(repository, run)
    assert (run.run_attempt, run.conclusion) == (2, "success")
    assert len(list(run.jobs())) == 1
    assert len(list(run.jobs(_filter="all"))) == 2


def test_a_job_that_takes_too_long(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    text = """
on: workflow_dispatch
jobs: {slow: {runs-on: ubuntu-latest, timeout-minutes: 0.005, steps: [{run: sleep 600}]}}
"""
    repository = workflow(text)
    run = ended(repository, start_run(repository))
    assert run.conclusion == "cancelled"
    assert "exceeded the maximum execution time of 0.005 minutes" in log_of(repository, run)


def test_a_stop_ends_what_runs_and_a_start_goes_on(
    starter: Callable[..., GitHub],
    hub: GitHub,
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    running: Callable[..., None],
    tmp_path: Path,
    until: Callable[..., Any],
    ask_hub: Callable[..., Any],
) -> None:
    repository = workflow(GATED.format(cancel="false"))
    gate = tmp_path / "gate"
    first = start_run(repository, gate=str(gate))
    running(repository, first)
    second = start_run(repository, gate=str(gate))
    hub.stop()
    gate.touch()
    again = starter()
    address = "/repos/acme/control/actions/runs"

    def outcome(run: WorkflowRun) -> tuple[str, str | None]:
        found = ask_hub(again, f"{address}/{run.id}")
        return found["status"], found["conclusion"]

    assert outcome(first) == ("completed", "cancelled")
    until(lambda: outcome(second) == ("completed", "success"))


def test_a_run_under_which_the_server_was_killed(
    starter: Callable[..., GitHub],
    hub: GitHub,
    workflow: Callable[[str], Repository],
    ask_hub: Callable[..., Any],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
) -> None:
    repository = workflow(GATED.format(cancel="false"))
    (tmp_path / "gate").touch()
    run = ended(repository, start_run(repository, gate=str(tmp_path / "gate")))
    # As a killed server leaves it: begun, and not ended.
    job = next(iter(run.jobs()))
    hub._realm.runs.change(run.id, status="in_progress", conclusion=None)
    hub._realm.jobs.change(job.id, status="in_progress", conclusion=None, completed_at=None)
    hub.stop()
    again = starter()
    found = ask_hub(again, f"/repos/acme/control/actions/runs/{run.id}")
    assert (found["status"], found["conclusion"]) == ("completed", "cancelled")
    jobs = ask_hub(again, f"/repos/acme/control/actions/runs/{run.id}/jobs")["jobs"]
    assert jobs[0]["conclusion"] == "cancelled"
