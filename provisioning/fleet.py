"""The fleet: every STUF and its operations, in the database. Every method works in the caller's transaction."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from provisioning import attempts
from provisioning.models import Participant, Stage, StufSpec
from provisioning.pending import pending_rows
from provisioning.progress import operation_of, stuf_of, upload_seen
from provisioning.records import (
    ABANDON_STEPS,
    ACTIVE,
    TEST_STEPS,
    Failure,
    Operation,
    OperationKind,
    OperationState,
    StepState,
    StepStatus,
    Stuf,
    StufState,
    split_attempt,
)
from provisioning.refusals import Busy, NothingToRetry, SlugTaken, UnknownStuf
from provisioning.repositories import NOBODYS, Repositories
from provisioning.sentry.kept import stuf_by_project
from provisioning.tables import ArchitectRow, OperationRow, StufRow, UploadRow

__all__ = [
    "ABANDON_STEPS",
    "TEST_STEPS",
    "Busy",
    "Failure",
    "Fleet",
    "NothingToRetry",
    "Operation",
    "OperationKind",
    "OperationState",
    "SlugTaken",
    "StepState",
    "StepStatus",
    "Stuf",
    "StufState",
    "UnknownStuf",
    "split_attempt",
]

_WORKING_STATE = {
    OperationKind.PROVISION: StufState.PROVISIONING,
    OperationKind.ABANDON: StufState.ABANDONING,
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Fleet:
    """Knows every STUF. `wake` is called after the commit of a transaction that begins an operation."""

    def __init__(
        self,
        wake: Callable[[], None],
        *,
        clock: Callable[[], datetime] = _utc_now,
        repositories: Repositories = NOBODYS,
    ) -> None:
        self._wake = wake
        self.repositories = repositories
        self._clock = clock

    # STUFs

    def get(self, session: Session, slug: str) -> Stuf | None:
        """The STUF that has this slug now; None also when it is gone."""
        row = self._row(session, slug)
        return stuf_of(row) if row else None

    def by_repository(self, session: Session, full_name: str) -> Stuf | None:
        """The STUF whose instance repository this is (`owner/stuf-acme-audit`), before it is known to exist, too."""
        slug = full_name.rpartition("/")[2].casefold().removeprefix("stuf-")
        stuf = self.get(session, slug) if slug else None
        if stuf is None or stuf.outputs is None:
            return stuf if self.repositories.will_be(full_name, slug) else None
        return stuf if stuf.outputs.repository_url.casefold().endswith(f"/{full_name.casefold()}") else None

    def all(self, session: Session) -> list[Stuf]:
        """Every STUF that is not gone, by slug."""
        query = select(StufRow).where(StufRow.state != StufState.GONE).order_by(StufRow.slug)
        return [stuf_of(row) for row in session.scalars(query)]

    def create(  # noqa: PLR0913 - a STUF begins with all that is known of it.
        self,
        session: Session,
        spec: StufSpec,
        *,
        owner_id: int,
        owner_name: str,
        channel: str,
        participants: Sequence[Participant],
        logo: tuple[str, bytes] | None = None,
    ) -> Stuf:
        """Note a new STUF, to be provisioned by `begin`; `logo` is (file name such as logo.png, content).

        Raises SlugTaken. The participants wait in the database until they are in storage.
        """
        now = self._clock()
        row = StufRow(
            slug=spec.slug,
            spec=spec.model_dump(mode="json"),
            owner_id=owner_id,
            owner_name=owner_name,
            channel=channel,
            state=StufState.PROVISIONING,
            outputs=None,
            created_at=now,
            architects=[ArchitectRow(user_id=owner_id, added_by=owner_id, added_at=now)],
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            taken = self.get(session, spec.slug)
            if taken is None:
                raise
            raise SlugTaken(taken) from None
        session.add_all(pending_rows(row.id, participants, logo))
        session.flush()
        return stuf_of(row)

    def by_sentry_project(self, session: Session, project: str) -> Stuf | None:
        """The STUF of a project in Sentry, by the project's slug or number; None for another's project."""
        return stuf_by_project(session, project)

    # Operations

    def operation(self, session: Session, operation_id: str) -> Operation | None:
        """The operation with this id, without its attempt."""
        found = session.execute(
            select(OperationRow, StufRow.slug).join(StufRow).where(OperationRow.id == operation_id)
        ).one_or_none()
        return operation_of(*found) if found else None

    def stuf_of_operation(self, session: Session, operation_id: str) -> Stuf | None:
        """The STUF that an operation works or worked on, also when it is gone."""
        query = select(StufRow).join(OperationRow).where(OperationRow.id == operation_id)
        row = session.scalars(query).one_or_none()
        return stuf_of(row) if row else None

    def operations(self, session: Session, slug: str) -> list[Operation]:
        """The operations of the STUF that has this slug now, oldest first."""
        stuf = self._row(session, slug)
        if stuf is None:
            return []
        query = select(OperationRow).where(OperationRow.stuf_id == stuf.id).order_by(OperationRow.number)
        return [operation_of(row, slug) for row in session.scalars(query)]

    def latest_operation(
        self, session: Session, slug: str, kind: OperationKind | None = None
    ) -> Operation | None:
        """The operation begun last, of this kind if one is given."""
        fitting = [one for one in self.operations(session, slug) if kind in (None, one.kind)]
        return fitting[-1] if fitting else None

    def begin(  # noqa: PLR0913 - who, what, why: each stands for itself, by name.
        self,
        session: Session,
        kind: OperationKind,
        slug: str,
        *,
        person_id: int,
        person_name: str,
        reason: str = "",
        start_at: Stage = Stage.VALIDATE,
        adopt_files: bool = False,
    ) -> Operation:
        """Lock the STUF for a new operation, which starts after the commit.

        `adopt_files`: files kept from an earlier STUF of this slug become this one's, else they are refused.
        Raises UnknownStuf, and Busy while another operation of the STUF is not finished.
        """
        stuf = self._free(session, slug)
        row = attempts.first(
            stuf,
            kind,
            self._clock(),
            person_id=person_id,
            person_name=person_name,
            reason=reason,
            start_at=start_at,
            adopt_files=adopt_files,
        )
        self._lock(session, slug, lambda: session.add(row))
        return self._begun(session, stuf, row)

    def retry(  # noqa: PLR0913 - as above.
        self,
        session: Session,
        slug: str,
        *,
        person_id: int,
        person_name: str,
        reason: str = "",
        adopt_files: bool = False,
    ) -> Operation:
        """The STUF's latest operation again, from the step that failed: its next attempt.

        Raises UnknownStuf, Busy, NothingToRetry.
        """
        stuf = self._free(session, slug)
        row = session.scalars(
            select(OperationRow)
            .where(OperationRow.stuf_id == stuf.id)
            .order_by(OperationRow.number.desc())
            .limit(1)
        ).first()
        if row is None or row.state != OperationState.FAILED:
            raise NothingToRetry(operation_of(row, slug) if row else None)
        again = partial(
            attempts.again,
            row,
            slug,
            person_id=person_id,
            person_name=person_name,
            reason=reason,
            adopt_files=adopt_files,
        )
        self._lock(session, slug, again)
        return self._begun(session, stuf, row)

    def failed(self, session: Session) -> frozenset[str]:
        """The slugs of the STUFs whose latest operation failed: what `retry` can go on with."""
        latest = select(func.max(OperationRow.number)).group_by(OperationRow.stuf_id)
        query = select(StufRow.slug).join(OperationRow).where(OperationRow.number.in_(latest))
        failed = query.where(OperationRow.state == OperationState.FAILED, StufRow.state != StufState.GONE)
        return frozenset(session.scalars(failed))

    def waiting(self, session: Session) -> list[tuple[str, str]]:
        """(kind, attempt id) of every operation that is not finished: what the engine has to run."""
        query = select(OperationRow).where(OperationRow.state.in_(ACTIVE)).order_by(OperationRow.number)
        return [(row.kind, f"{row.id}-{row.attempt}") for row in session.scalars(query)]

    # Uploads

    def note_upload(self, session: Session, slug: str, upload_id: str, *, verification: bool) -> bool:
        """Remember an announced upload; False when it is known already or the STUF is unknown."""
        stuf = self._row(session, slug)
        if stuf is None or self.upload_seen(session, slug, upload_id):
            return False
        row = UploadRow(
            stuf_id=stuf.id, upload_id=upload_id, verification=verification, seen_at=self._clock()
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            return False
        return True

    def upload_seen(self, session: Session, slug: str, upload_id: str) -> bool:
        """Whether the STUF has announced this upload."""
        return upload_seen(session, slug, upload_id)

    # Inside

    def _row(self, session: Session, slug: str) -> StufRow | None:
        query = select(StufRow).where(StufRow.slug == slug, StufRow.state != StufState.GONE)
        return session.scalars(query).one_or_none()

    def _free(self, session: Session, slug: str) -> StufRow:
        stuf = self._row(session, slug)
        if stuf is None:
            raise UnknownStuf(slug)
        self._check_free(session, slug)
        return stuf

    def _check_free(self, session: Session, slug: str) -> None:
        for operation in self.operations(session, slug):
            if operation.active:
                raise Busy(operation)

    def _lock(self, session: Session, slug: str, change: Callable[[], None]) -> None:
        """Make the change that takes the lock; the index refuses it when another process was quicker."""
        try:
            with session.begin_nested():
                change()
        except IntegrityError:
            self._check_free(session, slug)
            raise

    def _begun(self, session: Session, stuf: StufRow, row: OperationRow) -> Operation:
        stuf.state = _WORKING_STATE.get(OperationKind(row.kind), stuf.state)
        # A savepoint's release counts as a commit too, so it may be called before the last one.
        event.listen(session, "after_commit", lambda _: self._wake())
        return operation_of(row, stuf.slug)
