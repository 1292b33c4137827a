"""Which deployment an error came with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from handlers._deployments import AFTERWARDS, latest

SOON = timedelta(hours=2)
"""How long after a deployment a new error is put down to it."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The latest change of what runs: `what` as safe Markdown, `at` its end, `next` what one can type about it."""

    what: str
    at: datetime
    next: str


def deployed_before(session: Session, stuf: str, at: datetime) -> Deployed | None:
    """The latest deployment of a STUF that had ended by then."""
    found = latest(session, stuf, at)
    if found is None:
        return None
    return Deployed(f"deployment {found.shown}", found.finished_at, AFTERWARDS.format(slug=stuf))


def came_with(session: Session, stuf: str, first_seen: datetime | None) -> Deployed | None:
    """The deployment that an error first seen then probably came with."""
    if not stuf or first_seen is None:
        return None
    found = deployed_before(session, stuf, first_seen)
    return found if found and first_seen - found.at <= SOON else None
