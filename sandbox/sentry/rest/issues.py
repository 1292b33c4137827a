"""Issues: searching them, reading one with its events, changing one or several."""

from typing import Any

from sandbox.sentry import alerts, changes, events, lifecycle, records, search, shapes
from sandbox.sentry.calls import Answer, Api, ApiError, Call, not_found

API = Api()
_HITS_SHOWN = 25
_DAYS_SHOWN = 30


@API("GET", "/organizations/{org}/issues/")
def listing(call: Call) -> Answer:
    organization = call.organization("event:read")
    asked = search.Asked(call.realm, organization, call.user, call.query, call.many)
    query = call.query.get("query", "is:unresolved")
    if call.query.get("shortIdLookup") in {"1", "true"}:
        hit = search.by_short_id(call.realm, organization.id, query)
        if hit is not None:
            body = [_listed(call, lifecycle.age(call.realm, hit))]
            return Answer(200, body, {"X-Sentry-Direct-Hit": "1"})
    rows = search.run(asked, query)
    return call.page(rows, lambda row: _listed(call, row))


@API("PUT", "/organizations/{org}/issues/")
def change_several(call: Call) -> Answer:
    organization = call.organization("event:write")
    numbers = call.many("id")
    if numbers:
        if not all(number.isdigit() for number in numbers):
            raise ApiError(400, "Invalid id parameter.")
        rows = [row for number in numbers if (row := _of(call, organization, int(number)))]
    else:
        asked = search.Asked(call.realm, organization, call.user, call.query, call.many)
        rows = search.run(asked, call.query.get("query", ""))
    if not rows:
        return Answer(204)
    changed = [_changed(call, row) for row in rows]
    last = shapes.issue(call.realm, changed[-1])
    told = ("status", "statusDetails", "substatus", "assignedTo", "priority", "hasSeen")
    return Answer(200, {name: last[name] for name in told if name in call.body or name == "substatus"})


@API("GET", "/organizations/{org}/issues/{issue}/")
def read(call: Call) -> dict[str, Any]:
    row = issue_of(call, "event:read")
    return _detailed(call, row)


@API("PUT", "/organizations/{org}/issues/{issue}/")
def change(call: Call) -> dict[str, Any]:
    row = issue_of(call, "event:write")
    return _detailed(call, _changed(call, row))


@API("DELETE", "/organizations/{org}/issues/{issue}/")
def delete(call: Call) -> Answer:
    row = issue_of(call, "event:admin")
    call.realm.issues.remove(row.id)
    return Answer(202)


@API("GET", "/organizations/{org}/issues/{issue}/events/")
def event_listing(call: Call) -> Answer:
    row = issue_of(call, "event:read")
    return call.page(
        call.realm.occurrences.events(row.id), lambda event: events.summary(call.realm, row, event)
    )


@API("GET", "/organizations/{org}/issues/{issue}/events/{event}/")
def event(call: Call) -> dict[str, Any]:
    row = issue_of(call, "event:read")
    found = call.realm.occurrences.events(row.id)
    wanted = call.path["event"]
    if wanted in {"latest", "recommended"}:
        index = 0
    elif wanted == "oldest":
        index = len(found) - 1
    else:
        index = next((n for n, one in enumerate(found) if one["event_id"] == wanted), -1)
    if not 0 <= index < len(found):
        raise not_found("Event not found")
    newer = found[index - 1]["event_id"] if index else None
    older = found[index + 1]["event_id"] if index + 1 < len(found) else None
    return {
        **events.full(call.realm, row, found[index]),
        "nextEventID": newer,
        "previousEventID": older,
    }


@API("GET", "/organizations/{org}/shortids/{short}/")
def short(call: Call) -> dict[str, Any]:
    organization = call.organization("event:read")
    hit = search.by_short_id(call.realm, organization.id, call.path["short"])
    if hit is None:
        raise not_found()
    return {
        "organizationSlug": organization.slug,
        "projectSlug": call.realm.projects[hit.project].slug,
        "groupId": str(hit.id),
        "group": shapes.issue(call.realm, hit),
        "shortId": call.realm.short_id(hit),
    }


def issue_of(call: Call, scope: str) -> records.Issue:
    """The issue of the address, by its number or its short id. Raises 404 or 403."""
    organization = call.organization(scope)
    name = str(call.path["issue"])
    found = (
        _of(call, organization, int(name))
        if name.isdigit()
        else search.by_short_id(call.realm, organization.id, name)
    )
    if found is None:
        raise not_found()
    return lifecycle.age(call.realm, found)


def _of(call: Call, organization: records.Organization, number: int) -> records.Issue | None:
    row = call.realm.issues.get(number)
    if row is None or call.realm.projects[row.project].organization != organization.id:
        return None
    return row


def _changed(call: Call, row: records.Issue) -> records.Issue:
    changed = changes.update(call.realm, row, call.body, call.user)
    alerts.changed(call.realm, row, changed)
    return changed


def _listed(call: Call, row: records.Issue) -> dict[str, Any]:
    now = call.realm.clock()
    return {
        **shapes.issue(call.realm, row),
        "hasSeen": call.user.id in row.seen_by,
        "stats": {"24h": call.realm.occurrences.hours(row.id, now)},
        "filtered": None,
        "lifetime": None,
    }


def _detailed(call: Call, row: records.Issue) -> dict[str, Any]:
    realm, now = call.realm, call.realm.clock()
    done = sorted(realm.activities.where(issue=row.id), key=lambda one: -one.id)
    named = {one.version: one for one in realm.releases}
    first, last = named.get(row.first_release or ""), named.get(row.last_release or "")
    days = realm.occurrences.hours(row.id, now, 24 * _DAYS_SHOWN)
    by_day = [[days[n][0], sum(count for _, count in days[n : n + 24])] for n in range(0, len(days), 24)]
    return {
        **_listed(call, row),
        "stats": {"24h": realm.occurrences.hours(row.id, now), "30d": by_day},
        "activity": [shapes.activity(realm, one) for one in done],
        "seenBy": [shapes.user(realm.users[number]) for number in row.seen_by],
        "firstRelease": shapes.release(realm, first) if first else None,
        "lastRelease": shapes.release(realm, last) if last else None,
        "tags": events.tag_totals(realm, row),
        "participants": [],
        "pluginActions": [],
        "pluginIssues": [],
        "pluginContexts": [],
        "userReportCount": 0,
    }
