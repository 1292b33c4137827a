"""Which project in Sentry belongs to which STUF. Every function works in the caller's transaction."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from provisioning.progress import stuf_of
from provisioning.records import ACTIVE, Stuf, StufState
from provisioning.sentry.alerts import ALERTS_VERSION
from provisioning.tables import OperationRow, SentryProjectRow, StufRow


class SentryProject(BaseModel):
    """A STUF's project. `key` names this record, `stuf` is a slug. `project_id` is None while it is being made; `written`: the STUF knows its DSN."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: int
    stuf: str
    slug: str
    project_id: str | None
    dsn: str | None
    alerts: int
    written: bool
    begun_at: datetime

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be made."""
        return self.written and self.alerts >= ALERTS_VERSION


def project_of(session: Session, slug: str) -> SentryProject | None:
    """The project of the STUF that has this slug now."""
    row = _row(session, slug)
    return _record(row, slug) if row else None


def stuf_by_project(session: Session, project: str) -> Stuf | None:
    """The STUF of a project, by the project's slug or number; None for another's project."""
    row = session.scalars(
        select(StufRow)
        .join(SentryProjectRow, SentryProjectRow.stuf_id == StufRow.id)
        .where((SentryProjectRow.slug == project) | (SentryProjectRow.project_id == project), _present())
    ).first()
    return stuf_of(row) if row else None


def projects(session: Session) -> list[SentryProject]:
    """The projects of all STUFs that are not gone."""
    query = (
        select(SentryProjectRow, StufRow.slug)
        .join(StufRow, SentryProjectRow.stuf_id == StufRow.id)
        .where(_present(), SentryProjectRow.project_id.is_not(None))
        .order_by(StufRow.slug)
    )
    return [_record(row, slug) for row, slug in session.execute(query)]


def begun(session: Session, slug: str, project_slug: str, now: datetime) -> SentryProject:
    """Note that a project is being made, before it is; as it stands where that is noted already."""
    row = _row(session, slug)
    if row is None:
        stuf = session.scalars(select(StufRow).where(StufRow.slug == slug, _present())).one()
        row = SentryProjectRow(stuf_id=stuf.id, slug=project_slug, alerts=0, written=False, begun_at=now)
        session.add(row)
        session.flush()
    return _record(row, slug)


def noted(session: Session, stuf: str, **values: object) -> SentryProject:
    """Note what is there now: `project_id`, `slug`, `dsn`, `alerts`, `written`. Raises LookupError."""
    row = _row(session, stuf)
    if row is None:
        raise LookupError(stuf)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return _record(row, stuf)


def forgotten(session: Session, project: SentryProject) -> None:
    """Note that a project is gone."""
    session.execute(delete(SentryProjectRow).where(SentryProjectRow.id == project.key))


def unfinished(session: Session) -> list[Stuf]:
    """The STUFs that are ready and lack a project, a part of it, or its DSN, and that nothing is done to."""
    lacks = (
        SentryProjectRow.id.is_(None)
        | SentryProjectRow.written.is_(False)
        | (SentryProjectRow.alerts < ALERTS_VERSION)
    )
    busy = select(OperationRow.stuf_id).where(OperationRow.state.in_(ACTIVE))
    query = (
        select(StufRow)
        .outerjoin(SentryProjectRow, SentryProjectRow.stuf_id == StufRow.id)
        .where(StufRow.state == StufState.READY, lacks, StufRow.id.not_in(busy))
        .order_by(StufRow.slug)
    )
    return [stuf_of(row) for row in session.scalars(query)]


def orphans(session: Session) -> list[SentryProject]:
    """The projects whose STUFs are gone."""
    query = (
        select(SentryProjectRow, StufRow.slug)
        .join(StufRow, SentryProjectRow.stuf_id == StufRow.id)
        .where(StufRow.state == StufState.GONE)
    )
    return [_record(row, slug) for row, slug in session.execute(query)]


def _present() -> ColumnElement[bool]:
    return StufRow.state != StufState.GONE


def _row(session: Session, slug: str) -> SentryProjectRow | None:
    return session.scalars(
        select(SentryProjectRow)
        .join(StufRow, SentryProjectRow.stuf_id == StufRow.id)
        .where(StufRow.slug == slug, _present())
    ).one_or_none()


def _record(row: SentryProjectRow, stuf: str) -> SentryProject:
    return SentryProject(
        key=row.id,
        stuf=stuf,
        slug=row.slug,
        project_id=row.project_id,
        dsn=row.dsn,
        alerts=row.alerts,
        written=row.written,
        begun_at=row.begun_at,
    )
