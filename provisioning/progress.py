"""What a running operation writes to its own record. Every function works in the caller's transaction.

All of them may be repeated: a change that is already there changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from provisioning.models import Stage, StufOutputs, StufSpec
from provisioning.records import (
    Failure,
    Operation,
    OperationKind,
    OperationState,
    StepState,
    StepStatus,
    Stuf,
    StufState,
    split_attempt,
    storage_was_made,
)
from provisioning.tables import OperationRow, PendingRow, StufRow, UploadRow


class Superseded(Exception):  # noqa: N818 - not a fault: another attempt works on it, or it has ended.
    """The attempt is over; its operation ended, or a later attempt has begun."""


def current(session: Session, attempt_id: str) -> Operation:
    """The operation of this attempt as it stands. Raises Superseded when a later attempt has begun."""
    return operation_of(*_find(session, attempt_id))


def stuf(session: Session, attempt_id: str) -> Stuf:
    """The STUF that this attempt works on, also when it is gone."""
    return stuf_of(_find_rows(session, attempt_id)[1])


def pending(session: Session, attempt_id: str) -> list[tuple[str, str, bytes]]:
    """(key, content type, content) of the personal data that waits to be written to storage."""
    _, found = _find_rows(session, attempt_id)
    query = select(PendingRow).where(PendingRow.stuf_id == found.id).order_by(PendingRow.id)
    return [(row.key, row.content_type, row.content) for row in session.scalars(query)]


def upload_seen(session: Session, slug: str, upload_id: str) -> bool:
    """Whether the STUF that has this slug now has announced this upload."""
    query = (
        select(UploadRow.id)
        .join(StufRow)
        .where(StufRow.slug == slug, StufRow.state != StufState.GONE, UploadRow.upload_id == upload_id)
    )
    return session.scalars(query).first() is not None


def started(session: Session, attempt_id: str) -> Operation:
    """Note that the engine works on it."""
    return _change(session, attempt_id, state=OperationState.RUNNING)


def dispatching(session: Session, attempt_id: str) -> Operation:
    """Note, before it is done, that a run is going to be dispatched."""
    return _change(session, attempt_id, dispatching=True)


def dispatched(session: Session, attempt_id: str, run_id: int, run_url: str) -> Operation:
    """Note the run."""
    return _change(session, attempt_id, run_id=run_id, run_url=run_url)


def stepped(session: Session, attempt_id: str, steps: Sequence[StepState]) -> Operation:
    """Note where the steps stand."""
    return _change(session, attempt_id, steps=[step.model_dump(mode="json") for step in steps])


def stored(session: Session, attempt_id: str, key: str) -> None:
    """Forget an object of personal data: it is in storage now."""
    _, found = _find_rows(session, attempt_id)
    session.execute(delete(PendingRow).where(PendingRow.stuf_id == found.id, PendingRow.key == key))


def succeeded(
    session: Session, attempt_id: str, now: datetime, outputs: StufOutputs | None = None
) -> Operation:
    """The end: `outputs` are kept with the STUF, whose state follows from the kind of operation."""
    row, found = _find_rows(session, attempt_id)
    if row.state == OperationState.SUCCEEDED:
        return operation_of(row, found.slug)
    if row.kind == OperationKind.PROVISION:
        found.state = StufState.READY
        found.outputs = outputs.model_dump(mode="json") if outputs else found.outputs
    elif row.kind == OperationKind.ABANDON:
        found.state = StufState.GONE
        session.execute(delete(PendingRow).where(PendingRow.stuf_id == found.id))
    return _change(session, attempt_id, state=OperationState.SUCCEEDED, ended_at=now)


def failed(session: Session, attempt_id: str, now: datetime, failure: Failure) -> Operation:
    """The end, with its reason; the step that was running is the one that failed."""
    row, found = _find_rows(session, attempt_id)
    if row.state == OperationState.FAILED:
        return operation_of(row, found.slug)
    if row.kind != OperationKind.TEST:
        found.state = StufState.FAILED
    steps = [StepState.model_validate(step) for step in row.steps]
    broken = [
        step.model_copy(update={"status": StepStatus.FAILED}) if step.status is StepStatus.RUNNING else step
        for step in steps
    ]
    return _change(
        session,
        attempt_id,
        state=OperationState.FAILED,
        ended_at=now,
        failure=failure.model_dump(mode="json"),
        steps=[step.model_dump(mode="json") for step in broken],
    )


def infrastructure_stood(session: Session, attempt_id: str) -> bool:
    """Whether a provisioning of this attempt's STUF ever got its infrastructure done."""
    _, found = _find_rows(session, attempt_id)
    rows = session.scalars(select(OperationRow).where(OperationRow.stuf_id == found.id))
    return storage_was_made(operation_of(row, found.slug) for row in rows)


def _change(session: Session, attempt_id: str, **values: object) -> Operation:
    row, found = _find_rows(session, attempt_id)
    if any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.sequence += 1
        session.flush()
    return operation_of(row, found.slug)


def _find(session: Session, attempt_id: str) -> tuple[OperationRow, str]:
    row, found = _find_rows(session, attempt_id)
    return row, found.slug


def _find_rows(session: Session, attempt_id: str) -> tuple[OperationRow, StufRow]:
    operation_id, attempt = split_attempt(attempt_id)
    found = session.execute(
        select(OperationRow, StufRow).join(StufRow).where(OperationRow.id == operation_id)
    ).one_or_none()
    if found is None or found[0].attempt != attempt:
        raise Superseded(attempt_id)
    return found[0], found[1]


def stuf_of(row: StufRow) -> Stuf:
    """The record of a row."""
    return Stuf(
        slug=row.slug,
        spec=StufSpec.model_validate(row.spec),
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        architects=tuple(each.user_id for each in row.architects),
        channel=row.channel,
        state=StufState(row.state),
        outputs=StufOutputs.model_validate(row.outputs) if row.outputs else None,
        created_at=row.created_at,
    )


def operation_of(row: OperationRow, slug: str) -> Operation:
    """The record of a row."""
    return Operation(
        id=row.id,
        kind=OperationKind(row.kind),
        slug=slug,
        state=OperationState(row.state),
        attempt=row.attempt,
        start_at=Stage(row.start_at),
        steps=tuple(StepState.model_validate(step) for step in row.steps),
        run_id=row.run_id,
        run_url=row.run_url,
        dispatching=row.dispatching,
        adopt_files=row.adopt_files,
        failure=Failure.model_validate(row.failure) if row.failure else None,
        person_id=row.person_id,
        person_name=row.person_name,
        reason=row.reason,
        started_at=row.started_at,
        ended_at=row.ended_at,
        sequence=row.sequence,
    )
