"""What may be changed about an issue, in the words of Sentry's API.

Source: https://docs.sentry.io/api/events/update-an-issue/. A change is a plain dictionary, so that it can
wait in the database as it is.
"""

from typing import Any, Final

Change = dict[str, Any]

PRIORITIES: Final = ("low", "medium", "high")
_MINUTES: Final = "ignoreDuration"


def resolve() -> Change:
    """It is solved, now."""
    return {"status": "resolved"}


def resolve_in_next_release() -> Change:
    """It is solved with the release after the newest one."""
    return {"status": "resolved", "statusDetails": {"inNextRelease": True}}


def resolve_in(version: str) -> Change:
    """It is solved with this release."""
    return {"status": "resolved", "statusDetails": {"inRelease": version}}


def unresolve() -> Change:
    """It is open again."""
    return {"status": "unresolved"}


def archive_until_escalating() -> Change:
    """Out of sight until it happens much more often."""
    return {"status": "ignored", "statusDetails": {}, "substatus": "archived_until_escalating"}


def archive_forever() -> Change:
    """Out of sight."""
    return {"status": "ignored", "statusDetails": {}, "substatus": "archived_forever"}


def archive_for(minutes: int) -> Change:
    """Out of sight for so many minutes."""
    return _until(_MINUTES, minutes)


def archive_after(events: int) -> Change:
    """Out of sight until it has happened so often from now on."""
    return _until("ignoreCount", events)


def archive_after_users(users: int) -> Change:
    """Out of sight until it has hit so many people from now on."""
    return _until("ignoreUserCount", users)


def assign_member(account: str) -> Change:
    """To a person, by what they are called in Sentry; looked up when the change is made."""
    return {"assignedTo": f"member:{account}"}


def assign_team(slug: str) -> Change:
    """To a team, by its slug or number; looked up when the change is made."""
    return {"assignedTo": f"team:{slug}"}


def unassign() -> Change:
    """To nobody."""
    return {"assignedTo": ""}


def prioritise(priority: str) -> Change:
    """One of PRIORITIES. Raises ValueError for another."""
    if priority not in PRIORITIES:
        raise ValueError(f"must be one of {', '.join(PRIORITIES)}")
    return {"priority": priority}


def _until(what: str, number: int) -> Change:
    if number < 1:
        raise ValueError("must be 1 or more")
    return {
        "status": "ignored",
        "statusDetails": {what: number},
        "substatus": "archived_until_condition_met",
    }
