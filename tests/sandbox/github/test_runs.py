"""Workflows run by act: steps, logs, conclusions, inputs, secrets."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sandbox.github import GitHub

STEPS = """
name: Provision
run-name: Provision ${{ inputs.stuf }} (${{ inputs.operation || 'none' }})
on:
  workflow_dispatch:
    inputs:
      stuf: {type: string, required: true}
      operation: {type: string}
      start_at: {type: choice, default: validate, options: [validate, infrastructure]}
      keep_files: {type: boolean, default: true}
      broken: {type: boolean, default: false}
jobs:
  provision:
    runs-on: ubuntu-latest
    steps:
      - name: check out
        uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - uses: aws-actions/configure-aws-credentials@v4
        with: {aws-region: eu-west-1}
      - name: validate
        if: inputs.start_at == 'validate'
        run: |
          cat README.md
          echo "$GITHUB_RUN_ID $GITHUB_REPOSITORY $GITHUB_SERVER_URL $GITHUB_API_URL $GITHUB_ACTOR"
          echo "region $AWS_REGION keep ${{ inputs.keep_files }} colour ${{ vars.COLOUR }}"
      - name: secret
        env: {TOP: "${{ secrets.TOP }}"}
        run: |
          echo "top is $TOP"
          echo "::add-mask::made-up-later"
          echo "and made-up-later"
      - name: infrastructure
        if: inputs.broken
        run: |
          echo "::error title=sender-unverified::[sender-unverified] Verify the sender first."
          exit 3
      - name: verification
        run: echo verified
      - name: record
        if: always()
        run: echo recorded
"""


def steps_of(run: WorkflowRun) -> dict[str, str | None]:
    job = next(iter(run.jobs()))
    return {step.name: step.conclusion for step in job.steps}


def test_a_run_that_succeeds(
    hub: GitHub,
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    repository = workflow(STEPS)
    hub.set_secret("acme", "control", "TOP", "hunter22 and more")
    hub.set_variable("acme", "control", "COLOUR", "blue")
    run = ended(repository, start_run(repository, stuf="audit", operation="op-1", keep_files="false"))
    assert (run.status, run.conclusion, run.display_title) == (
        "completed",
        "success",
        "Provision audit (op-1)",
    )
    assert run.event == "workflow_dispatch"
    assert run.html_url == f"{hub.url}/acme/control/actions/runs/{run.id}"
    job = next(iter(run.jobs()))
    assert [step.number for step in job.steps] == list(range(1, len(job.steps) + 1))
    assert all(step.started_at and step.completed_at for step in job.steps)
    assert steps_of(run) == {
        "Set up job": "success",
        "check out": "success",
        "Run aws-actions/configure-aws-credentials@v4": "success",
        "validate": "success",
        "secret": "success",
        "infrastructure": "skipped",
        "verification": "success",
        "record": "success",
        "Post Run aws-actions/configure-aws-credentials@v4": "success",
        "Complete job": "success",
    }
    log = log_of(repository, run)
    assert "# Control" in log
    assert f"{run.id} acme/control {hub.url} {hub.url} acme-admin" in log
    assert "region eu-west-1 keep false colour blue" in log
    assert "hunter22" not in log
    assert "top is ***" in log
    assert "and ***" in log


def test_a_run_that_fails(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    repository = workflow(STEPS)
    run = ended(repository, start_run(repository, stuf="audit", start_at="infrastructure", broken=True))
    assert run.conclusion == "failure"
    steps = steps_of(run)
    assert steps["validate"] == "skipped"
    assert steps["infrastructure"] == "failure"
    assert steps["verification"] == "skipped"
    assert steps["record"] == "success"
    lines = [line.split(" ", 1) for line in log_of(repository, run).splitlines()]
    assert all(
        stamp.endswith("Z") and len(stamp) == len("2026-01-01T00:00:00.0000000Z") for stamp, _ in lines
    )
    texts = [text for _, text in lines]
    at = texts.index("##[error][sender-unverified] Verify the sender first.")
    assert texts[at + 1] == "##[error]Process completed with exit code 3."


def test_logs_of_a_whole_run(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    ask: Callable[..., requests.Response],
) -> None:
    repository = workflow(STEPS)
    run = ended(repository, start_run(repository, stuf="audit"))
    redirect = ask("GET", f"/repos/acme/control/actions/runs/{run.id}/logs")
    assert redirect.status_code == 302
    found = {
        wanted: repository.get_workflow_runs(created=wanted).totalCount
        for wanted in (
            ">=2020-01-01",
            "<2020-01-01",
            "2020-01-01..*",
            "*..2020-12-31",
            ">2100-01-01T00:00:00Z",
        )
    }
    assert list(found.values()) == [1, 0, 1, 0, 0]
    archive = requests.get(redirect.headers["location"], timeout=20)
    names = zipfile.ZipFile(io.BytesIO(archive.content)).namelist()
    assert "0_provision.txt" in names
    assert "provision/4_validate.txt" in names
    forged = redirect.headers["location"].replace("signature=", "signature=0")
    assert requests.get(forged, timeout=20).status_code == 403


def test_several_jobs(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
) -> None:
    text = """
on: workflow_dispatch
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: 'exit 1'}]}
  second: {needs: first, runs-on: ubuntu-latest, steps: [{run: 'true'}]}
  many:
    runs-on: ubuntu-latest
    strategy: {matrix: {size: [1, 2]}}
    steps: [{run: 'true'}, {name: soft, continue-on-error: true, run: 'false'}]
"""
    repository = workflow(text)
    run = ended(repository, start_run(repository))
    assert run.conclusion == "failure"
    assert {job.name: job.conclusion for job in run.jobs()} == {
        "first": "failure",
        "second": "skipped",
        "many (1)": "success",
        "many (2)": "success",
    }


def test_steps_are_seen_while_they_run(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    until: Callable[..., Any],
    ended: Callable[..., WorkflowRun],
    tmp_path: Path,
    ask: Callable[..., requests.Response],
) -> None:
    text = """
on: {workflow_dispatch: {inputs: {gate: {type: string, required: true}}}}
jobs:
  wait:
    runs-on: ubuntu-latest
    steps:
      - {name: one, run: echo begun}
      - name: two
        env: {GATE: "${{ inputs.gate }}"}
        run: |
          echo waiting
          until [ -e "$GATE" ]; do sleep 0.05; done
      - {name: three, run: 'true'}
"""
    repository = workflow(text)
    gate = tmp_path / "gate"
    run = start_run(repository, gate=str(gate))

    def states() -> dict[str, tuple[str, str | None]] | None:
        job = next(iter(repository.get_workflow_run(run.id).jobs()))
        found = {step.name: (step.status, step.conclusion) for step in job.steps}
        return found if found.get("two", ("", None))[0] == "in_progress" else None

    assert until(states) == {
        "Set up job": ("completed", "success"),
        "one": ("completed", "success"),
        "two": ("in_progress", None),
        "three": ("queued", None),
    }
    job = next(iter(repository.get_workflow_run(run.id).jobs()))
    assert repository.get_workflow_run(run.id).status == "in_progress"
    assert ask("GET", f"/repos/acme/control/actions/jobs/{job.id}/logs").status_code == 404
    page = f"/acme/control/actions/runs/{run.id}"
    until(lambda: "waiting\n" in ask("GET", page, auth=None).text)
    gate.touch()
    assert ended(repository, run).conclusion == "success"


def test_a_workflow_that_act_cannot_read(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    log_of: Callable[..., str],
) -> None:
    repository = workflow(
        "on: workflow_dispatch\njobs: {one: {runs-on: ubuntu-latest, steps: [{run: 'true', uses: x}]}}\n"
    )
    run = ended(repository, start_run(repository))
    assert run.conclusion in {"startup_failure", "failure"}
    assert "##[error]" in log_of(repository, run)


def test_a_matrix_that_is_made_on_the_way(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
) -> None:
    text = """
on: workflow_dispatch
jobs:
  list:
    runs-on: ubuntu-latest
    outputs: {sizes: "${{ steps.make.outputs.sizes }}"}
    steps: [{id: make, run: 'echo "sizes=[1, 2]" >> "$GITHUB_OUTPUT"'}]
  many:
    needs: list
    runs-on: ubuntu-latest
    strategy: {matrix: {size: "${{ fromJSON(needs.list.outputs.sizes) }}"}}
    steps: [{run: 'true'}]
"""
    repository = workflow(text)
    run = ended(repository, start_run(repository))
    assert run.conclusion == "success"
    assert sorted(job.name for job in run.jobs()) == ["list", "many (1)", "many (2)"]
    assert {job.conclusion for job in run.jobs()} == {"success"}
