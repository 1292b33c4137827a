"""What the buttons of an issue do, as the person who was chosen in the form."""

from typing import Any, Final

from sandbox.sentry import alerts, changes, records
from sandbox.sentry.calls import ApiError
from sandbox.sentry.pages.view import Visit
from sandbox.viewing import PageMissingError

_CHANGES: Final[dict[str, dict[str, Any]]] = {
    "resolve": {"status": "resolved"},
    "resolve-next": {"status": "resolvedInNextRelease"},
    "unresolve": {"status": "unresolved"},
    "archive": {"status": "ignored", "substatus": "archived_until_escalating"},
    "archive-forever": {"status": "ignored", "substatus": "archived_forever"},
}


def act(visit: Visit) -> str:
    """Do it; back to the issue. Raises ApiError, PageMissingError."""
    row, user, name = visit.issue(), _person(visit), visit.path["act"]
    if name == "comment":
        changes.comment(visit.realm, row, {"text": visit.form.get("text", "")}, user)
        return visit.realm.address(row)
    if name == "assign":
        body: dict[str, Any] = {"assignedTo": visit.form.get("to", "")}
    elif name == "priority":
        body = {"priority": visit.form.get("priority", "")}
    elif name in _CHANGES:
        body = _CHANGES[name]
    else:
        raise PageMissingError
    alerts.changed(visit.realm, row, changes.update(visit.realm, row, body, user))
    return visit.realm.address(row)


def _person(visit: Visit) -> records.User:
    for one in visit.members():
        if one.username == visit.form.get("by"):
            return one
    raise ApiError(400, "Choose who does it.")
