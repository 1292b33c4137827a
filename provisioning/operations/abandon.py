"""Abandon a STUF: remove what was made, files included, and free its slug."""

from provisioning import progress
from provisioning.operations.attempt import Attempt, run_attempt
from provisioning.operations.provision import common_inputs
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.operations.tracking import untrack
from provisioning.operations.workflow import run_workflow

WORKFLOW = "destroy.yml"


def abandon(steps: Steps, services: Services, attempt_id: str) -> None:
    """Run the attempt `attempt_id` of an abandoning to its end."""
    run_attempt(steps, services, attempt_id, _work)


def _work(attempt: Attempt) -> None:
    run_workflow(attempt, WORKFLOW, attempt.run("read", lambda: _inputs(attempt)))
    untrack(attempt)


def _inputs(attempt: Attempt) -> dict[str, str]:
    """Files go only with the STUF that made their bucket: what an earlier one with this slug left stays."""
    with attempt.services.session() as session:
        own = progress.infrastructure_stood(session, attempt.attempt_id)
    return common_inputs(attempt)[1] | {"keep_files": "false" if own else "true"}
