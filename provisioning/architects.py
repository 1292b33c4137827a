"""The Trust Architects of a STUF. Every function works in the caller's transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.records import StufState
from provisioning.refusals import LastArchitect, UnknownStuf
from provisioning.tables import ArchitectRow, StufRow


def add(session: Session, slug: str, user_id: int, *, added_by: int, at: datetime) -> bool:
    """Make this person a TA of the STUF; False where they are one. Raises UnknownStuf."""
    row = _row(session, slug)
    if any(each.user_id == user_id for each in row.architects):
        return False
    row.architects.append(ArchitectRow(user_id=user_id, added_by=added_by, added_at=at))
    session.flush()
    return True


def remove(session: Session, slug: str, user_id: int) -> bool:
    """Take it from this person; False where they are none. Raises UnknownStuf, LastArchitect."""
    row = _row(session, slug)
    found = next((each for each in row.architects if each.user_id == user_id), None)
    if found is None:
        return False
    if len(row.architects) == 1:
        raise LastArchitect(slug)
    row.architects.remove(found)
    session.flush()
    return True


def _row(session: Session, slug: str) -> StufRow:
    """The STUF, locked: two TAs may remove each other at the same moment."""
    query = select(StufRow).where(StufRow.slug == slug, StufRow.state != StufState.GONE)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownStuf(slug)
    return row
