"""The workflows keep their promises to the card, to GitHub and to whoever reads them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioning.models import Stage
from provisioning.stages.__main__ import DESTROY, PROVISION, load

FOLDER = Path(__file__).resolve().parents[3] / ".github" / "workflows"
STAGES = [stage.value for stage in Stage]


def workflow(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return read


def inputs_of(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    found: dict[str, Any] = workflow(name)[True]["workflow_dispatch"]["inputs"]
    return found


def steps_of(name: str) -> list[dict[str, Any]]:
    (job,) = workflow(name)["jobs"].values()
    return list(job["steps"])


def test_the_steps_are_the_stages_of_the_card_in_order() -> None:
    names = [step["name"] for step in steps_of("provision.yml")]
    assert names == ["check out", "set up", "credentials", *STAGES, "record"]
    assert list(PROVISION) == STAGES


def test_a_destruction_looks_removes_and_looks_again() -> None:
    names = [step["name"] for step in steps_of("destroy.yml")]
    assert names == ["check out", "set up", "credentials", *DESTROY, "record"]


def test_a_retry_runs_the_stage_at_which_it_starts_and_all_after_it() -> None:
    for number, step in enumerate(step for step in steps_of("provision.yml") if step["name"] in STAGES):
        condition = step.get("if", "")
        quoted = re.search(r"fromJSON\('(\[.*\])'\)", condition)
        if step["name"] == STAGES[0]:
            starts = re.findall(r"'([a-z]+)'", condition)
        else:
            starts = json.loads(quoted.group(1)) if quoted else STAGES
        assert starts == STAGES[: number + 1], step["name"]
    assert inputs_of("provision.yml")["start_at"]["options"] == STAGES


@pytest.mark.parametrize("place", [*PROVISION.values(), *DESTROY.values()])
def test_every_stage_is_done_somewhere(place: str) -> None:
    assert callable(load(place))


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml"])
def test_what_happened_is_recorded_whatever_it_was(name: str) -> None:
    assert steps_of(name)[-1]["if"] == "always()"


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml", "ci.yml"])
def test_no_expression_reaches_a_command_line(name: str) -> None:
    assert all("${{" not in step.get("run", "") for step in steps_of(name))


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml", "ci.yml"])
def test_actions_are_pinned_by_commit(name: str) -> None:
    used = [step["uses"] for step in steps_of(name) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used)


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml"])
def test_a_run_may_read_the_code_and_assume_the_role_and_nothing_else(name: str) -> None:
    (job,) = workflow(name)["jobs"].values()
    assert workflow(name)["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}


def test_one_change_to_a_stuf_at_a_time_whichever_workflow_makes_it() -> None:
    groups = {workflow(name)["concurrency"]["group"] for name in ("provision.yml", "destroy.yml")}
    assert groups == {"stuf-${{ inputs.stuf }}"}


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml"])
def test_the_token_is_there_only_where_github_is_asked(name: str) -> None:
    bearing = [step["name"] for step in steps_of(name) if "STUF_GITHUB_TOKEN" in step.get("env", {})]
    assert set(bearing) <= {"validate", "repository", "record"}
    (job,) = workflow(name)["jobs"].values()
    assert "STUF_GITHUB_TOKEN" not in job["env"]


@pytest.mark.parametrize("name", ["provision.yml", "destroy.yml"])
def test_a_run_is_found_again_by_its_operation(name: str) -> None:
    assert "${{ inputs.operation }}" in workflow(name)["run-name"]


def test_files_are_removed_and_adopted_only_when_asked_for() -> None:
    assert inputs_of("destroy.yml")["keep_files"]["default"] is True
    assert inputs_of("provision.yml")["kept_files"]["default"] == "refuse"
