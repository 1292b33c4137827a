"""Sentry's search for issues: `is:unresolved level:error !assigned:me lastSeen:-24h timeout`."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.sentry import lifecycle, records, shapes
from sandbox.sentry.calls import ApiError
from sandbox.sentry.realm import Realm, from_base32

_PERIOD: Final = re.compile(r"(\d+)([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FILTER: Final = re.compile(r"(!?)([A-Za-z][\w.\[\]]*):(.*)", re.DOTALL)
_COMPARED: Final = re.compile(r"(>=|<=|>|<|)(.*)")
_STATUSES: Final = {
    "unresolved": "unresolved",
    "resolved": "resolved",
    "ignored": "ignored",
    "archived": "ignored",
}
_SUBSTATUSES: Final = {"new", "ongoing", "regressed", "escalating", "archived_until_escalating"} | {
    "archived_until_condition_met",
    "archived_forever",
}


@dataclass(frozen=True)
class Asked:
    """What a request restricts beside its query: projects, environments, a time."""

    realm: Realm
    organization: records.Organization
    user: records.User
    parameters: Mapping[str, str]
    many: Callable[[str], list[str]]

    def projects(self) -> list[records.Project]:
        """The projects that are looked at. Raises 400, 403."""
        own = self.realm.projects.where(organization=self.organization.id)
        wanted = [name for name in self.many("project") if name != "-1"]
        found = [row for row in own if not wanted or {str(row.id), row.slug} & set(wanted)]
        if wanted and len(found) < len(set(wanted)):
            raise ApiError(403, "You do not have permission to perform this action.")
        return found

    def period(self, default: str = "90d") -> tuple[float, float]:
        """From when to when. Raises 400."""
        now = self.realm.clock()
        if start := self.parameters.get("start"):
            return _when(start), _when(self.parameters.get("end", "")) if self.parameters.get("end") else now
        return now - seconds(self.parameters.get("statsPeriod") or default), now


def run(asked: Asked, query: str) -> list[records.Issue]:
    """The issues that fit, in the order that was asked for. Raises 400 for what cannot be searched by."""
    projects = {row.id for row in asked.projects()}
    start, end = asked.period()
    rows = [
        lifecycle.age(asked.realm, row)
        for row in asked.realm.issues
        if row.project in projects and start <= row.last_seen <= end
    ]
    if environments := set(asked.many("environment")):
        rows = [row for row in rows if environments & _values(asked.realm, row, "environment")]
    for fits in _filters(asked, query):
        rows = [row for row in rows if fits(row)]
    orders: dict[str, Callable[[records.Issue], Any]] = {
        "date": lambda row: -row.last_seen,
        "new": lambda row: -row.first_seen,
        "freq": lambda row: -row.count,
        "user": lambda row: -asked.realm.occurrences.people(row.id),
        "trends": lambda row: -asked.realm.occurrences.count(row.id, end - _SECONDS["d"]),
    }
    order = orders.get(asked.parameters.get("sort") or "date")
    if order is None:
        raise ApiError(400, "Invalid sort parameter.")
    return sorted(rows, key=lambda row: (order(row), -row.id))


def by_short_id(realm: Realm, organization: int, text: str) -> records.Issue | None:
    """The issue `ACME-AUDIT-1A`, in any case of letters."""
    slug, dash, digits = text.strip().rpartition("-")
    project = realm.project(organization, slug.lower()) if dash else None
    number = from_base32(digits)
    if project is None or number is None:
        return None
    return realm.issues.find(lambda row: row.project == project.id and row.number == number)


def seconds(period: str) -> float:
    """The length of a period such as `24h`. Raises 400."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ApiError(400, "Invalid statsPeriod")
    return float(int(found[1]) * _SECONDS[found[2]])


Fits = Callable[[records.Issue], bool]


def _filters(asked: Asked, query: str) -> list[Fits]:
    try:
        words = shlex.split(query.replace("'", "\\'"))
    except ValueError as error:
        raise ApiError(400, "Error parsing search query: unbalanced quotes") from error
    return [_filter(asked, word) for word in words]


def _filter(asked: Asked, word: str) -> Fits:
    found = _FILTER.fullmatch(word)
    if found is None:
        text = word.lower()
        return lambda row: text in f"{row.title} {row.culprit} {asked.realm.short_id(row)}".lower()
    negated, key, value = bool(found[1]), found[2], found[3]
    options = [part.strip() for part in value[1:-1].split(",")] if value.startswith("[") else [value]
    tests = [_test(asked, key, option) for option in options]
    return lambda row: any(test(row) for test in tests) != negated


def _test(asked: Asked, key: str, value: str) -> Fits:
    if key == "is":
        return _is(value)
    made = _FIELDS.get(_ALIASES.get(key, key))
    if made is not None:
        return made(asked, value)
    name = key.removeprefix("tags[").removesuffix("]")
    return lambda row: value in _values(asked.realm, row, name)


def _is(value: str) -> Fits:
    if value in _STATUSES:
        return lambda row: row.status == _STATUSES[value]
    if value in _SUBSTATUSES:
        return lambda row: row.substatus == value
    if value in {"assigned", "unassigned"}:
        return lambda row: (row.assignee is not None) == (value == "assigned")
    if value == "for_review":
        return lambda row: row.status == "unresolved" and row.substatus == "new"
    known = ", ".join(sorted({*_STATUSES, *_SUBSTATUSES, "assigned", "for_review", "unassigned"}))
    raise ApiError(
        400, f'Error parsing search query: Invalid value for "is" search, valid values are {known}'
    )


def _assignees(asked: Asked, value: str) -> set[str | None]:
    realm, organization = asked.realm, asked.organization.id
    if value == "none":
        return {None}
    if value in {"me", "my_teams"}:
        teams = {f"team:{team.id}" for team in realm.teams if asked.user.id in team.members}
        return {*teams, f"user:{asked.user.id}"} if value == "me" else {*teams}
    if value.startswith("#"):
        return {f"team:{row.id}" for row in realm.teams.where(organization=organization, slug=value[1:])}
    people = realm.users.where(organization=organization)
    return {f"user:{row.id}" for row in people if value.lower() in {row.email.lower(), row.username.lower()}}


def _version(asked: Asked, row: records.Issue, value: str) -> str:
    """`latest` is the newest release of the issue's project."""
    if value != "latest":
        return value
    releases = [one for one in asked.realm.releases if row.project in one.projects]
    return max(releases, key=lambda one: one.id).version if releases else ""


def _values(realm: Realm, row: records.Issue, name: str) -> set[str]:
    """What the kept events of an issue have for a tag."""
    found: set[str] = set()
    for event in realm.occurrences.events(row.id):
        found |= {value for key, value in shapes.tags(event) if key == name}
    return found


def _time(asked: Asked, value: str, of: Callable[[records.Issue], float]) -> Fits:
    """`-24h` is within the last day, `+24h` before that; else `>2026-11-24` and the like."""
    if value[:1] in {"-", "+"} and _PERIOD.fullmatch(value[1:]):
        limit = asked.realm.clock() - seconds(value[1:])
        within = value.startswith("-")
        return lambda row: (of(row) >= limit) == within
    found = _COMPARED.fullmatch(value)
    return _compared(found[1] if found else "", _when(found[2] if found else value), of)


def _number(value: str, of: Callable[[records.Issue], float]) -> Fits:
    found = _COMPARED.fullmatch(value)
    if found is None or not found[2].isdigit():
        raise ApiError(400, "Error parsing search query: Invalid number")
    return _compared(found[1], float(found[2]), of)


def _compared(sign: str, limit: float, of: Callable[[records.Issue], float]) -> Fits:
    tests: dict[str, Fits] = {
        ">": lambda row: of(row) > limit,
        ">=": lambda row: of(row) >= limit,
        "<": lambda row: of(row) < limit,
        "<=": lambda row: of(row) <= limit,
        "": lambda row: of(row) == limit,
    }
    return tests[sign]


def _when(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(400, f"{text} is not a valid ISO8601 date query") from error
    return at.timestamp() if at.tzinfo else datetime.fromisoformat(f"{text}+00:00").timestamp()


_ALIASES: Final = {
    "project.name": "project",
    "issue.id": "issue",
    "priority": "issue.priority",
    "assigned_or_suggested": "assigned",
    "first_release": "firstRelease",
    "last_seen": "lastSeen",
    "first_seen": "firstSeen",
    "age": "firstSeen",
    "times_seen": "timesSeen",
}
_FIELDS: Final[dict[str, Callable[[Asked, str], Fits]]] = {
    "level": lambda _, value: lambda row: row.level == value,
    "project": lambda asked, value: lambda row: asked.realm.projects[row.project].slug == value,
    "issue": lambda asked, value: lambda row: value.upper() in {str(row.id), asked.realm.short_id(row)},
    "issue.priority": lambda _, value: lambda row: row.priority == value,
    "issue.type": lambda _, value: lambda row: row.type == value,
    "assigned": lambda asked, value: lambda row: row.assignee in _assignees(asked, value),
    "firstRelease": lambda asked, value: lambda row: row.first_release == _version(asked, row, value),
    "release": lambda asked, value: (
        lambda row: _version(asked, row, value) in _values(asked.realm, row, "release")
    ),
    "lastSeen": lambda asked, value: _time(asked, value, lambda row: row.last_seen),
    "firstSeen": lambda asked, value: _time(asked, value, lambda row: row.first_seen),
    "timesSeen": lambda _, value: _number(value, lambda row: row.count),
}
