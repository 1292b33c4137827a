"""What steps see of the machine that runs them, and what they leave on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sandbox.github import GitHub


def test_nothing_of_this_process_reaches_the_steps(
    monkeypatch: pytest.MonkeyPatch,
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    monkeypatch.setenv("ONLY_HERE", "leaked")
    text = "on: workflow_dispatch\njobs: {one: {runs-on: ubuntu-latest, steps: [{run: env}]}}\n"
    repository = workflow(text)
    log = log_of(repository, ended(repository, start_run(repository)))
    assert "leaked" not in log
    assert "AWS_ACCESS_KEY_ID=test" in log


def test_a_token_for_the_run_alone(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    text = """
on: workflow_dispatch
permissions: PERMISSIONS
jobs:
  push:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          git config user.name Runner
          git config user.email runner@example.org
          echo more > more.txt
          git add more.txt
          git commit --quiet -m "Add more"
          git push --quiet origin HEAD:main
"""
    repository = workflow(text.replace("PERMISSIONS", "{contents: read}"))
    run = ended(repository, start_run(repository))
    assert run.conclusion == "failure"
    assert "denied to github-actions[bot]" in log_of(repository, run)
    repository = workflow(text.replace("PERMISSIONS", "{contents: write}"))
    run = ended(repository, start_run(repository))
    assert run.conclusion == "success", log_of(repository, run)
    assert repository.get_contents("more.txt").decoded_content == b"more\n"


def test_a_step_that_leaves_processes_behind(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    until: Callable[..., Any],
    tmp_path: Path,
) -> None:
    text = """
on: {workflow_dispatch: {inputs: {place: {type: string, required: true}}}}
jobs:
  leave:
    runs-on: ubuntu-latest
    steps:
      - env: {PLACE: "${{ inputs.place }}"}
        run: |
          setsid sleep 600 > /dev/null 2>&1 &
          echo $! > "$PLACE"
          while [ ! -e "$PLACE.go" ]; do sleep 0.05; done
"""
    repository = workflow(text)
    place = tmp_path / "pid"
    run = start_run(repository, place=str(place))
    until(lambda: place.exists() and place.read_text().strip())
    (tmp_path / "pid.go").touch()
    ended(repository, run)
    until(lambda: not _alive(int(place.read_text())))


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_times_come_from_the_clock(
    starter: Callable[..., GitHub], tmp_path: Path, ask_hub: Callable[..., Any]
) -> None:
    hub = starter(clock=lambda: 1_800_000_000.25)
    hub.create_account("acme", "Organization")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a")
    hub.seed_repository("acme", "control", tmp_path / "files")
    found = ask_hub(hub, "/repos/acme/control/commits")
    assert found[0]["commit"]["committer"]["date"] == "2027-01-15T08:00:00+00:00"
    assert ask_hub(hub, "/repos/acme/control")["created_at"] == "2027-01-15T08:00:00Z"


def test_the_last_words_of_a_failing_step(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    steps = "".join(
        f"      - {{if: always(), name: fail {number}, run: 'echo \"::error::word {number}\"; exit 1'}}\n"
        for number in range(8)
    )
    text = f"on: workflow_dispatch\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    repository = workflow(text)
    log = log_of(repository, ended(repository, start_run(repository)))
    errors = [line.split(" ", 1)[1] for line in log.splitlines() if " ##[error]" in line]
    exits = "##[error]Process completed with exit code 1."
    assert errors == [line for number in range(8) for line in (f"##[error]word {number}", exits)]


def test_secrets_of_an_environment(
    hub: GitHub,
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    text = """
on: {workflow_dispatch: {inputs: {place: {type: string, required: true}}}}
jobs:
  one:
    runs-on: ubuntu-latest
    environment: ${{ inputs.place }}
    steps:
      - env: {TOP: "${{ secrets.TOP }}"}
        run: echo "${#TOP} letters, colour ${{ vars.COLOUR }}"
"""
    repository = workflow(text)
    hub.set_secret("acme", "control", "TOP", "four")
    live = repository.create_environment("live")
    live.create_secret("TOP", "sixsix")
    live.create_variable("COLOUR", "red")
    assert "6 letters, colour red" in log_of(
        repository, ended(repository, start_run(repository, place="live"))
    )
    assert "4 letters, colour" in log_of(repository, ended(repository, start_run(repository, place="other")))
