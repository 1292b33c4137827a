"""What Sentry tells, as far as it is used: no e-mail address, no variable, no request, no person's IP address.

Counts are whole numbers, moments are aware and in UTC, ids are Sentry's own, as texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Actor(_Told):
    """Who an issue is assigned to: `kind` is user or team. `name` is empty where it would be an address."""

    kind: str
    id: str
    name: str = ""

    @classmethod
    def told(cls, body: Any) -> Self | None:
        """From `assignedTo` of an issue; None for nobody."""
        if not isinstance(body, Mapping) or not body.get("id"):
            return None
        return cls(kind=str(body.get("type") or "user"), id=str(body["id"]), name=person_name(body))


class Issue(_Told):
    """An issue: `type` is its exception's, `issue_type` the sort of it (`error`; `metric_issue`: a monitor's).

    `count` and `user_count` are as far back as Sentry counts, `hours` the events of the last 24 h, an hour
    each, the oldest first. `status` is resolved, unresolved or ignored (archived), `details` what belongs to it: `in_release`,
    `in_next_release`, `until` (a moment), `count`, `user_count`.
    """

    id: str
    short_id: str
    title: str
    culprit: str = ""
    level: str = "error"
    status: str
    substatus: str = ""
    details: dict[str, Any] = {}
    priority: str = ""
    link: str = ""
    project_id: str
    project: str
    type: str = ""
    issue_type: str = ""
    count: int = 0
    user_count: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    first_release: str = ""
    last_release: str = ""
    assigned: Actor | None = None
    comments: int = 0
    hours: tuple[int, ...] = ()

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Self:
        """From an issue as the API gives it (https://docs.sentry.io/api/events/retrieve-an-issue/)."""
        project = body.get("project") or {}
        stats = body.get("stats") or {}
        return cls(
            id=str(body["id"]),
            short_id=_text(body.get("shortId")),
            title=_text(body.get("title")),
            culprit=_text(body.get("culprit")),
            level=_text(body.get("level")) or "error",
            status=_text(body.get("status")) or "unresolved",
            substatus=_text(body.get("substatus")),
            details=_details(body.get("statusDetails") or {}),
            priority=_text(body.get("priority")),
            link=_text(body.get("permalink")),
            project_id=_text(project.get("id")),
            project=_text(project.get("slug")),
            type=_text((body.get("metadata") or {}).get("type")),
            issue_type=_text(body.get("issueType")),
            count=_count(body.get("count")),
            user_count=_count(body.get("userCount")),
            first_seen=body.get("firstSeen"),
            last_seen=body.get("lastSeen"),
            first_release=_version(body.get("firstRelease")),
            last_release=_version(body.get("lastRelease")),
            assigned=Actor.told(body.get("assignedTo")),
            comments=_count(body.get("numComments")),
            hours=tuple(_count(pair[1]) for pair in stats.get("24h") or ()),
        )


class Frame(_Told):
    """A place in the code. `ours` is false for libraries. `line` counts from 1; 0 is unknown."""

    file: str = ""
    function: str = ""
    module: str = ""
    line: int = 0
    code: str = ""
    ours: bool = False


class Raised(_Told):
    """An exception of an event; the frames with the innermost last, as Sentry gives them."""

    type: str = ""
    value: str = ""
    frames: tuple[Frame, ...] = ()


class IssueEvent(_Told):
    """One event of an issue: what was raised (the last is the one that was seen), where and in which release."""

    id: str
    at: datetime | None = None
    release: str = ""
    environment: str = ""
    transaction: str = ""
    raised: tuple[Raised, ...] = ()

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Self:
        """From an event as the API gives it (https://docs.sentry.io/api/events/retrieve-an-issue-event/)."""
        tags = {
            str(tag.get("key")): _text(tag.get("value"))
            for tag in body.get("tags") or ()
            if isinstance(tag, Mapping)
        }
        return cls(
            id=_text(body.get("eventID") or body.get("id")),
            at=body.get("dateCreated") or body.get("dateReceived"),
            release=_version(body.get("release")) or tags.get("release", ""),
            environment=tags.get("environment", ""),
            transaction=tags.get("transaction", ""),
            raised=tuple(_raised(body.get("entries") or ())),
        )


class Comment(_Told):
    """A comment on an issue; `user_id` is Sentry's number of its author, the name is empty where it would be an address."""

    id: str
    text: str
    at: datetime | None = None
    user_id: str = ""
    user_name: str = ""

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Self:
        """From the issue's comments."""
        return cls(
            id=_text(body.get("id")),
            text=_text((body.get("data") or {}).get("text")),
            at=body.get("dateCreated"),
            user_id=_text((body.get("user") or {}).get("id")),
            user_name=person_name(body.get("user") or {}),
        )


class Member(_Told):
    """Somebody in the organization; `user_id` is what an issue is assigned to."""

    user_id: str
    name: str = ""


class Team(_Told):
    """A team of the organization."""

    id: str
    slug: str
    name: str = ""


class Installation(_Told):
    """An integration as the organization has it: `app_id` is its own id, by which its acts are known."""

    id: str
    app_id: str
    slug: str = ""


class Project(_Told):
    """A project."""

    id: str
    slug: str
    name: str = ""
    created_at: datetime | None = None

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Self:
        """From a project as the API gives it."""
        return cls(
            id=str(body["id"]),
            slug=str(body["slug"]),
            name=_text(body.get("name")),
            created_at=body.get("dateCreated"),
        )


class Point(_Told):
    """One value of a series: of the interval that begins `at`. None: nothing is known of it."""

    at: datetime
    value: float | None


class Page(_Told):
    """Some issues, and the cursor for the next ones; None at the end."""

    issues: tuple[Issue, ...]
    cursor: str | None = None


def person_name(body: Mapping[str, Any]) -> str:
    """A person's or team's name; Sentry puts an e-mail address where somebody gave none, and it is left out."""
    name = _text(body.get("name"))
    return "" if "@" in name else name


def _raised(entries: Sequence[Any]) -> Iterable[Raised]:
    for entry in entries:
        if not isinstance(entry, Mapping) or entry.get("type") != "exception":
            continue
        for value in (entry.get("data") or {}).get("values") or ():
            frames = ((value or {}).get("stacktrace") or {}).get("frames") or ()
            yield Raised(
                type=_text(value.get("type")),
                value=_text(value.get("value")),
                frames=tuple(_frame(frame) for frame in frames if isinstance(frame, Mapping)),
            )


def _frame(body: Mapping[str, Any]) -> Frame:
    line = _count(body.get("lineNo"))
    code = next((_text(text) for number, text in body.get("context") or () if number == line), "")
    return Frame(
        file=_text(body.get("filename") or body.get("absPath")),
        function=_text(body.get("function")),
        module=_text(body.get("module")),
        line=line,
        code=code,
        ours=bool(body.get("inApp")),
    )


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    named = {
        "in_release": body.get("inRelease"),
        "in_next_release": body.get("inNextRelease"),
        "until": body.get("ignoreUntil"),
        "count": body.get("ignoreCount"),
        "user_count": body.get("ignoreUserCount"),
    }
    return {name: value for name, value in named.items() if value}


def _version(body: Any) -> str:
    return _text(body.get("version")) if isinstance(body, Mapping) else _text(body)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _count(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
