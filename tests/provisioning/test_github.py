"""The bot's GitHub client against the embedded GitHub, where `act` runs real workflows."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from world import World, outputs

from provisioning.fleet import OperationState
from provisioning.github import AppKey, GitHub, GitHubRefused, GitHubUnavailable, RunView
from provisioning.operations import provision
from sandbox.github import GitHub as Hub
from sandbox.github import Runner

INPUTS = ("stuf", "operation", "spec", "start_at", "requested_by", "reason", "kept_files")
WORKFLOW = """
name: provision
run-name: provision ${{ inputs.stuf }} (${{ inputs.operation }})
on:
  workflow_dispatch:
    inputs:
%s
jobs:
  provision:
    runs-on: ubuntu-latest
    env:
      FAIL: ${{ vars.FAIL }}
      PERSON: ana@example.org
    steps:
      - name: validate
        run: echo valid
      - name: repository
        run: echo made
      - name: infrastructure
        run: |
          echo "for $PERSON"
          test "$FAIL" != infrastructure && exit 0
          echo "::error title=access-denied::[access-denied] AWS refused CreateStack. Ask the administrator."
          exit 1
      - name: application
        run: echo deployed
      - name: configuration
        run: echo written
      - name: verification
        run: echo fine
      - name: record
        if: always()
        run: echo recorded
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "state", runner=Runner(environment={}))
    hub.create_account("acme", "Organization")
    control, instance = tmp_path / "control", tmp_path / "instance"
    (control / ".github/workflows").mkdir(parents=True)
    inputs = "".join(f"      {name}: {{ type: string }}\n" for name in INPUTS)
    (control / ".github/workflows/provision.yml").write_text(WORKFLOW % inputs)
    (instance / "infrastructure").mkdir(parents=True)
    (instance / "infrastructure/outputs.json").write_text(outputs().model_dump_json())
    hub.seed_repository("acme", "stuf-control", control)
    hub.seed_repository("acme", "stuf-acme-audit", instance)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def github(hub: Hub) -> GitHub:
    return GitHub(repository="acme/stuf-control", token=SecretStr(hub.create_token("acme")), url=hub.url)


def given(tag: str) -> dict[str, str]:
    return dict.fromkeys(INPUTS, "") | {"stuf": "acme-audit", "operation": tag}


def completed(github: GitHub, run_id: int) -> RunView:
    """The run at its end; looks at most two minutes."""
    pause = threading.Event()
    for _ in range(600):
        view = github.view(run_id)
        if view.completed:
            return view
        pause.wait(0.2)
    raise AssertionError("the run did not come to its end")


def test_a_run_is_dispatched_found_and_followed(github: GitHub) -> None:
    run = github.dispatch("provision.yml", given("op-abc234-1"))
    assert github.find_run("provision.yml", "op-abc234-1") == run
    assert github.find_run("provision.yml", "op-abc234-2") is None
    assert github.find_run("provision.yml", "op-abc234") is None
    view = completed(github, run.id)
    assert view.conclusion == "success"
    named = {step.name: step.conclusion for step in view.steps}
    assert named["validate"] == named["verification"] == "success"
    assert view.job_id is not None
    assert "valid" in github.log(view.job_id)


def test_outputs_are_read_from_the_instance_repository(github: GitHub) -> None:
    assert github.outputs("acme/stuf-acme-audit") == outputs()
    with pytest.raises(GitHubRefused) as refused:
        github.outputs("acme/stuf-nobody")
    assert refused.value.status == 404


def test_an_app_installation_can_do_the_same(hub: Hub) -> None:
    app_id, key, installation = hub.create_app("stuf-bot", "acme")
    for given_installation in (installation, None):
        github = GitHub(
            repository="acme/stuf-control",
            app=AppKey(app_id, SecretStr(key), given_installation),
            url=hub.url,
        )
        assert github.find_run("provision.yml", "op-none-1") is None
        assert github.outputs("acme/stuf-acme-audit") == outputs()


def test_refusals_name_no_secret(hub: Hub) -> None:
    secret = "ghp_thisIsNoTokenOfAnybody"
    github = GitHub(repository="acme/stuf-control", token=SecretStr(secret), url=hub.url)
    with pytest.raises(GitHubRefused) as refused:
        github.dispatch("provision.yml", given("op-abc234-1"))
    assert refused.value.status == 401
    assert secret not in str(refused.value)
    assert secret not in repr(github)
    assert refused.value.__cause__ is None


def test_an_unknown_workflow_is_refused(github: GitHub) -> None:
    with pytest.raises(GitHubRefused) as refused:
        github.dispatch("nothing.yml", {})
    assert refused.value.status == 404


def test_wrong_inputs_are_refused(github: GitHub) -> None:
    with pytest.raises(GitHubRefused) as refused:
        github.dispatch("provision.yml", {"surprise": "yes"})
    assert refused.value.status == 422


def test_nobody_there_is_unavailable() -> None:
    github = GitHub(repository="acme/stuf-control", token=SecretStr("t"), url="http://127.0.0.1:9", timeout=2)
    with pytest.raises(GitHubUnavailable):
        github.view(1)


def test_exactly_one_way_to_sign_in() -> None:
    with pytest.raises(ValueError, match="either"):
        GitHub(repository="a/b")
    with pytest.raises(ValueError, match="either"):
        GitHub(repository="a/b", token=SecretStr("t"), app=AppKey(1, SecretStr("k")))


@pytest.fixture
def real(world: World, github: GitHub) -> World:
    """The world of operations, with the embedded GitHub in it."""
    pause = threading.Event()

    def wait(seconds: float) -> None:
        pause.wait(min(seconds, 0.2))

    world.wait = wait  # type: ignore[method-assign]
    world.services = dataclasses.replace(world.services, github=github)
    world.create()
    return world


def run(world: World, operation: Any) -> Any:
    provision(world.steps(operation.attempt_id), world.services, operation.attempt_id)
    return world.operation(operation.id)


def test_a_provisioning_follows_a_real_run(real: World) -> None:
    ended = run(real, real.begin())
    assert ended.state is OperationState.SUCCEEDED, ended.failure
    assert {step.status.value for step in ended.steps} == {"done"}
    assert all(step.seconds is not None for step in ended.steps)
    assert set(real.storage.objects) >= {"users/u-0.json"}


def test_a_failing_step_is_explained_from_the_real_log(real: World, hub: Hub) -> None:
    hub.set_variable("acme", "stuf-control", "FAIL", "infrastructure")
    ended = run(real, real.begin())
    assert ended.state is OperationState.FAILED
    assert ended.failure.code == "access-denied"
    assert ended.failure.sentence == "AWS refused CreateStack. Ask the administrator."
    assert ended.failure.log_tail == ("for [hidden]",)
    named = {step.name: step.status.value for step in ended.steps}
    assert named == {
        "validate": "done",
        "repository": "done",
        "infrastructure": "failed",
        "application": "skipped",
        "configuration": "skipped",
        "verification": "skipped",
    }
