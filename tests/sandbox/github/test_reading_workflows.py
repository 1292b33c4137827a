"""What is read out of workflow files: expressions, jobs, inputs."""

import pytest

from sandbox.github.runs import inputs
from sandbox.github.runs.expressions import fill
from sandbox.github.runs.logs import Masker
from sandbox.github.runs.workflow_file import WorkflowFileError, parse

CONTEXT = {"inputs": {"stuf": "audit", "keep": True, "empty": ""}, "github": {"run_id": 7}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Provision ${{ inputs.stuf }}", "Provision audit"),
        ("${{inputs.stuf}}-${{ github.run_id }}", "audit-7"),
        ("${{ inputs.empty || 'none' }}", "none"),
        ("${{ inputs.keep && 'kept' || 'gone' }}", "kept"),
        ("${{ inputs.stuf == 'AUDIT' }}", "true"),
        ("${{ inputs.stuf != 'x' }}", "true"),
        ("${{ !inputs.keep }}", "false"),
        ("${{ format('{0}/{1}', inputs.stuf, 'it''s') }}", "audit/it's"),
        ("${{ inputs.unknown }}", ""),
        ("${{ hashFiles('x') }}", "${{ hashFiles('x') }}"),
        ("${{ (inputs.keep) }} and ${{ 'a || b' }}", "true and a || b"),
    ],
)
def test_expressions(text: str, value: str) -> None:
    assert fill(text, CONTEXT) == value


def test_words_of_yaml_stay_words() -> None:
    text = "on: {workflow_dispatch: {inputs: {x: {type: choice, options: [on, off, yes]}}}}\njobs: {a: {steps: []}}"
    declared = parse(text, "w.yml").inputs
    assert declared is not None
    assert declared["x"]["options"] == ["on", "off", "yes"]


def test_matrices() -> None:
    text = """
on: push
jobs:
  a:
    strategy:
      matrix:
        size: [1, 2]
        kind: [x, y]
        exclude: [{size: 2, kind: y}]
        include: [{size: 1, more: z}, {size: 3, kind: w}]
    steps: []
"""
    assert list(parse(text, "w.yml").jobs[0].matrices) == [
        {"size": 1, "kind": "x", "more": "z"},
        {"size": 1, "kind": "y", "more": "z"},
        {"size": 2, "kind": "x"},
        {"size": 3, "kind": "w"},
    ]


@pytest.mark.parametrize("text", ["", "jobs: []", ":\n-", "on: push", "- a"])
def test_files_that_are_no_workflows(text: str) -> None:
    with pytest.raises(WorkflowFileError):
        parse(text, "w.yml")


def test_inputs_get_defaults_and_types() -> None:
    declared = {
        "text": {"type": "string"},
        "flag": {"type": "boolean"},
        "pick": {"type": "choice", "options": ["a", "b"]},
        "count": {"type": "number", "default": 3},
    }
    values = inputs.check(declared, {"text": "x", "flag": True})
    assert values == {"text": "x", "flag": "true", "pick": "a", "count": "3"}
    assert inputs.typed(declared, values) == {"text": "x", "flag": True, "pick": "a", "count": 3}
    with pytest.raises(inputs.InputsError, match="not a number"):
        inputs.check(declared, {"count": "many"})


def test_masking_line_by_line() -> None:
    mask = Masker(["first line\nsecond line", "ab"])
    assert mask("a first line, ab") == "a ***, ab"
    assert mask("second line") == "***"
