"""Comments on issues, and everything else that was done to them."""

from typing import Any

from sandbox.sentry import changes, records, shapes
from sandbox.sentry.calls import Answer, Api, Call, not_found
from sandbox.sentry.rest.issues import issue_of

API = Api()


@API("GET", "/organizations/{org}/issues/{issue}/comments/")
def listing(call: Call) -> Answer:
    row = issue_of(call, "event:read")
    made = sorted(call.realm.activities.where(issue=row.id, kind="note"), key=lambda one: -one.id)
    return call.page(made, lambda one: shapes.activity(call.realm, one))


@API("POST", "/organizations/{org}/issues/{issue}/comments/")
def create(call: Call) -> Answer:
    row = issue_of(call, "event:write")
    made = changes.comment(call.realm, row, call.body, call.user)
    return Answer(201, shapes.activity(call.realm, made))


@API("PUT", "/organizations/{org}/issues/{issue}/comments/{comment:int}/")
def change(call: Call) -> dict[str, Any]:
    row = issue_of(call, "event:write")
    changed = changes.edit_comment(call.realm, row, _comment(call, row), call.body, call.user)
    return shapes.activity(call.realm, changed)


@API("DELETE", "/organizations/{org}/issues/{issue}/comments/{comment:int}/")
def delete(call: Call) -> None:
    row = issue_of(call, "event:write")
    changes.remove_comment(call.realm, row, _comment(call, row), call.user)


@API("GET", "/organizations/{org}/issues/{issue}/activities/")
def activities(call: Call) -> dict[str, Any]:
    row = issue_of(call, "event:read")
    done = sorted(call.realm.activities.where(issue=row.id), key=lambda one: -one.id)
    return {"activity": [shapes.activity(call.realm, one) for one in done]}


def _comment(call: Call, row: records.Issue) -> records.Activity:
    made = call.realm.activities.get(call.path["comment"])
    if made is None or made.issue != row.id or made.kind != "note":
        raise not_found()
    return made
