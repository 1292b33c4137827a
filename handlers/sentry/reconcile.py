"""Finds what no webhook told: by what Sentry lists now and then, against what is remembered."""

from datetime import timedelta

from handlers.sentry import record as records
from handlers.sentry.asking import DETAILS, ask
from handlers.sentry.desk import Desk
from handlers.sentry.record import Record
from provisioning.sentry.models import Issue
from stuf_bot.errands import Errands
from stuf_bot.messages import ErrandEnded

MOST = 100
"""As many issues are asked for after one look; the next look finds the others."""

UNREAD = timedelta(hours=6)
FEW = 10
"""Of those that were not asked for since UNREAD, so many are after each look."""


def reconciled(ended: ErrandEnded, desk: Desk, errands: Errands) -> None:
    """Ask for each issue that is new, or stands otherwise than is remembered; it is told by the answer."""
    known = {one.issue.id: one for one in records.known(desk.session)}
    changed = [Issue.model_validate(one) for one in ended.result.get("changed") or ()]
    still_open = {str(one) for one in ended.result.get("unresolved") or ()}
    wanted = [issue.id for issue in changed if _differs(known.get(issue.id), issue)]
    wanted += [number for number in still_open if number not in known or not known[number].is_open]
    if ended.result.get("complete"):
        wanted += [one.issue.id for one in known.values() if one.is_open and one.issue.id not in still_open]
    wanted += [one.issue.id for one in _longest_unread(list(known.values()), desk)]
    for number in list(dict.fromkeys(wanted))[:MOST]:
        ask(errands, desk.session, DETAILS, number, f"look:{ended.number}")


def _longest_unread(known: list[Record], desk: Desk) -> list[Record]:
    """A few that were not asked for since long: who is assigned, for one, changes without an event."""
    before = desk.now - UNREAD
    stale = [one for one in known if not one.gone and (one.read_at is None or one.read_at < before)]
    return sorted(stale, key=lambda one: (one.read_at is not None, one.read_at))[:FEW]


def _differs(record: Record | None, issue: Issue) -> bool:
    """Whether something shows on the card that a webhook should have told."""
    if record is None:
        return True
    before = record.issue
    return (before.status, before.substatus, before.assigned, before.count) != (
        issue.status,
        issue.substatus,
        issue.assigned,
        issue.count,
    )
