"""Notes in the audit log that an operation began, and the end of each of its steps, once."""

from handlers._words import topic_of
from provisioning.events import OperationChanged
from provisioning.fleet import Fleet, Operation, OperationKind, StepState, StepStatus, Stuf
from provisioning.models import Stage
from stuf_bot import audit
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.audit.reading import Wanted
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.places import Topic, conversation

router = Router()

_ENDS = frozenset({StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED})


@router.event
def note(changed: OperationChanged, ctx: EventContext, *, fleet: Fleet) -> list[Act]:
    """Compare the operation as it is now with what is noted of it: late and repeated events add nothing."""
    operation = fleet.operation(ctx.session, changed.operation_id)
    stuf = fleet.stuf_of_operation(ctx.session, changed.operation_id)
    if operation is None or stuf is None:
        return []
    noted = _noted(ctx, operation)
    if "" not in noted:
        begun(ctx, operation, stuf)
    for step in operation.steps:
        if step.status in _ENDS and step.name not in noted | _kept(operation):
            _record(ctx, operation, stuf, step)
    return []


def begun(ctx: EventContext, operation: Operation, stuf: Stuf) -> None:
    """Note the beginning of an attempt, with the message that asked for it where this is called at once."""
    _record(ctx, operation, stuf, None)


def _noted(ctx: EventContext, operation: Operation) -> frozenset[str]:
    """The steps of this attempt whose end is noted; '' for its beginning."""
    wanted = Wanted(correlation=operation.id, tags=(Tag.OPERATION_BEGUN, Tag.STEP_ENDED))
    return frozenset(
        str(entry.details.get("step", ""))
        for entry in audit.entries(ctx.session, wanted)
        if entry.details.get("attempt") == operation.attempt
    )


def _kept(operation: Operation) -> frozenset[str]:
    """The steps that an earlier attempt has done, and this one leaves alone."""
    if operation.kind is not OperationKind.PROVISION:
        return frozenset()
    stages = list(Stage)
    return frozenset(str(stage) for stage in stages[: stages.index(operation.start_at)])


def _record(ctx: EventContext, operation: Operation, stuf: Stuf, step: StepState | None) -> None:
    failure = operation.failure if step and step.status is StepStatus.FAILED else None
    details = {"stuf": operation.slug, "operation": operation.id, "attempt": operation.attempt}
    details |= {"step": step.name, "seconds": step.seconds} if step else {"kind": operation.kind.value}
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.STEP_ENDED if step else Tag.OPERATION_BEGUN,
        actor_id=operation.person_id,
        outcome=step.status.value if step else "begun",
        place=conversation(Topic(channel=stuf.channel, topic=topic_of(operation))),
        reason_code=failure.code if failure else "",
        cause=ctx.cause,
        correlation=operation.id,
        details=details,
    )
