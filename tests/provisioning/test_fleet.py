"""The fleet: slugs, the lock, retries, personal data."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from world import NOW, World, participant, spec

from provisioning import progress
from provisioning.fleet import (
    Busy,
    Failure,
    Fleet,
    NothingToRetry,
    OperationKind,
    OperationState,
    SlugTaken,
    StufState,
    UnknownStuf,
    split_attempt,
)
from provisioning.models import Stage
from provisioning.repositories import Repositories
from provisioning.tables import Base, PendingRow

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

import postgres_server

PERSON = {"person_id": 11, "person_name": "Tess Architect"}


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    with Session(world.engine) as session, session.begin():
        yield session


class TestStufs:
    def test_one_that_is_created_is_found(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session:
            stuf = world.fleet.get(session, "acme-audit")
            assert stuf is not None
            assert [one.slug for one in world.fleet.all(session)] == ["acme-audit"]
            assert world.fleet.get(session, "other") is None
        assert stuf.state is StufState.PROVISIONING
        assert stuf.created_at == NOW
        assert stuf.created_at.tzinfo is not None
        assert stuf.spec == spec()
        assert stuf.outputs is None

    def test_until_it_has_outputs_its_repository_is_known_by_its_owner(self, world: World) -> None:
        world.create()
        ours = Fleet(lambda: None, repositories=Repositories("acme/control", "Acme"))
        nobodys = Fleet(lambda: None)
        with Session(world.engine) as session:
            for name in ("acme/stuf-acme-audit", "ACME/Stuf-Acme-Audit"):
                found = ours.by_repository(session, name)
                assert found is not None
                assert found.slug == "acme-audit"
                assert nobodys.by_repository(session, name) is None
            for name in ("mallory/stuf-acme-audit", "acme/acme-audit", "/stuf-acme-audit", "stuf-acme-audit"):
                assert ours.by_repository(session, name) is None

    def test_a_slug_in_use_is_refused_and_the_transaction_goes_on(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session, session.begin():
            with pytest.raises(SlugTaken) as taken:
                world.fleet.create(
                    session, spec(), owner_id=1, owner_name="x", channel="x", participants=[participant(9)]
                )
            assert taken.value.stuf.owner_name == "Tess Architect"
            assert session.scalar(select(func.count()).select_from(PendingRow)) == 3

    def test_personal_data_is_in_no_record(self, world: World) -> None:
        world.create()
        operation = world.begin()
        with Session(world.engine) as session:
            text = f"{world.fleet.all(session)} {operation}"
        assert "example.org" not in text
        assert "+44" not in text

    def test_a_logo_keeps_one_prefix(self, world: World, session: Session) -> None:
        for number, name in enumerate(("logo.svg", "config/logo.svg")):
            slug = f"acme-{number}a" if number else "acme-one"
            world.fleet.create(
                session,
                spec(slug),
                owner_id=1,
                owner_name="x",
                channel="x",
                participants=[],
                logo=(name, b"<svg/>"),
            )
        rows = session.scalars(select(PendingRow)).all()
        assert [(row.key, row.content_type) for row in rows] == [("config/logo.svg", "image/svg+xml")] * 2


class TestOperations:
    def test_begins_with_its_steps_and_wakes_after_the_commit_only(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session:
            operation = world.fleet.begin(session, OperationKind.PROVISION, "acme-audit", **PERSON)
            before = world.wakes
            session.commit()
        assert before == 0
        assert world.wakes >= 1
        assert [step.name for step in operation.steps] == [stage.value for stage in Stage]
        assert operation.attempt_id == f"{operation.id}-1"
        with Session(world.engine) as session:
            assert world.fleet.waiting(session) == [("provision", operation.attempt_id)]
            assert world.fleet.latest_operation(session, "acme-audit") == operation
            assert world.fleet.latest_operation(session, "acme-audit", OperationKind.TEST) is None

    def test_a_rollback_wakes_nobody(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session:
            world.fleet.begin(session, OperationKind.PROVISION, "acme-audit", **PERSON)
            session.rollback()
        assert world.wakes == 0

    def test_a_second_one_is_refused_and_told_whose_the_lock_is(self, world: World) -> None:
        world.create()
        first = world.begin()
        with Session(world.engine) as session, session.begin():
            with pytest.raises(Busy) as busy:
                world.fleet.begin(session, OperationKind.TEST, "acme-audit", **PERSON)
            with pytest.raises(Busy):
                world.fleet.retry(session, "acme-audit", **PERSON)
        assert busy.value.operation == first
        assert "Tess Architect (T-1)" in str(busy.value)

    def test_the_index_refuses_what_the_look_missed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.create()
        world.begin()
        look, looks = Fleet._check_free, 0

        def first_look_misses(fleet: Fleet, session: Session, slug: str) -> None:
            nonlocal looks
            looks += 1
            if looks > 1:
                look(fleet, session, slug)

        monkeypatch.setattr(Fleet, "_check_free", first_look_misses)
        with Session(world.engine) as session, session.begin(), pytest.raises(Busy):
            world.fleet.begin(session, OperationKind.TEST, "acme-audit", **PERSON)

    def test_unknown_stufs_are_refused(self, world: World, session: Session) -> None:
        with pytest.raises(UnknownStuf):
            world.fleet.begin(session, OperationKind.TEST, "nobody", **PERSON)
        assert world.fleet.operations(session, "nobody") == []
        assert world.fleet.stuf_of_operation(session, "op-nobody") is None
        assert world.fleet.operation(session, "op-nobody") is None

    def test_only_what_failed_is_retried(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session, session.begin(), pytest.raises(NothingToRetry) as none:
            world.fleet.retry(session, "acme-audit", **PERSON)
        assert none.value.operation is None
        operation = world.begin()
        with Session(world.engine) as session, session.begin():
            progress.succeeded(session, operation.attempt_id, NOW)
        with Session(world.engine) as session, session.begin(), pytest.raises(NothingToRetry):
            world.fleet.retry(session, "acme-audit", **PERSON)

    def test_a_retry_takes_the_person_and_forgets_the_failure(self, world: World) -> None:
        world.create()
        operation = world.begin()
        with Session(world.engine) as session, session.begin():
            progress.dispatched(session, operation.attempt_id, 5, "https://example.org/5")
            progress.failed(session, operation.attempt_id, NOW, Failure(code="x", sentence="y"))
        with Session(world.engine) as session, session.begin():
            again = world.fleet.retry(
                session, "acme-audit", person_id=12, person_name="Omar Ops", adopt_files=True
            )
        assert (again.person_id, again.reason, again.attempt) == (12, "T-1", 2)
        assert again.failure is again.run_id is again.ended_at is None
        assert again.adopt_files
        assert again.start_at is Stage.VALIDATE
        assert again.sequence > operation.sequence

    def test_a_later_attempt_supersedes_the_earlier(self, world: World) -> None:
        world.create()
        operation = world.begin()
        with Session(world.engine) as session, session.begin():
            progress.failed(session, operation.attempt_id, NOW, Failure(code="x", sentence="y"))
            world.fleet.retry(session, "acme-audit", **PERSON)
        with Session(world.engine) as session, pytest.raises(progress.Superseded):
            progress.started(session, operation.attempt_id)

    def test_the_sequence_grows_with_changes_only(self, world: World) -> None:
        world.create()
        operation = world.begin()
        with Session(world.engine) as session, session.begin():
            started = progress.started(session, operation.attempt_id)
            again = progress.started(session, operation.attempt_id)
        assert (operation.sequence, started.sequence, again.sequence) == (1, 2, 2)
        assert started.state is OperationState.RUNNING


class TestUploads:
    def test_each_is_noted_once(self, world: World) -> None:
        world.create()
        with Session(world.engine) as session, session.begin():
            assert not world.fleet.upload_seen(session, "acme-audit", "u-1")
            assert world.fleet.note_upload(session, "acme-audit", "u-1", verification=True)
            assert not world.fleet.note_upload(session, "acme-audit", "u-1", verification=True)
            assert world.fleet.upload_seen(session, "acme-audit", "u-1")
            assert not world.fleet.note_upload(session, "nobody", "u-1", verification=True)


def test_attempt_ids_are_taken_apart() -> None:
    assert split_attempt("op-k3f9xy-12") == ("op-k3f9xy", 12)
    for wrong in ("", "op", "op-x", "-1"):
        with pytest.raises(ValueError, match="attempt"):
            split_attempt(wrong)


def test_on_postgresql_of_many_at_once_one_gets_the_lock() -> None:
    with postgres_server.server() as server:
        if server is None:
            pytest.skip("no PostgreSQL: set STUF_TEST_POSTGRES or install its server")
        with postgres_server.database(server, f"fleet_{id(server)}") as url:
            engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
            Base.metadata.create_all(engine)
            fleet = Fleet(lambda: None, clock=lambda: NOW)
            with Session(engine) as session, session.begin():
                fleet.create(session, spec(), owner_id=1, owner_name="x", channel="x", participants=[])
            together, results = threading.Barrier(4), []

            def begin() -> None:
                with Session(engine) as session, session.begin():
                    together.wait(30)
                    try:
                        results.append(
                            fleet.begin(session, OperationKind.PROVISION, "acme-audit", **PERSON).id
                        )
                    except Busy as busy:
                        results.append(busy.operation.slug)

            threads = [threading.Thread(target=begin) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            engine.dispose()
    assert sorted(result == "acme-audit" for result in results) == [False, True, True, True]
