"""How an operation's record begins, and begins again with its next attempt."""

import secrets
from datetime import datetime

from provisioning.models import Stage
from provisioning.progress import operation_of
from provisioning.records import OperationKind, OperationState, first_steps, resume
from provisioning.tables import OperationRow, StufRow

_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def first(  # noqa: PLR0913 - who, what, why: each stands for itself, by name.
    stuf: StufRow,
    kind: OperationKind,
    now: datetime,
    *,
    person_id: int,
    person_name: str,
    reason: str,
    start_at: Stage,
    adopt_files: bool,
) -> OperationRow:
    """A new operation of a STUF, not yet in the database."""
    return OperationRow(
        id="op-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(6)),
        stuf_id=stuf.id,
        kind=kind,
        state=OperationState.WAITING,
        attempt=1,
        start_at=start_at,
        steps=[step.model_dump(mode="json") for step in first_steps(kind)],
        dispatching=False,
        adopt_files=adopt_files,
        failure=None,
        person_id=person_id,
        person_name=person_name,
        reason=reason,
        started_at=now,
        sequence=1,
    )


def again(  # noqa: PLR0913 - as above.
    row: OperationRow, slug: str, *, person_id: int, person_name: str, reason: str, adopt_files: bool
) -> None:
    """Make it the next attempt of a failed operation, from the step that failed."""
    kept, start_at = resume(operation_of(row, slug))
    row.attempt += 1
    row.state = OperationState.WAITING
    row.start_at = start_at
    row.steps = [step.model_dump(mode="json") for step in kept]
    row.run_id = row.run_url = row.failure = row.ended_at = None
    row.dispatching = False
    row.person_id, row.person_name = person_id, person_name
    row.reason = reason or row.reason
    row.adopt_files = row.adopt_files or adopt_files
    row.sequence += 1
