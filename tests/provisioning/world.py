"""The world of an operation, without networks: a fleet on SQLite, a GitHub and a storage that remember.

Faults are armed by name: `crash_at` dies at the n-th boundary as `kill -9` would, before or after the
effect of a call.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from provisioning.events import OperationEvent
from provisioning.fleet import Fleet, Operation, OperationKind
from provisioning.github import RunRef, RunStep, RunView
from provisioning.models import AwsStorage, Participant, Stage, StufOutputs, StufSpec
from provisioning.operations.services import Services
from provisioning.operations.steps import MemorySteps
from provisioning.storage import StoredObject
from provisioning.tables import Base
from provisioning.verification import CompletedUpload, composite_sha256

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SLUG = "acme-audit"


class Killed(BaseException):
    """The process dies here."""


class Killer:
    """Counts the boundaries that are passed, and kills at one of them."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.passed = 0

    def boundary(self) -> None:
        """A moment at which the process may die."""
        self.passed += 1
        if self.passed == self.at:
            raise Killed


def spec(slug: str = SLUG) -> StufSpec:
    return StufSpec(slug=slug, name="Acme Audit", storage=AwsStorage(region="eu-west-1"))


def outputs(slug: str = SLUG) -> StufOutputs:
    return StufOutputs(
        slug=slug,
        address=f"https://{slug}.files.example.org",
        region="eu-west-1",
        stack_name=f"stuf-{slug}",
        bucket=f"stuf-{slug}-files",
        site_bucket=f"stuf-{slug}-site",
        kms_key_arn="arn:aws:kms:eu-west-1:000000000000:key/one",
        secret_arn="arn:aws:secretsmanager:eu-west-1:000000000000:secret:one",
        function_name=f"stuf-{slug}",
        api_url="https://api.example.org",
        distribution_id="E1",
        version="1.0.0+abc",
        repository=f"acme/stuf-{slug}",
        repository_url=f"https://github.example.org/acme/stuf-{slug}",
    )


def participant(number: int) -> Participant:
    return Participant(
        id=f"u-{number}", email=f"person{number}@example.org", phone=f"+4477009001{number:02}", created_at=NOW
    )


def run_step(name: str, conclusion: str | None, seconds: int = 2) -> RunStep:
    if conclusion is None:
        return RunStep(name, "in_progress", None, NOW, None)
    return RunStep(name, "completed", conclusion, NOW, NOW + timedelta(seconds=seconds))


def run_views(stages: list[str], *, fail: str | None = None) -> list[RunView]:
    """A run as polling sees it, from queued to completed."""
    views = [RunView("queued", None, None, ())]
    done: list[RunStep] = [run_step("set up", "success")]
    for at, stage in enumerate(stages):
        views.append(RunView("in_progress", None, 7, (*done, run_step(stage, None))))
        if stage == fail:
            rest = [RunStep(name, "completed", "skipped", None, None) for name in stages[at + 1 :]]
            ended = (*done, run_step(stage, "failure"), *rest, run_step("record", "success"))
            return [*views, RunView("completed", "failure", 7, ended)]
        done.append(run_step(stage, "success"))
    return [*views, RunView("completed", "success", 7, (*done, run_step("record", "success")))]


@dataclass
class FakeGitHub:
    """Runs that are dispatched, and scripts of how they go."""

    killer: Killer
    script: list[RunView] = field(default_factory=lambda: run_views(list(Stage)))
    runs: dict[int, dict[str, str]] = field(default_factory=dict)
    workflows: list[str] = field(default_factory=list)
    looks: dict[int, int] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    hidden_for: int = 0
    log_text: str = ""
    outputs_error: Exception | None = None

    def _error(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> RunRef:
        self._error()
        self.killer.boundary()
        run_id = 100 + len(self.runs)
        self.runs[run_id] = dict(inputs)
        self.workflows.append(workflow)
        self.killer.boundary()
        return RunRef(run_id, f"https://github.example.org/runs/{run_id}")

    def find_run(self, workflow: str, tag: str) -> RunRef | None:
        self._error()
        if self.hidden_for:
            self.hidden_for -= 1
            return None
        for run_id, inputs in self.runs.items():
            if inputs["operation"] == tag:
                return RunRef(run_id, f"https://github.example.org/runs/{run_id}")
        return None

    def view(self, run_id: int) -> RunView:
        self._error()
        self.killer.boundary()
        look = self.looks.get(run_id, 0)
        self.looks[run_id] = look + 1
        return self.script[min(look, len(self.script) - 1)]

    def log(self, job_id: int) -> str:
        self._error()
        return self.log_text

    def outputs(self, repository: str) -> StufOutputs:
        if self.outputs_error:
            raise self.outputs_error
        self.killer.boundary()
        return outputs(repository.removeprefix("acme/stuf-"))


@dataclass
class FakeStorage:
    """Objects of a bucket; uploads are put there by the fake visitor."""

    killer: Killer
    objects: dict[str, bytes] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    uploads: dict[str, StoredObject] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    left: int = 0

    def put(self, key: str, content: bytes, content_type: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.killer.boundary()
        self.objects[key] = content
        self.writes.append(key)
        self.killer.boundary()

    def uploaded(self, upload_id: str) -> tuple[str, StoredObject] | None:
        found = self.uploads.get(upload_id)
        return (f"uploads/{upload_id}/data/verification.bin", found) if found else None

    def versions(self, upload_id: str) -> int:
        return self.left + (1 if upload_id in self.uploads else 0)

    def secret(self) -> bytes:
        return b"s" * 64


class FakeVisitor:
    """Behaves as a STUF that works; attributes make it misbehave."""

    def __init__(self, killer: Killer, storage: FakeStorage, announce: Callable[[str], None]) -> None:
        self.killer, self.storage, self.announce = killer, storage, announce
        self.part_bytes = 8 * 1024**2
        self.running = outputs().version
        self.changed: dict[str, Any] = {}
        self.begun: list[str] = []
        self.errors: dict[str, list[Exception]] = {}
        self.sign_ins = 0

    def _error(self, name: str) -> None:
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    def sign_in(self) -> str:
        self._error("sign_in")
        self.killer.boundary()
        self.sign_ins += 1
        return "session"

    def version(self) -> str:
        self.killer.boundary()
        return self.running

    def begin_upload(self, session: str, size: int) -> tuple[str, int]:
        self._error("begin_upload")
        self.killer.boundary()
        self.begun.append(f"upload-{len(self.begun)}")
        return self.begun[-1], self.part_bytes

    def send(self, session: str, upload_id: str, parts: list[bytes]) -> CompletedUpload:
        self._error("send")
        self.killer.boundary()
        size = sum(map(len, parts))
        facts: dict[str, Any] = {
            "sha256": composite_sha256(parts),
            "size": size,
            "encryption": "aws:kms",
            "kms_key": outputs().kms_key_arn,
        }
        self.storage.uploads[upload_id] = StoredObject(**(facts | self.changed))
        self.announce(upload_id)
        self.killer.boundary()
        return CompletedUpload(upload_id, composite_sha256(parts), size)

    def remove(self, session: str, upload_id: str) -> None:
        self._error("remove")
        self.killer.boundary()
        self.storage.uploads.pop(upload_id, None)
        self.killer.boundary()


@cache
def _database() -> Engine:
    # In memory: a 'crash' here ends a call, not the process.
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    return engine


def empty_database() -> Engine:
    """The one database of this process, emptied: worlds are had one after the other."""
    with _database().begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    return _database()


class World:
    """Everything together. What is durable (database, step results) outlives a kill."""

    def __init__(self) -> None:
        self.killer = Killer()
        self.engine = empty_database()
        self.wakes = 0
        self.now = NOW
        self.fleet = Fleet(self._woken, clock=lambda: self.now)
        self.github = FakeGitHub(self.killer)
        self.storage = FakeStorage(self.killer)
        self.visitor = FakeVisitor(self.killer, self.storage, self.announced)
        self.silent = False
        self._in_session = False
        self.events: dict[str, OperationEvent] = {}
        self.told: list[OperationEvent] = []
        self.results: dict[str, dict[str, str]] = {}
        self.waited = 0.0
        self.services = Services(
            session=self.session,
            github=self.github,  # type: ignore[arg-type]
            owner="acme",
            storage=lambda _: self.storage,  # type: ignore[arg-type, return-value]
            verification=lambda _: self.visitor,  # type: ignore[arg-type, return-value]
            clock=lambda: self.now,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        # As the bot's database does: a session in a session would wait for itself.
        if self._in_session:
            raise RuntimeError("a session is open already: pass it on")
        self._in_session = True
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            self._in_session = False
        self.killer.boundary()

    def steps(self, attempt_id: str) -> MemorySteps:
        """The steps of an attempt after a (re)start."""
        return _KilledSteps(self, attempt_id)

    def create(self, slug: str = SLUG, *, people: int = 2, logo: bool = True) -> None:
        with Session(self.engine) as session, session.begin():
            self.fleet.create(
                session,
                spec(slug),
                owner_id=11,
                owner_name="Tess Architect",
                channel=f"stuf-{slug}",
                participants=[participant(number) for number in range(people)],
                logo=("logo.png", b"\x89PNG") if logo else None,
            )

    def begin(self, kind: OperationKind = OperationKind.PROVISION, slug: str = SLUG) -> Operation:
        with Session(self.engine) as session, session.begin():
            return self.fleet.begin(
                session, kind, slug, person_id=11, person_name="Tess Architect", reason="T-1"
            )

    def operation(self, operation_id: str) -> Operation:
        with Session(self.engine) as session:
            found = self.fleet.operation(session, operation_id)
        assert found is not None
        return found

    def announced(self, upload_id: str) -> None:
        if self.silent:
            return
        with Session(self.engine) as session, session.begin():
            self.fleet.note_upload(session, SLUG, upload_id, verification=True)

    def _woken(self) -> None:
        self.wakes += 1

    def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.now += timedelta(seconds=seconds)

    def report(self, happened: OperationEvent) -> None:
        """As the inbox does it: known by key."""
        self.killer.boundary()
        if happened.key not in self.events:
            self.events[happened.key] = happened
            self.told.append(happened)
        self.killer.boundary()


class _KilledSteps(MemorySteps):
    """Steps at whose boundaries the process may die: before, and between the work and its noting."""

    def __init__(self, world: World, attempt_id: str) -> None:
        results = world.results.setdefault(attempt_id, {})
        super().__init__(results, report=world.report, waited=world.wait)
        self._killer = world.killer

    def run(self, name: str, do: Callable[[], Any]) -> Any:
        self._killer.boundary()

        def cut() -> Any:
            result = do()
            self._killer.boundary()
            return result

        result = super().run(name, cut)
        self._killer.boundary()
        return result
