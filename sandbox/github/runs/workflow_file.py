"""Reads a workflow file: its triggers, inputs, concurrency and jobs."""

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.github.runs.expressions import as_text

_DEFAULT_TIMEOUT_MINUTES = 360.0


class WorkflowFileError(Exception):
    """The file is no workflow; the text says why."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 as Actions reads it: `on`, `yes` and `off` are words."""


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern)
        for tag, pattern in found
        if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
    ]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True)
class StepPlan:
    """One step: act's key of it, the name GitHub shows, and the lines at the head of its log."""

    key: str
    name: str
    head: tuple[str, ...]
    timeout: str


@dataclass(frozen=True)
class JobPlan:
    """One job as the file has it."""

    key: str
    name: str | None
    matrices: tuple[Mapping[str, Any], ...]
    needs: tuple[str, ...]
    labels: tuple[str, ...]
    timeout: float
    environment: str | None
    actions: tuple[str, ...]
    steps: tuple[StepPlan, ...]


@dataclass(frozen=True)
class WorkflowFile:
    """A readable workflow; `inputs` are those of `workflow_dispatch`, None where it has no such trigger."""

    name: str
    run_name: str | None
    inputs: Mapping[str, Mapping[str, Any]] | None
    events: Mapping[str, Any]
    group: str | None
    cancel_in_progress: Any
    contents: str
    keeps_credentials: bool
    jobs: tuple[JobPlan, ...]


def parse(text: str, path: str) -> WorkflowFile:
    """Read a workflow. Raises WorkflowFileError."""
    try:
        # A subclass of SafeLoader: nothing but plain values comes out.
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - see the line above
    except yaml.YAMLError as wrong:
        raise WorkflowFileError(f"{path} is not valid YAML: {wrong}") from wrong
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
        raise WorkflowFileError(f"{path} has no jobs")
    events = _events(document.get("on"))
    concurrency = document.get("concurrency")
    settings = concurrency if isinstance(concurrency, dict) else {"group": concurrency}
    dispatch = events.get("workflow_dispatch") or {}
    return WorkflowFile(
        name=str(document.get("name") or path),
        run_name=document.get("run-name"),
        inputs=(dispatch.get("inputs") or {}) if "workflow_dispatch" in events else None,
        events=events,
        group=settings.get("group"),
        cancel_in_progress=settings.get("cancel-in-progress", False),
        contents=_contents(document),
        keeps_credentials=_keeps_credentials(document),
        jobs=tuple(_job(key, job) for key, job in document["jobs"].items()),
    )


def _events(on: Any) -> dict[str, Any]:
    match on:
        case str():
            return {on: {}}
        case list():
            return {str(name): {} for name in on}
        case dict():
            return {str(name): value or {} for name, value in on.items()}
    return {}


def _contents(document: Mapping[str, Any]) -> str:
    """The most that `permissions` gives any job on the repository's contents; without a word `read`."""
    ranks = ["none", "read", "write"]
    found = [job.get("permissions", document.get("permissions")) for job in document["jobs"].values()]
    return max((_contents_of(given) for given in found), key=ranks.index, default="none")


def _contents_of(given: Any) -> str:
    match given:
        case None:
            return "read"
        case str():
            return given.removesuffix("-all")
    return str(given.get("contents", "none"))


def _keeps_credentials(document: Mapping[str, Any]) -> bool:
    """Whether a checkout leaves the run's token in the working tree; `persist-credentials: false` does not."""
    steps = [step for job in document["jobs"].values() for step in job.get("steps") or []]
    checkouts = [step for step in steps if str(step.get("uses", "")).startswith("actions/checkout@")]
    return any((step.get("with") or {}).get("persist-credentials", True) is not False for step in checkouts)


def _job(key: str, job: Mapping[str, Any]) -> JobPlan:
    needs, labels = job.get("needs") or [], job.get("runs-on") or "ubuntu-latest"
    environment = job.get("environment")
    minutes = job.get("timeout-minutes", _DEFAULT_TIMEOUT_MINUTES)
    if isinstance(environment, dict):
        environment = environment.get("name")
    return JobPlan(
        key=str(key),
        name=job.get("name"),
        matrices=_matrices((job.get("strategy") or {}).get("matrix")),
        needs=tuple([needs] if isinstance(needs, str) else needs),
        labels=tuple([labels] if isinstance(labels, str) else labels),
        timeout=60 * float(minutes) if isinstance(minutes, int | float) else 60 * _DEFAULT_TIMEOUT_MINUTES,
        environment=environment,
        actions=tuple(str(step["uses"]) for step in job.get("steps") or [] if step.get("uses")),
        steps=tuple(_step(number, step) for number, step in enumerate(job.get("steps") or [])),
    )


def _step(number: int, step: Mapping[str, Any]) -> StepPlan:
    script = str(step.get("run") or "").strip().split("\n")
    work = str(step.get("uses") or script[0])
    head = [f"Run {work}"]
    if "run" in step:
        # Scripts stand in colour, as GitHub's runner prints them.
        head += [f"\x1b[36;1m{line}\x1b[0m" for line in script]
        head += [f"shell: {step.get('shell') or '/usr/bin/bash -e {0}'}"]
    for title in ("with", "env"):
        if isinstance(step.get(title), dict):
            head += [f"{title}:", *(f"  {name}: {as_text(value)}" for name, value in step[title].items())]
    return StepPlan(
        key=str(step.get("id") or number),
        name=str(step.get("name") or f"Run {work}"),
        head=tuple(head),
        timeout=str(step.get("timeout-minutes", "")),
    )


def _matrices(matrix: Any) -> tuple[Mapping[str, Any], ...]:
    """All combinations of a literal matrix; one empty combination without one."""
    if not isinstance(matrix, dict):
        return ({},)
    axes = {name: values for name, values in matrix.items() if name not in {"include", "exclude"}}
    if not all(isinstance(values, list) for values in axes.values()):
        return ({},)
    rows = (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )
    excluded = matrix.get("exclude") or []
    rows = [row for row in rows if not any(entry.items() <= row.items() for entry in excluded)]
    for entry in matrix.get("include") or []:
        fitting = [
            row
            for row in rows
            if all(row.get(name, value) == value for name, value in entry.items() if name in axes)
        ]
        for row in fitting:
            row.update(entry)
        if not fitting:
            rows.append(dict(entry))
    return tuple(rows) or ({},)


def matrix_key(matrix: Mapping[str, Any] | None) -> str:
    """A matrix combination as a stable text."""
    return json.dumps(matrix or {}, sort_keys=True)
