"""How states and steps are called and drawn, wherever people read them."""

from provisioning.fleet import Operation, OperationKind, OperationState, StepState, StepStatus, StufState
from stuf_bot.chat.format import duration

STATES = {
    StufState.PROVISIONING: "⏳ being made",
    StufState.READY: "✅ ready",
    StufState.FAILED: "❌ not finished",
    StufState.ABANDONING: "🧹 being removed",
    StufState.GONE: "removed",
}

KINDS = {
    OperationKind.PROVISION: "Provision",
    OperationKind.TEST: "Test",
    OperationKind.ABANDON: "Abandon",
}

ENDS = {
    OperationState.WAITING: "⏳ about to start",
    OperationState.RUNNING: "⏳ running",
    OperationState.SUCCEEDED: "✅ done",
    OperationState.FAILED: "❌ failed",
}

_MARKS = {
    StepStatus.WAITING: "◻️",
    StepStatus.RUNNING: "⏳",
    StepStatus.DONE: "✅",
    StepStatus.FAILED: "❌",
    StepStatus.SKIPPED: "⏭️",
}


def step_line(step: StepState) -> str:
    """One step of a card: mark, name, how long it took or that it is running."""
    text = f"{_MARKS[step.status]} {step.name}"
    if step.status is StepStatus.RUNNING:
        return f"{text} …"
    if step.seconds is not None and step.status in {StepStatus.DONE, StepStatus.FAILED}:
        return f"{text} ({duration(step.seconds)})"
    return text


def topic_of(operation: Operation) -> str:
    """The topic that an operation owns in its STUF's channel; at most 50 characters by its parts."""
    return f"{operation.kind.value} {operation.slug} {operation.id.removeprefix('op-')}"
