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
"""So many of all issues are looked at after each look, other ones each time, and asked for where UNREAD has passed."""


def reconciled(ended: ErrandEnded, desk: Desk, errands: Errands) -> None:
    """Ask for each issue that is new, or stands otherwise than is remembered; it is told by the answer."""
    changed = [Issue.model_validate(one) for one in ended.result.get("changed") or ()]
    known = records.those(desk.session, [issue.id for issue in changed])
    wanted = [issue.id for issue in changed if _differs(known.get(issue.id), issue)]
    there = dict.fromkeys(str(one) for one in ended.result.get("unresolved") or ())
    here = dict.fromkeys(records.still_open(desk.session))
    wanted += [number for number in there if number not in here]
    if ended.result.get("complete"):
        wanted += [number for number in here if number not in there]
    wanted += _unread(desk)
    for number in list(dict.fromkeys(wanted))[:MOST]:
        ask(errands, desk.session, DETAILS, number, f"look:{ended.number}")


def _unread(desk: Desk) -> list[str]:
    """A few that were not asked for since long: who is assigned, for one, changes without an event."""
    before = desk.now - UNREAD
    some = records.next_ones(desk.session, desk.objects, FEW)
    return [one.issue.id for one in some if not one.gone and (one.read_at is None or one.read_at < before)]


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
