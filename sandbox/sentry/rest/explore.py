"""Counts over time and in tables: `events-timeseries` and `events`.

Forms: https://docs.sentry.io/api/explore/. Of the searches the ones for `transaction`, `release`, `level` and
`environment` are heeded, and `is_transaction:true`, which all transactions here are.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from sandbox.sentry import measuring, records
from sandbox.sentry.calls import Api, ApiError, Call
from sandbox.sentry.search import Asked, seconds

API = Api()
_FIELDS: Final = {
    "transaction": "place",
    "release": "release",
    "level": "level",
    "environment": "environment",
    "user": "person",
}
_MOST_POINTS: Final = 10_000


@API("GET", "/organizations/{org}/events-timeseries/")
def timeseries(call: Call) -> dict[str, Any]:
    start, end, rows = _rows(call)
    step = seconds(call.query.get("interval") or "1h")
    if step <= 0 or (end - start) / step > _MOST_POINTS:
        raise ApiError(400, "Your interval and date range would create too many results.")
    first = start // step * step
    buckets: dict[int, list[measuring.Row]] = defaultdict(list)
    for row in rows:
        buckets[int((row["at"] - first) // step)].append(row)
    count = max(1, -int(-(end - first) // step))
    series = []
    for axis in call.many("yAxis") or ["count()"]:
        value = measuring.measure(axis)
        points = [
            {
                "timestamp": int((first + number * step) * 1000),
                "value": value(buckets[number], step),
                "incomplete": first + (number + 1) * step > call.realm.clock(),
            }
            for number in range(count)
        ]
        meta = {"valueType": "number", "valueUnit": None, "interval": int(step * 1000)}
        series.append({"yAxis": axis, "values": points, "meta": meta})
    meta = {"dataset": call.query["dataset"], "start": int(start * 1000), "end": int(end * 1000)}
    return {"timeSeries": series, "meta": meta}


@API("GET", "/organizations/{org}/events/")
def table(call: Call) -> dict[str, Any]:
    start, end, rows = _rows(call)
    fields = call.many("field")
    if not fields:
        raise ApiError(400, "No columns selected")
    plain = [name for name in fields if "(" not in name]
    groups: dict[tuple[Any, ...], list[measuring.Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(_value(call, row, name) for name in plain)].append(row)
    measured = {name: measuring.measure(name) for name in fields if "(" in name}
    if not plain and not groups:
        groups[()] = []
    data = [
        {
            **dict(zip(plain, key, strict=True)),
            **{name: value(found, end - start) for name, value in measured.items()},
        }
        for key, found in groups.items()
    ]
    sort = call.query.get("sort", "")
    if sort.lstrip("-") in fields:
        data.sort(key=lambda one: one[sort.lstrip("-")] or 0, reverse=sort.startswith("-"))
    kinds = {name: "number" if name in measured else "string" for name in fields}
    return {"data": data[: call.size(50)], "meta": {"fields": kinds, "dataset": call.query["dataset"]}}


def _rows(call: Call) -> tuple[float, float, list[measuring.Row]]:
    organization = call.organization("event:read")
    asked = Asked(call.realm, organization, call.user, call.query, call.many)
    start, end = asked.period("24h")
    transactions = measuring.of_transactions(call.query.get("dataset", ""))
    projects = [row.id for row in asked.projects()]
    rows = call.realm.occurrences.between(projects, start, end, transactions=transactions) if projects else []
    if environments := call.many("environment"):
        rows = [row for row in rows if row["environment"] in environments]
    for fits in _searches(call.query.get("query", "")):
        rows = [row for row in rows if fits(row)]
    return start, end, rows


def _searches(query: str) -> list[Callable[[measuring.Row], bool]]:
    tests: list[Callable[[measuring.Row], bool]] = []
    for word in query.split():
        key, _, value = word.partition(":")
        if key in _FIELDS:
            tests.append(_has(_FIELDS[key], value.strip('"')))
        elif word not in {"is_transaction:true", "event.type:error"}:
            raise ApiError(400, f"Invalid search: {word}")
    return tests


def _has(field: str, value: str) -> Callable[[measuring.Row], bool]:
    return lambda row: bool(row[field] == value)


def _value(call: Call, row: measuring.Row, name: str) -> Any:
    if name in {"project", "project.name"}:
        return _project(call, row).slug
    if name in {"issue", "issue.id"}:
        issue = call.realm.issues.get(row["issue"]) if row["issue"] else None
        return (call.realm.short_id(issue) if name == "issue" else issue.id) if issue else None
    if name in _FIELDS:
        return row[_FIELDS[name]]
    raise ApiError(400, f"Invalid field: {name}")


def _project(call: Call, row: measuring.Row) -> records.Project:
    return call.realm.projects[row["project"]]
