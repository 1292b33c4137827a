"""What the embedded GitHub remembers. All times are Unix seconds; all records are replaced, never changed."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.tables import Record

Permission = Literal["pull", "triage", "push", "maintain", "admin"]
Status = Literal["queued", "in_progress", "completed"]
Conclusion = Literal["success", "failure", "cancelled", "skipped", "timed_out", "startup_failure"]


class Account(Record):
    login: str
    kind: Literal["User", "Organization"]
    created_at: float


class Token(Record):
    """An access token; only its digest is kept.

    `owners`: accounts whose repositories it administers. `repositories`: if set, nothing but these ids.
    """

    digest: str
    login: str
    kind: Literal["user", "installation", "job"]
    owners: tuple[str, ...] = ()
    repositories: tuple[int, ...] | None = None
    permissions: dict[str, str] = Field(default_factory=dict)
    expires_at: float | None = None


class App(Record):
    slug: str
    owner: str
    public_key: str
    installation: int
    created_at: float


class Repository(Record):
    owner: str
    name: str
    private: bool
    description: str | None = None
    homepage: str | None = None
    default_branch: str = "main"
    archived: bool = False
    topics: tuple[str, ...] = ()
    options: dict[str, bool] = Field(default_factory=dict)
    collaborators: dict[str, Permission] = Field(default_factory=dict)
    secret_box: str
    created_at: float
    updated_at: float
    pushed_at: float

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


class Invitation(Record):
    repository: int
    invitee: str
    inviter: str
    permission: Permission
    created_at: float


class Hook(Record):
    """A repository's webhook; that of an App has the `app`, and no repository (0)."""

    repository: int
    app: int | None = None
    url: str
    content_type: str = "form"
    secret: str | None = None
    insecure_ssl: str = "0"
    events: tuple[str, ...] = ("push",)
    active: bool = True
    last_code: int | None = None
    last_status: str = "unused"
    last_message: str | None = None
    created_at: float
    updated_at: float


class Delivery(Record):
    """One attempt to deliver one event; `duration` in seconds; `status_code` 0 when nobody answered."""

    hook: int
    repository: int
    guid: str
    event: str
    action: str | None
    delivered_at: float
    duration: float
    redelivery: bool
    status: str
    status_code: int
    request_headers: dict[str, str]
    payload: dict[str, Any]
    response_headers: dict[str, str]
    response_body: str


class Setting(Record):
    """A secret or a variable of a repository or of one of its environments."""

    repository: int
    environment: str | None
    name: str
    value: str
    created_at: float
    updated_at: float


class Environment(Record):
    repository: int
    name: str
    created_at: float
    updated_at: float


class Deployment(Record):
    repository: int
    sha: str
    ref: str
    task: str
    environment: str
    description: str | None
    payload: Any
    creator: str
    created_at: float
    updated_at: float


class DeploymentStatus(Record):
    deployment: int
    state: str
    description: str
    environment: str
    log_url: str
    environment_url: str
    creator: str
    created_at: float
    updated_at: float


class Workflow(Record):
    """A workflow file that was seen on the default branch; its name is read from the file."""

    repository: int
    path: str
    name: str
    state: str = "active"
    created_at: float
    updated_at: float


class Run(Record):
    repository: int
    workflow: int
    workflow_name: str
    path: str
    number: int
    attempt: int = 1
    event: str
    inputs: dict[str, Any]
    ref: str
    sha: str
    title: str
    actor: str
    triggering_actor: str
    status: Status = "queued"
    conclusion: Conclusion | None = None
    group: str | None = None
    cancel_in_progress: bool = False
    created_at: float
    updated_at: float
    started_at: float

    @property
    def branch(self) -> str:
        """The short name of the ref: `main` for `refs/heads/main`."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


class Step(BaseModel):
    """`key` is how act names the step: its `id`, or its index among the job's steps."""

    model_config = ConfigDict(frozen=True)
    number: int
    key: str
    name: str
    status: Status = "queued"
    conclusion: Conclusion | None = None
    started_at: float | None = None
    completed_at: float | None = None


class Job(Record):
    """One job of one attempt; `matrix` is the JSON of its matrix values, `{}` without a matrix."""

    run: int
    attempt: int
    job: str
    matrix: str
    name: str
    labels: tuple[str, ...]
    timeout: float
    status: Status = "queued"
    conclusion: Conclusion | None = None
    created_at: float
    started_at: float | None = None
    completed_at: float | None = None
    steps: tuple[Step, ...] = ()
