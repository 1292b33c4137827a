"""A STUF and its operations as the fleet keeps them: frozen, typed, without personal data of participants."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from provisioning.models import Stage, StufOutputs, StufSpec
from provisioning.redaction import redact


class StufState(StrEnum):
    """Where a STUF stands. A slug whose STUF is gone is free again."""

    PROVISIONING = "provisioning"
    READY = "ready"
    FAILED = "failed"
    ABANDONING = "abandoning"
    GONE = "gone"


class OperationKind(StrEnum):
    """What an operation does to a STUF."""

    PROVISION = "provision"
    TEST = "test"
    ABANDON = "abandon"


class OperationState(StrEnum):
    """Where an operation stands; the first two hold the STUF's lock."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class StepStatus(StrEnum):
    """Where a step of an operation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


ACTIVE: Final = (OperationState.WAITING, OperationState.RUNNING)

TEST_STEPS: Final = ("sign in", "upload", "checksum", "encryption", "version", "notification", "clean up")
ABANDON_STEPS: Final = ("validate", "infrastructure", "verification")


Redacted = Annotated[str, AfterValidator(redact)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StepState(_Record):
    """One step of an operation; `seconds` it took, None while unknown."""

    name: str
    status: StepStatus = StepStatus.WAITING
    seconds: float | None = None


class Failure(_Record):
    """Why an operation failed: a stable reason code, a sentence with what to do, the last lines of the log.

    Wherever they come from, sentence and lines are redacted; the lines are in order, the oldest first.
    """

    code: str
    sentence: Redacted
    log_tail: tuple[Redacted, ...] = ()


class Stuf(_Record):
    """One secure trusted upload facility.

    `owner_id` is the Zulip user id of the Trust Architect who asked for it, `architects` are those of all
    its TAs now, in the order in which they came.
    """

    slug: str
    spec: StufSpec
    owner_id: int
    owner_name: str
    architects: tuple[int, ...]
    channel: str
    state: StufState
    outputs: StufOutputs | None = None
    created_at: datetime


class Operation(_Record):
    """A change to a STUF that takes time. `sequence` grows with every change of this record."""

    id: str
    kind: OperationKind
    slug: str
    state: OperationState = OperationState.WAITING
    attempt: Annotated[int, Field(ge=1)] = 1
    start_at: Stage = Stage.VALIDATE
    steps: tuple[StepState, ...]
    run_id: int | None = None
    run_url: str | None = None
    dispatching: bool = False
    adopt_files: bool = False
    failure: Failure | None = None
    person_id: int
    person_name: str
    reason: str = ""
    started_at: datetime
    ended_at: datetime | None = None
    sequence: int = 1

    @property
    def attempt_id(self) -> str:
        """Names this attempt everywhere: the engine's workflow id and the run's `operation` input."""
        return f"{self.id}-{self.attempt}"

    @property
    def active(self) -> bool:
        """Whether it holds the STUF's lock."""
        return self.state in ACTIVE

    @property
    def failed_step(self) -> str | None:
        """The name of the step that failed, if any."""
        return next((step.name for step in self.steps if step.status is StepStatus.FAILED), None)

    @property
    def current_step(self) -> str | None:
        """The step that runs or failed, if any."""
        busy = (StepStatus.RUNNING, StepStatus.FAILED)
        return next((step.name for step in self.steps if step.status in busy), None)


def first_steps(kind: OperationKind) -> tuple[StepState, ...]:
    """All steps of an operation, waiting."""
    names: dict[OperationKind, tuple[str, ...]] = {
        OperationKind.PROVISION: tuple(Stage),
        OperationKind.TEST: TEST_STEPS,
        OperationKind.ABANDON: ABANDON_STEPS,
    }
    return tuple(StepState(name=str(name)) for name in names[kind])


def split_attempt(attempt_id: str) -> tuple[str, int]:
    """('op-k3f9xy', 2) of 'op-k3f9xy-2'. Raises ValueError when it is none."""
    operation_id, _, attempt = attempt_id.rpartition("-")
    if not operation_id or not attempt.isdigit():
        raise ValueError(f"{attempt_id!r} names no attempt of an operation")
    return operation_id, int(attempt)


def resume(operation: Operation) -> tuple[tuple[StepState, ...], Stage]:
    """The steps that stay done, and the stage from which the next attempt works.

    Where every stage was done (the bot's own part failed), the last one is repeated.
    """
    if operation.kind is not OperationKind.PROVISION:
        return first_steps(operation.kind), operation.start_at
    stages = list(Stage)
    first = stages.index(operation.start_at)
    undone = [
        at for at, step in enumerate(operation.steps) if at >= first and step.status is not StepStatus.DONE
    ]
    reached = undone[0] if undone else len(stages) - 1
    kept = (*operation.steps[:reached], *first_steps(operation.kind)[reached:])
    return kept, stages[reached]


def storage_was_made(operations: Iterable[Operation]) -> bool:
    """Whether, by its operations, a STUF ever had storage of its own; else files under its name are another's."""
    return any(
        step.name == Stage.INFRASTRUCTURE and step.status is StepStatus.DONE
        for operation in operations
        if operation.kind is OperationKind.PROVISION
        for step in operation.steps
    )
