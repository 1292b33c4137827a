"""A STUF's project, made once whatever dies in between, and gone with the STUF."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session
from world import NOW, Killed, World, outputs, run_views, spec

from provisioning.fleet import OperationKind, OperationState, Stuf, StufState
from provisioning.models import StufConfig, StufOutputs
from provisioning.operations.abandon import abandon
from provisioning.operations.provision import provision
from provisioning.sentry import kept
from provisioning.sentry.alerts import ALERTS
from provisioning.sentry.http import SentryUnavailable
from provisioning.sentry.making import CONFIGURATION, SentryMaker
from provisioning.storage import StorageError

from .conftest import Home

SLUG = "acme-audit"


class Bucket:
    """A STUF's storage with its configuration."""

    def __init__(self) -> None:
        config = StufConfig(
            slug=SLUG, name="Acme", address="https://x.example.org", sender_email="a@example.org"
        )
        self.objects: dict[str, bytes] = {CONFIGURATION: config.model_dump_json().encode()}
        self.errors: list[Exception] = []
        self.writes = 0

    def get(self, key: str) -> bytes | None:
        if self.errors:
            raise self.errors.pop(0)
        return self.objects.get(key)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.writes += key == CONFIGURATION
        self.objects[key] = content

    def config(self) -> StufConfig:
        return StufConfig.model_validate_json(self.objects[CONFIGURATION])


class Made:
    """A world whose STUFs have projects in the embedded Sentry."""

    def __init__(self, world: World, home: Home) -> None:
        self.world, self.home, self.bucket = world, home, Bucket()
        home.clock[0] = NOW.timestamp()
        self.maker = SentryMaker(
            home.projects,
            session=world.session,
            storage=self._open,
            environment="staging",
            clock=lambda: world.now,
        )
        changed: dict[str, Any] = {"sentry": self.maker, "storage": self._open}
        self.services = type(world.services)(**{**vars(world.services), **changed})

    def _open(self, _outputs: StufOutputs) -> Any:
        return self.bucket

    def provision(self) -> OperationState:
        self.world.create()
        operation = self.world.begin()
        provision(self.world.steps(operation.attempt_id), self.services, operation.attempt_id)
        return self.world.operation(operation.id).state

    def abandon(self) -> OperationState:
        self.world.github.script = run_views(["validate", "infrastructure", "verification"])
        self.world.github.looks.clear()
        operation = self.world.begin(OperationKind.ABANDON)
        abandon(self.world.steps(operation.attempt_id), self.services, operation.attempt_id)
        return self.world.operation(operation.id).state

    def settle(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(json.dumps(self.maker.settle({})))
        return told

    def kept(self) -> kept.SentryProject | None:
        with self.world.session() as session:
            return kept.project_of(session, SLUG)

    def by_project(self, project: str) -> Stuf | None:
        with self.world.session() as session:
            return self.world.fleet.by_sentry_project(session, project)

    @contextmanager
    def away(self, *, after: int = 0) -> Iterator[None]:
        """Sentry is away after so many calls."""
        http = self.home.api.http
        call, left = http.call, [after]

        def gone(*args: Any, **asked: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise SentryUnavailable("no answer from Sentry")
            return call(*args, **asked)

        http.call = gone  # type: ignore[method-assign]
        try:
            yield
        finally:
            http.call = call  # type: ignore[method-assign]


@pytest.fixture
def made(world: World, home: Home) -> Made:
    return Made(world, home)


def test_a_stuf_has_its_project_when_it_is_ready(made: Made) -> None:
    assert made.provision() is OperationState.SUCCEEDED
    project = made.kept()
    assert project is not None
    assert project.complete
    assert project.slug == f"stuf-{SLUG}"
    told = made.bucket.config().sentry
    assert told is not None
    assert told.dsn == project.dsn == made.home.sentry.dsn(made.home.organization, project.slug)
    assert told.environment == "staging"
    # What was there stays.
    assert made.bucket.config().name == "Acme"
    for called in (project.slug, str(project.project_id)):
        found = made.by_project(called)
        assert found is not None
        assert found.slug == SLUG
    assert made.by_project("another") is None
    assert made.settle() == {"made": [], "removed": [], "failed": []}


@pytest.mark.parametrize("after", range(14))
def test_a_sentry_that_goes_away_keeps_no_stuf_from_being_ready(made: Made, after: int) -> None:
    with made.away(after=after):
        assert made.provision() is OperationState.SUCCEEDED
        assert made.world.waited < 60
    assert made.settle()["failed"] == []
    project = made.kept()
    assert project is not None
    assert project.complete
    path = f"/organizations/{made.home.organization}/workflows/"
    assert len(list(made.home.api.pages(path, "listing"))) == sum(not one.measured for one in ALERTS)
    assert made.bucket.writes == 1


@pytest.mark.parametrize("at", range(1, 9))
def test_whatever_dies_in_between_there_is_one_project(made: Made, at: int) -> None:
    make, killer, lives = made.maker.make, made.world.killer, 0

    def dying(*args: Any) -> Any:
        nonlocal lives
        lives += 1
        killer.at = killer.passed + at if lives == 1 else None
        return make(*args)

    made.maker.make = dying  # type: ignore[method-assign]
    made.world.create()
    operation = made.world.begin()
    with pytest.raises(Killed):
        provision(made.world.steps(operation.attempt_id), made.services, operation.attempt_id)
    killer.at = None
    provision(made.world.steps(operation.attempt_id), made.services, operation.attempt_id)
    assert made.world.operation(operation.id).state is OperationState.SUCCEEDED
    project = made.kept()
    assert project is not None
    assert project.complete
    assert made.bucket.writes == 1


def test_a_name_that_is_taken_is_told_and_tried_again(made: Made) -> None:
    made.home.sentry.create_project(made.home.organization, "stufs", f"stuf-{SLUG}")
    assert made.provision() is OperationState.SUCCEEDED
    (failed,) = made.settle()["failed"]
    assert (failed["stuf"], failed["code"]) == (SLUG, "sentry-project-taken")
    assert made.bucket.config().sentry is None
    made.home.projects.delete(f"stuf-{SLUG}")
    assert made.settle()["made"] == [SLUG]


def test_a_stuf_that_was_there_before_sentry_gets_its_project(made: Made) -> None:
    made.world.create()
    operation = made.world.begin()
    provision(made.world.steps(operation.attempt_id), made.world.services, operation.attempt_id)
    assert made.kept() is None
    assert made.settle()["made"] == [SLUG]
    assert made.bucket.config().sentry is not None


def test_nothing_is_made_while_something_is_done_to_the_stuf(made: Made) -> None:
    made.world.create()
    operation = made.world.begin()
    provision(made.world.steps(operation.attempt_id), made.world.services, operation.attempt_id)
    made.world.begin(OperationKind.TEST)
    assert made.settle() == {"made": [], "removed": [], "failed": []}


def test_a_configuration_that_lost_the_dsn_gets_it_back_with_the_next_operation(made: Made) -> None:
    made.provision()
    before = made.bucket.config()
    made.bucket.objects[CONFIGURATION] = before.model_copy(update={"sentry": None}).model_dump_json().encode()
    made.maker.make(SLUG, outputs())
    assert made.bucket.config() == before
    writes = made.bucket.writes
    made.maker.make(SLUG, outputs())
    assert made.bucket.writes == writes


@pytest.mark.parametrize("content", [b"", b"{", None])
def test_a_configuration_that_is_not_there_is_waited_for(made: Made, content: bytes | None) -> None:
    whole = made.bucket.objects.pop(CONFIGURATION)
    if content is not None:
        made.bucket.objects[CONFIGURATION] = content
    assert made.provision() is OperationState.SUCCEEDED
    assert made.settle()["failed"][0]["code"] == "storage-unavailable"
    made.bucket.objects[CONFIGURATION] = whole
    assert made.settle()["made"] == [SLUG]


def test_a_storage_that_is_away_is_tried_again(made: Made) -> None:
    made.bucket.errors = [StorageError("SlowDown", "reading", passing=True)] * 5
    assert made.provision() is OperationState.SUCCEEDED
    assert made.settle()["failed"][0]["code"] == "storage-unavailable"
    made.bucket.errors.clear()
    assert made.settle()["made"] == [SLUG]


def test_the_project_goes_with_the_stuf(made: Made) -> None:
    made.provision()
    assert made.abandon() is OperationState.SUCCEEDED
    assert made.home.projects.get(f"stuf-{SLUG}") is None
    path = f"/organizations/{made.home.organization}/workflows/"
    assert list(made.home.api.pages(path, "listing")) == []
    assert made.by_project(f"stuf-{SLUG}") is None
    assert made.settle() == {"made": [], "removed": [], "failed": []}


@pytest.mark.parametrize("after", range(9))
def test_a_sentry_that_is_away_keeps_no_stuf_from_going(made: Made, after: int) -> None:
    made.provision()
    with made.away(after=after):
        assert made.abandon() is OperationState.SUCCEEDED
    made.settle()
    assert made.home.projects.get(f"stuf-{SLUG}") is None


def test_what_was_begun_and_never_noted_goes_too(made: Made) -> None:
    made.provision()
    with made.world.session() as session:
        kept.noted(session, SLUG, project_id=None)
    made.abandon()
    assert made.home.projects.get(f"stuf-{SLUG}") is None


def test_the_next_stuf_of_that_name_has_a_project_of_its_own(made: Made) -> None:
    made.provision()
    first = made.kept()
    with made.away():
        made.abandon()
    made.world.now = datetime.fromtimestamp(NOW.timestamp() + 3600, UTC)
    made.home.clock[0] += 3600
    made.world.github.script = run_views(list("validate"))
    made.world.github.looks.clear()
    made.bucket = Bucket()
    assert made.provision() is OperationState.SUCCEEDED
    assert made.settle()["removed"] == [SLUG]
    second = made.kept()
    assert first is not None
    assert second is not None
    assert second.project_id not in {None, first.project_id}
    assert made.bucket.config().sentry is not None


def test_only_stufs_that_are_there_have_projects_to_look_at(made: Made) -> None:
    made.provision()
    with Session(made.world.engine) as session:
        (project,) = kept.projects(session)
        assert project.stuf == SLUG
    with made.away():
        made.abandon()
    with Session(made.world.engine) as session:
        assert kept.projects(session) == []
        (orphan,) = kept.orphans(session)
        assert orphan.stuf == SLUG
        assert made.world.fleet.get(session, SLUG) is None


def test_the_plain_world_needs_no_sentry(world: World) -> None:
    world.create()
    operation = world.begin()
    provision(world.steps(operation.attempt_id), world.services, operation.attempt_id)
    with world.session() as session:
        found = world.fleet.get(session, SLUG)
    assert found is not None
    assert found.state is StufState.READY
    assert spec().slug == outputs().slug == SLUG
