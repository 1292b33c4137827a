"""Dispatches that are refused, in GitHub's words."""

from collections.abc import Callable

import github
import pytest
from github.Repository import Repository

WORKFLOW = """
on:
  workflow_dispatch:
    inputs:
      stuf: {type: string, required: true}
      start_at: {type: choice, default: validate, options: [validate, infrastructure]}
      keep_files: {type: boolean, default: true}
jobs:
  provision: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}
"""


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "Required input 'stuf' not provided"),
        (
            {"stuf": "a", "start_at": "moon"},
            "Provided value 'moon' for input 'start_at' not in the list of allowed values",
        ),
        ({"stuf": "a", "keep_files": "perhaps"}, "Provided value 'perhaps' for input 'keep_files'"),
        ({"stuf": "a", "color": "red"}, 'Unexpected inputs provided: ["color"]'),
        ({f"n{number}": "x" for number in range(26)}, "limited to 25"),
    ],
)
def test_inputs_that_are_refused(
    workflow: Callable[[str], Repository], inputs: dict[str, str], message: str
) -> None:
    found = workflow(WORKFLOW).get_workflow("work.yml")
    with pytest.raises(github.GithubException) as refused:
        found.create_dispatch("main", inputs, throw=True)
    assert refused.value.status == 422
    assert message in refused.value.data["message"]


def test_dispatches_that_are_refused(workflow: Callable[[str], Repository]) -> None:
    repository = workflow("on: push\njobs: {one: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n")
    found = repository.get_workflow("work.yml")
    with pytest.raises(github.GithubException, match="does not have 'workflow_dispatch' trigger"):
        found.create_dispatch("main", throw=True)
    with pytest.raises(github.GithubException, match="No ref found for: moon"):
        found.create_dispatch("moon", throw=True)
    with pytest.raises(github.UnknownObjectException):
        repository.get_workflow("none.yml")
