"""What the embedded Sentry remembers. All times are Unix seconds."""

from typing import Any, Literal

from pydantic import Field

from sandbox.tables import Record

Status = Literal["unresolved", "resolved", "ignored"]
Priority = Literal["low", "medium", "high"]


class Organization(Record):
    slug: str
    name: str
    created_at: float


class User(Record):
    """A member, or with `app` the account under which an integration acts."""

    organization: int
    username: str
    name: str
    email: str
    role: str = "member"
    app: bool = False
    created_at: float


class Team(Record):
    organization: int
    slug: str
    name: str
    members: tuple[int, ...] = ()
    created_at: float


class Token(Record):
    """An access token; only its digest is kept."""

    digest: str
    user: int
    organization: int
    scopes: tuple[str, ...]


class Integration(Record):
    """An internal integration: `app` is its own id (the actor of what it does), `installation` that of its webhooks."""

    organization: int
    slug: str
    name: str
    app: str
    installation: str
    client_secret: str
    webhook_url: str
    events: tuple[str, ...]
    user: int
    created_at: float


class Project(Record):
    """`issues` counts the issues that were ever made: the last short id."""

    organization: int
    slug: str
    name: str
    platform: str | None = None
    teams: tuple[int, ...]
    issues: int = 0
    first_event: float | None = None
    created_at: float


class Key(Record):
    """What a DSN is made of. `limit` is (window in seconds, events)."""

    project: int
    name: str
    public: str
    secret: str
    active: bool = True
    limit: tuple[int, int] | None = None
    created_at: float


class Release(Record):
    organization: int
    version: str
    projects: tuple[int, ...]
    last_event: float
    created_at: float


class Issue(Record):
    """Events of the same kind at the same place.

    `details` are Sentry's statusDetails. Releases from the one with the id `fixed_from` on should not have the error
    of a resolved issue any more. `since` is the number of events at the last change of the status.
    """

    project: int
    number: int
    grouping: str
    type: str = "error"
    title: str
    culprit: str
    level: str
    logger: str | None = None
    platform: str = "other"
    metadata: dict[str, Any] = Field(default_factory=dict)
    status: Status = "unresolved"
    substatus: str | None = "new"
    details: dict[str, Any] = Field(default_factory=dict)
    fixed_from: int | None = None
    priority: Priority = "high"
    priority_locked: bool = False
    assignee: str | None = None
    assigned_at: float | None = None
    count: int = 0
    since: int = 0
    comments: int = 0
    seen_by: tuple[int, ...] = ()
    first_release: str | None = None
    last_release: str | None = None
    first_seen: float
    last_seen: float
    changed_at: float


class Activity(Record):
    """What somebody did to an issue; `user` is None for Sentry itself. Comments are of the kind `note`."""

    issue: int
    kind: str
    user: int | None
    data: dict[str, Any]
    created_at: float


class Workflow(Record):
    """An alert. `fired`: when, by issue, it told of it last."""

    organization: int
    name: str
    enabled: bool = True
    environment: str | None = None
    config: dict[str, Any]
    triggers: dict[str, Any]
    filters: tuple[dict[str, Any], ...]
    detectors: tuple[int, ...]
    user: int | None
    fired: dict[int, float] = Field(default_factory=dict)
    created_at: float
    updated_at: float


class Detector(Record):
    """A monitor. One that measures has the issue of what it finds, and the `incident` that lasts (0: none)."""

    project: int
    name: str
    kind: str
    enabled: bool = True
    description: str | None = None
    owner: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    source: dict[str, Any] | None = None
    conditions: dict[str, Any] | None = None
    user: int | None = None
    issue: int | None = None
    level: int = 0
    incident: int = 0
    since: float | None = None
    created_at: float
    updated_at: float
