"""Provision a STUF: the workflow does the heavy work, the bot brings the participants."""

from functools import partial
from typing import Any

from pydantic import ValidationError

from provisioning import progress
from provisioning.models import StufOutputs
from provisioning.operations.attempt import Attempt, StepFailed, run_attempt
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.operations.tracking import track
from provisioning.operations.workflow import run_workflow
from provisioning.records import Operation

WORKFLOW = "provision.yml"
_RETRY = "Try again later."


def provision(steps: Steps, services: Services, attempt_id: str) -> None:
    """Run the attempt `attempt_id` (such as op-k3f9xy-1) of a provisioning to its end."""
    run_attempt(steps, services, attempt_id, _work)


def common_inputs(attempt: Attempt) -> tuple[Operation, dict[str, str]]:
    """The operation, and the inputs that every workflow takes: no participants' data, no secret."""
    with attempt.services.session() as session:
        operation = progress.current(session, attempt.attempt_id)
        stuf = progress.stuf(session, attempt.attempt_id)
    return operation, {
        "stuf": stuf.slug,
        "operation": operation.attempt_id,
        "spec": stuf.spec.model_dump_json(),
        "requested_by": f"{operation.person_name} ({operation.person_id})",
        "reason": operation.reason,
    }


def _work(attempt: Attempt) -> StufOutputs:
    inputs = attempt.run("read", lambda: _inputs(attempt))
    run_workflow(attempt, WORKFLOW, inputs)
    outputs = StufOutputs.model_validate(attempt.run("outputs", lambda: _outputs(attempt, inputs["stuf"])))
    attempt.run("participants", lambda: _participants(attempt, outputs))
    track(attempt, inputs["stuf"], outputs)
    return outputs


def _inputs(attempt: Attempt) -> dict[str, str]:
    operation, inputs = common_inputs(attempt)
    kept_files = "adopt" if operation.adopt_files else "refuse"
    return inputs | {"start_at": operation.start_at.value, "kept_files": kept_files}


def _outputs(attempt: Attempt, slug: str) -> Any:
    repository = f"{attempt.services.owner}/stuf-{slug}"
    try:
        found: StufOutputs = attempt.patiently(
            lambda: attempt.services.github.outputs(repository), "outputs-missing", _RETRY
        )
    except ValidationError:
        raise StepFailed(
            "outputs-invalid",
            f"infrastructure/outputs.json of {repository} does not fit this bot; run it again.",
        ) from None
    if found.slug != slug:
        raise StepFailed(
            "outputs-invalid", f"The outputs in {repository} belong to another STUF, {found.slug}."
        )
    return found.model_dump(mode="json")


def _participants(attempt: Attempt, outputs: StufOutputs) -> int:
    """Write what waits straight to storage, and forget each once it is there; how many were written."""
    storage = attempt.services.storage(outputs)
    with attempt.services.session() as session:
        waiting = progress.pending(session, attempt.attempt_id)
    for key, content_type, content in waiting:
        attempt.patiently(partial(storage.put, key, content, content_type), "storage-unavailable", _RETRY)
        with attempt.services.session() as session:
            progress.stored(session, attempt.attempt_id, key)
    return len(waiting)
