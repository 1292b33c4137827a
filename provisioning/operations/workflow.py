"""A workflow run as the work of an operation: dispatch it once, follow it, say why it failed."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from provisioning import progress
from provisioning.github import GitHubRefused, GitHubUnavailable, RunRef, RunStep, RunView
from provisioning.operations.attempt import Attempt, StepFailed
from provisioning.operations.joblog import read_failure
from provisioning.records import Operation, StepState, StepStatus

_LOOK_AGAIN: Final = 2.0
_NOT_YET: Final = 4
T = TypeVar("T")
_FAILED: Final = ("failure", "timed_out", "cancelled")


def run_workflow(attempt: Attempt, workflow: str, inputs: Mapping[str, str]) -> None:
    """Run `workflow` to its success. Raises StepFailed with the reason that its log gives."""
    attempt.run("dispatch", lambda: _dispatch(attempt, workflow, inputs))
    end = attempt.run("follow", lambda: _follow(attempt))
    if end["conclusion"] != "success":
        attempt.run("explain", lambda: _explain(attempt, end))


def _dispatch(attempt: Attempt, workflow: str, inputs: Mapping[str, str]) -> int:
    operation = attempt.current()
    if operation.run_id is not None:
        attempt.change(lambda session: progress.current(session, attempt.attempt_id))
        return operation.run_id
    # Noted before it is done: whoever repeats this step knows that a run may exist.
    attempt.change(lambda session: progress.dispatching(session, attempt.attempt_id))
    run = _start(attempt, workflow, inputs, may_exist=operation.dispatching)
    attempt.change(lambda session: progress.dispatched(session, attempt.attempt_id, run.id, run.url))
    return run.id


def _start(attempt: Attempt, workflow: str, inputs: Mapping[str, str], *, may_exist: bool) -> RunRef:
    """The one run of this attempt: found if it may have been dispatched before, else dispatched."""
    github = attempt.services.github
    waited, delay = 0.0, 1.0
    while True:
        try:
            found = _look(attempt, workflow) if may_exist else None
            # From here on nobody knows whether the run exists, unless GitHub answers.
            may_exist = True
            return found or github.dispatch(workflow, inputs)
        except GitHubRefused as error:
            raise StepFailed("dispatch-refused", f"{error}. {_advice(error.status)}") from None
        except GitHubUnavailable as error:
            if waited >= attempt.services.give_up_seconds:
                raise StepFailed("github-unavailable", f"{error}. Try again later.") from None
        attempt.steps.wait(delay)
        waited += delay
        delay = min(delay * 2, 30.0)


def _look(attempt: Attempt, workflow: str) -> RunRef | None:
    """The run of this attempt; a fresh run takes a while to show up, so it is looked for with patience."""
    waited = 0.0
    while True:
        found = attempt.services.github.find_run(workflow, attempt.attempt_id)
        if found is not None or waited >= attempt.services.patience_seconds:
            return found
        attempt.steps.wait(_LOOK_AGAIN)
        waited += _LOOK_AGAIN


def _follow(attempt: Attempt) -> dict[str, Any]:
    operation = attempt.current()
    run_id = operation.run_id
    if run_id is None:
        raise ValueError(f"{attempt.attempt_id} has no run to follow")
    services, reported = attempt.services, 0
    nudge = services.nudges.listen(run_id)
    look = _soon(partial(services.github.view, run_id))
    try:
        while True:
            nudge.clear()
            view = attempt.patiently(look, "run-lost", "Look at the run on GitHub.")
            change = partial(
                progress.stepped, attempt_id=attempt.attempt_id, steps=merge_steps(operation, view)
            )
            operation = attempt.change(change, known=reported)
            reported = operation.sequence
            if view.completed:
                return {"conclusion": view.conclusion, "job_id": view.job_id}
            attempt.steps.wait(services.poll_seconds, nudge)
    finally:
        services.nudges.forget(run_id)


def _explain(attempt: Attempt, end: Mapping[str, Any]) -> None:
    """Raises StepFailed with what the run's log says."""
    operation = attempt.current()
    step = operation.current_step
    if end["conclusion"] == "cancelled":
        raise StepFailed("run-cancelled", "Somebody cancelled the run on GitHub, or it took too long.")
    if end["job_id"] is None:
        raise StepFailed(
            "run-not-started", f"GitHub could not start the run ({end['conclusion']}). Look at it there."
        )
    try:
        read = _soon(partial(attempt.services.github.log, end["job_id"]))
        log = attempt.patiently(read, "log-unreadable", "")
    except StepFailed as unreadable:
        where = f"The step {step} failed" if step else "The run failed"
        raise StepFailed(
            "workflow-failed", f"{where}, and its log cannot be read. {unreadable.failure.sentence}"
        ) from None
    raise_failure(log, step)


def _soon(do: Callable[[], T]) -> Callable[[], T]:
    """`do`, for which 'not found' means 'not yet' a few times: GitHub shows new runs and logs late."""
    missed = 0

    def patient() -> T:
        nonlocal missed
        try:
            return do()
        except GitHubRefused as error:
            missed += 1
            if error.status != HTTPStatus.NOT_FOUND or missed > _NOT_YET:
                raise
            raise GitHubUnavailable(str(error)) from None

    return patient


def raise_failure(log: str, step: str | None) -> None:
    """Raises StepFailed with the reason, the sentence and the last lines that a job's log gives."""
    failure = read_failure(log, step)
    raise StepFailed(failure.code, failure.sentence, failure.log_tail)


def merge_steps(operation: Operation, view: RunView) -> tuple[StepState, ...]:
    """The operation's steps with what the run says of them; steps of the run's own are left out.

    A step that this attempt skips because an earlier one did it stays done.
    """
    seen = {step.name: step for step in view.steps}
    merged = []
    for state in operation.steps:
        step = seen.get(state.name)
        merged.append(state if step is None else _state(state, step, ended=view.completed))
    return tuple(merged)


def _state(state: StepState, step: RunStep, *, ended: bool) -> StepState:
    if step.conclusion == "skipped":
        return (
            state
            if state.status is StepStatus.DONE
            else StepState(name=state.name, status=StepStatus.SKIPPED)
        )
    if step.conclusion == "success":
        status = StepStatus.DONE
    elif step.conclusion in _FAILED:
        status = StepStatus.FAILED
    elif step.status == "in_progress":
        status = StepStatus.FAILED if ended else StepStatus.RUNNING
    else:
        return state
    return StepState(name=state.name, status=status, seconds=_seconds(step))


def _seconds(step: RunStep) -> float | None:
    if step.started_at is None or step.completed_at is None:
        return None
    return max(0.0, (step.completed_at - step.started_at).total_seconds())


_ADVICE: Final[Iterable[tuple[tuple[int, ...], str]]] = (
    (
        (401, 403),
        "The bot's administrator has to check the bot's access to the control repository (actions: write).",
    ),
    ((404,), "The bot's administrator has to check control_repository and ref in the section [github]."),
    ((422,), "The workflow in the control repository does not fit this bot; both have to be of one version."),
)


def _advice(status: int) -> str:
    return next((advice for statuses, advice in _ADVICE if status in statuses), "Look at GitHub's status.")
