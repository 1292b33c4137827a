"""Abandon a STUF: remove what was made, files included, and free its slug."""

from provisioning import progress
from provisioning.operations.attempt import Attempt, run_attempt
from provisioning.operations.provision import common_inputs
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.operations.workflow import run_workflow

WORKFLOW = "destroy.yml"


def abandon(steps: Steps, services: Services, attempt_id: str) -> None:
    """Run the attempt `attempt_id` of an abandoning to its end."""
    run_attempt(steps, services, attempt_id, _work)


def _work(attempt: Attempt) -> None:
    with attempt.services.session() as session:
        operation = progress.current(session, attempt.attempt_id)
        stuf = progress.stuf(session, attempt.attempt_id)
    run_workflow(attempt, WORKFLOW, common_inputs(operation, stuf) | {"keep_files": "false"})
