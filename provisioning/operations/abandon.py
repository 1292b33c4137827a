"""Abandon a STUF: remove what was made, files included, and free its slug."""

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
    inputs = attempt.run("read", lambda: common_inputs(attempt)[1])
    run_workflow(attempt, WORKFLOW, inputs | {"keep_files": "false"})
