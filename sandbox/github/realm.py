"""Everything the embedded GitHub has, in one place for those who answer requests and run workflows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from nacl.public import PrivateKey

from sandbox.github import records
from sandbox.github.git import Bare
from sandbox.github.settings import Runner
from sandbox.tables import Database, Table

# Numbers as large as GitHub's own, so that nobody gets to think that they fit into 32 bits.
_FIRST = {"Run": 20_000_000_001, "Job": 60_000_000_001, "Delivery": 8_000_000_000_001}


class Post(Protocol):
    """Brings events to webhooks."""

    def announce(
        self, repository: records.Repository, event: str, action: str | None, sender: str, **content: Any
    ) -> None:
        """Tell the active hooks of a repository that want this event."""

    def send(self, hook: records.Hook, event: str, sender: str, content: dict[str, Any]) -> None:
        """Tell one hook, whether it wants the event or not."""

    def repeat(self, delivery: records.Delivery) -> None:
        """Deliver once more what was delivered before."""


class Realm:
    """The state of one embedded GitHub."""

    def __init__(self, state: Path, runner: Runner, clock: Callable[[], float]) -> None:
        self.state = state
        self.runner = runner
        self.clock = clock
        self.url = ""
        self.post: Post
        self.faults: set[str] = set()
        # It holds secrets in the clear, as the runner needs them.
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database(state / "github.sqlite", _FIRST)
        self.lock = self.database.lock
        self.accounts = Table(self.database, records.Account)
        self.tokens = Table(self.database, records.Token)
        self.apps = Table(self.database, records.App)
        self.repositories = Table(self.database, records.Repository)
        self.invitations = Table(self.database, records.Invitation)
        self.hooks = Table(self.database, records.Hook)
        self.deliveries = Table(self.database, records.Delivery)
        self.secrets: Table[Secret] = Table(self.database, Secret)
        self.variables: Table[Variable] = Table(self.database, Variable)
        self.environments = Table(self.database, records.Environment)
        self.deployments = Table(self.database, records.Deployment)
        self.deployment_statuses = Table(self.database, records.DeploymentStatus)
        self.workflows = Table(self.database, records.Workflow)
        self.runs = Table(self.database, records.Run)
        self.jobs = Table(self.database, records.Job)

    def account(self, login: str) -> records.Account | None:
        return self.accounts.find(lambda row: row.login.lower() == login.lower())

    def ensure_account(self, login: str, kind: str = "User") -> records.Account:
        """The account of that name, created when it does not exist."""
        with self.lock:
            return self.account(login) or self.accounts.add(login=login, kind=kind, created_at=self.clock())

    def repository(self, owner: str, name: str) -> records.Repository | None:
        wanted = f"{owner}/{name}".lower()
        return self.repositories.find(lambda row: row.full_name.lower() == wanted)

    def bare(self, repository: records.Repository) -> Bare:
        """The Git repository behind a repository; its folder survives a change of name."""
        return Bare(self.state / "repositories" / f"{repository.id}.git")

    def create_repository(self, owner: str, name: str, **fields: Any) -> records.Repository:
        """A new, empty repository. Whether the name is free has been checked."""
        now = self.clock()
        with self.lock:
            repository = self.repositories.add(
                owner=owner,
                name=name,
                secret_box=bytes(PrivateKey.generate()).hex(),
                created_at=now,
                updated_at=now,
                pushed_at=now,
                **fields,
            )
        Bare.create(self.bare(repository).path, repository.default_branch)
        return repository

    def take_fault(self, name: str) -> bool:
        """True once after the fault was armed."""
        with self.lock:
            armed = name in self.faults
            self.faults.discard(name)
            return armed


class Secret(records.Setting):
    """A secret; its value is kept decrypted, as the runner needs it."""


class Variable(records.Setting):
    """A variable."""
