"""What is worth a notification when an issue goes from one state to another."""

from dataclasses import dataclass

from handlers.sentry.record import Record
from handlers.sentry.wording import Who
from provisioning.sentry.models import Issue

REGRESSED = "regressed"
ESCALATING = "escalating"
ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that is news: `what`, and who did it where that is known."""

    what: str
    by: Who | None = None


def turns(before: Record | None, now: Record, by: Who | None) -> list[Turn]:
    """What to tell besides the card. A new issue is told by its card."""
    old, new = before.issue if before else None, now.issue
    found: list[Turn] = []
    was = (old.status, old.substatus) if old else (new.status, new.substatus)
    opened = new.status == "unresolved" and was != (new.status, new.substatus)
    if opened and new.substatus in {REGRESSED, ESCALATING}:
        found.append(Turn(new.substatus))
    if _person(new) and _person(new) != (_person(old) if old else ""):
        found.append(Turn(ASSIGNED, by))
    return found


def _person(issue: Issue) -> str:
    """The number of the person to whom it is assigned, or an empty text."""
    to = issue.assigned
    return to.id if to is not None and to.kind == "user" else ""
