"""Operations over steps without an engine: what they do, and that dying anywhere changes nothing."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from world import Killed, World, outputs, run_views

from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Operation, OperationKind, OperationState, StepStatus, StufState
from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.models import Stage
from provisioning.operations import abandon, provision
from provisioning.operations import test as visit
from provisioning.records import ABANDON_STEPS, TEST_STEPS
from provisioning.storage import StorageError
from provisioning.tables import PendingRow
from provisioning.verification import VerificationError

Run = Callable[..., None]
STAGES = [stage.value for stage in Stage]


def run(world: World, operation: Operation, work: Run = provision) -> Operation:
    work(world.steps(operation.attempt_id), world.services, operation.attempt_id)
    return world.operation(operation.id)


def ready(world: World) -> None:
    """A STUF that is provisioned."""
    world.create()
    run(world, world.begin())
    world.told.clear()
    world.waited = 0.0
    world.github.runs.clear()


def statuses(operation: Operation) -> dict[str, str]:
    return {step.name: step.status.value for step in operation.steps}


def pending_rows(world: World) -> int:
    with Session(world.engine) as session:
        return session.scalar(select(func.count()).select_from(PendingRow)) or 0


def stuf_state(world: World, operation: Operation) -> StufState:
    with Session(world.engine) as session:
        stuf = world.fleet.stuf_of_operation(session, operation.id)
    assert stuf is not None
    return stuf.state


class TestProvision:
    def test_ends_with_a_ready_stuf_and_its_participants_in_storage(self, world: World) -> None:
        world.create()
        ended = run(world, world.begin())
        assert ended.state is OperationState.SUCCEEDED
        assert set(statuses(ended).values()) == {"done"}
        assert [step.seconds for step in ended.steps] == [2.0] * 6
        assert ended.run_id == 100
        assert ended.run_url == "https://github.example.org/runs/100"
        with Session(world.engine) as session:
            stuf = world.fleet.get(session, "acme-audit")
        assert stuf is not None
        assert stuf.state is StufState.READY
        assert stuf.outputs == outputs()
        assert set(world.storage.objects) == {"users/u-0.json", "users/u-1.json", "config/logo.png"}
        assert pending_rows(world) == 0

    def test_inputs_name_the_attempt_and_hold_no_personal_data(self, world: World) -> None:
        world.create()
        operation = world.begin()
        run(world, operation)
        inputs = world.github.runs[100]
        assert inputs["operation"] == operation.attempt_id
        assert inputs["stuf"] == "acme-audit"
        assert inputs["start_at"] == "validate"
        assert inputs["kept_files"] == "refuse"
        assert inputs["requested_by"] == "Tess Architect (11)"
        everything = str(inputs) + str(world.results)
        assert "@example.org" not in everything
        assert "+44" not in everything

    def test_reports_every_change_once_and_the_end_last(self, world: World) -> None:
        world.create()
        ended = run(world, world.begin())
        *changes, end = world.told
        assert end == OperationEnded(operation_id=ended.id, slug="acme-audit", attempt=1, succeeded=True)
        numbers = [change.sequence for change in changes if isinstance(change, OperationChanged)]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == ended.sequence

    def test_polling_without_news_reports_nothing(self, world: World) -> None:
        world.create()
        views = run_views(STAGES)
        world.github.script = [views[0]] * 50 + views
        run(world, world.begin())
        assert len(world.told) < 20

    def test_a_failing_stage_gives_reason_sentence_and_log(self, world: World) -> None:
        world.create()
        world.github.script = run_views(STAGES, fail="infrastructure")
        world.github.log_text = (
            "2026-11-23T12:00:00.0000000Z ##[group]Run python -m provisioning.stages infrastructure\n"
            "2026-11-23T12:00:00.0000000Z ##[endgroup]\n"
            "2026-11-23T12:00:01.0000000Z TASK [stack]\n"
            "2026-11-23T12:00:02.0000000Z ##[error][access-denied] AWS refused CreateStack. Ask the administrator.\n"
            "2026-11-23T12:00:02.0000000Z ##[error]Process completed with exit code 1.\n"
        )
        ended = run(world, world.begin())
        assert ended.state is OperationState.FAILED
        assert ended.failure is not None
        assert ended.failure.code == "access-denied"
        assert ended.failure.sentence == "AWS refused CreateStack. Ask the administrator."
        assert ended.failure.log_tail == ("TASK [stack]",)
        assert statuses(ended)["infrastructure"] == "failed"
        assert statuses(ended)["application"] == "skipped"
        assert stuf_state(world, ended) is StufState.FAILED
        assert pending_rows(world) == 3
        assert world.told[-1].key == f"operation:{ended.id}:ended:1"

    def test_a_retry_goes_on_at_the_failed_step_and_keeps_what_was_done(self, world: World) -> None:
        world.create()
        world.github.script = run_views(STAGES, fail="application")
        failed = run(world, world.begin())
        with Session(world.engine) as session, session.begin():
            again = world.fleet.retry(session, "acme-audit", person_id=12, person_name="Omar Ops")
        assert again.id == failed.id
        assert again.attempt == 2
        assert again.start_at is Stage.APPLICATION
        assert statuses(again) == dict.fromkeys(STAGES[:3], "done") | dict.fromkeys(STAGES[3:], "waiting")
        world.github.script = run_views(STAGES)[-1:]
        skipped = [
            step if step.name not in STAGES[:3] else type(step)(step.name, "completed", "skipped", None, None)
            for step in world.github.script[0].steps
        ]
        world.github.script = [type(world.github.script[0])("completed", "success", 7, tuple(skipped))]
        ended = run(world, again)
        assert ended.state is OperationState.SUCCEEDED
        assert set(statuses(ended).values()) == {"done"}
        assert world.github.runs[101]["start_at"] == "application"
        assert world.github.runs[101]["operation"] == again.attempt_id

    @pytest.mark.parametrize(
        ("status", "words"), [(403, "administrator"), (404, "control_repository"), (422, "one version")]
    )
    def test_a_refused_dispatch_says_who_has_to_do_what(self, world: World, status: int, words: str) -> None:
        world.create()
        world.github.errors = [GitHubRefused(status, f"GitHub answered {status}")]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "dispatch-refused"
        assert words in ended.failure.sentence

    def test_github_away_for_a_while_is_waited_for_and_dispatched_once(self, world: World) -> None:
        world.create()
        world.github.errors = [GitHubUnavailable("away")] * 4
        ended = run(world, world.begin())
        assert ended.state is OperationState.SUCCEEDED
        assert len(world.github.runs) == 1
        assert world.waited > 0

    def test_github_away_for_good_ends_it(self, world: World) -> None:
        world.create()
        world.github.errors = [GitHubUnavailable("GitHub answered 503")] * 1000
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "github-unavailable"

    def test_an_interrupted_dispatch_is_looked_for_with_patience(self, world: World) -> None:
        world.create()
        world.github.hidden_for = 5
        operation = world.begin()
        dispatch = world.github.dispatch

        def answer_lost(workflow: str, inputs: dict[str, str]) -> None:
            dispatch(workflow, inputs)
            raise GitHubUnavailable("no answer")

        world.github.dispatch = answer_lost  # type: ignore[assignment, method-assign]
        ended = run(world, operation)
        assert ended.state is OperationState.SUCCEEDED
        assert len(world.github.runs) == 1

    def test_a_run_that_github_does_not_show_yet_is_waited_for(self, world: World) -> None:
        world.create()
        view, late = world.github.view, [GitHubRefused(404, "GitHub answered 404")] * 4

        def not_yet(run_id: int) -> object:
            if late:
                raise late.pop()
            return view(run_id)

        world.github.view = not_yet  # type: ignore[assignment, method-assign]
        assert run(world, world.begin()).state is OperationState.SUCCEEDED

    def test_a_run_that_never_shows_up_is_lost(self, world: World) -> None:
        world.create()
        world.github.view = lambda _: (_ for _ in ()).throw(GitHubRefused(404, "x"))  # type: ignore[method-assign]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "run-lost"
        assert world.waited < 60

    def test_a_cancelled_run_is_told_as_such(self, world: World) -> None:
        world.create()
        last = run_views(STAGES, fail="repository")[-1]
        world.github.script = [type(last)("completed", "cancelled", 7, last.steps)]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "run-cancelled"

    def test_a_run_without_a_job_is_told_as_such(self, world: World) -> None:
        world.create()
        world.github.script = [type(run_views(STAGES)[0])("completed", "startup_failure", None, ())]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "run-not-started"

    def test_an_unreadable_log_still_ends_with_a_reason(self, world: World) -> None:
        world.create()
        world.github.script = run_views(STAGES, fail="validate")
        world.github.log = lambda _: (_ for _ in ()).throw(GitHubRefused(410, "gone"))  # type: ignore[method-assign]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "workflow-failed"
        assert "validate" in ended.failure.sentence

    def test_outputs_of_another_stuf_are_not_taken(self, world: World) -> None:
        world.create()
        world.github.outputs = lambda _: outputs("other-one")  # type: ignore[method-assign]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "outputs-invalid"

    def test_storage_away_for_a_while_is_waited_for(self, world: World) -> None:
        world.create()
        world.storage.errors = [StorageError("SlowDown", "writing", passing=True)] * 3
        assert run(world, world.begin()).state is OperationState.SUCCEEDED
        assert pending_rows(world) == 0

    def test_a_refusing_storage_fails_and_keeps_the_participants_for_the_retry(self, world: World) -> None:
        world.create()
        world.storage.errors = [StorageError("AccessDenied", "writing a configuration object", passing=False)]
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "storage-unavailable"
        assert pending_rows(world) == 3
        with Session(world.engine) as session, session.begin():
            again = world.fleet.retry(session, "acme-audit", person_id=11, person_name="Tess Architect")
        assert again.start_at is Stage.VERIFICATION
        assert run(world, again).state is OperationState.SUCCEEDED
        assert pending_rows(world) == 0

    def test_a_fault_of_the_program_ends_it_with_a_reference(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.create()
        world.github.outputs_error = RuntimeError("token ghp_abcdefghijklmnop is broken")
        ended = run(world, world.begin())
        assert ended.failure is not None
        assert ended.failure.code == "internal-error"
        assert "ghp_" not in ended.failure.sentence
        assert ended.failure.sentence.split("reference ")[1][:8] in caplog.text

    def test_a_database_away_for_a_moment_ends_nothing(self, world: World) -> None:
        world.create()
        operation = world.begin()
        away = [OperationalError("SELECT", {}, Exception("locked")) for _ in range(3)]
        outputs_of = world.github.outputs

        def flaky(repository: str) -> object:
            if away:
                raise away.pop()
            return outputs_of(repository)

        world.github.outputs = flaky  # type: ignore[assignment, method-assign]
        assert run(world, operation).state is OperationState.SUCCEEDED

    @pytest.mark.parametrize("step", ["started", "failed", "succeeded"])
    def test_whatever_fails_at_begin_and_end_is_tried_again_and_not_stored(
        self, world: World, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        world.create()
        operation = world.begin()
        errors: list[Exception] = [PoolTimeout("none is free"), KeyError("a fault")]
        change = getattr(progress, step)

        def flaky(*given: object) -> Operation:
            if errors:
                raise errors.pop()
            return change(*given)  # type: ignore[no-any-return]

        monkeypatch.setattr(progress, step, flaky)
        if step == "failed":
            world.github.outputs_error = RuntimeError("broken")
        ended = run(world, operation)
        assert errors == []
        assert ended.state is (OperationState.FAILED if step == "failed" else OperationState.SUCCEEDED)
        assert [event for event in world.told if isinstance(event, OperationEnded)]

    def test_an_attempt_that_is_over_is_left_alone(self, world: World) -> None:
        world.create()
        operation = world.begin()
        run(world, operation)
        told = list(world.told)
        world.results.clear()
        run(world, operation)
        assert world.told == told
        assert len(world.github.runs) == 1


class TestNudges:
    def test_a_nudge_saves_the_waiting(self, world: World) -> None:
        world.create()
        view = world.github.view

        def nudging(run_id: int) -> object:
            world.services.nudges.nudge(run_id)
            return view(run_id)

        world.github.view = nudging  # type: ignore[assignment, method-assign]
        run(world, world.begin())
        assert world.waited == 0

    def test_a_nudge_for_nobody_is_forgotten(self, world: World) -> None:
        world.services.nudges.nudge(4711)
        assert not world.services.nudges.listen(4711).is_set()


class TestAbandon:
    def test_removes_everything_and_frees_the_slug(self, world: World) -> None:
        world.create()
        world.github.script = run_views(STAGES, fail="application")
        run(world, world.begin())
        world.github.script = run_views(list(ABANDON_STEPS))
        ended = run(world, world.begin(OperationKind.ABANDON), abandon)
        assert ended.state is OperationState.SUCCEEDED
        assert world.github.workflows[-1] == "destroy.yml"
        inputs = world.github.runs[101]
        assert inputs["keep_files"] == "false"
        assert set(inputs) == {"stuf", "operation", "spec", "requested_by", "reason", "keep_files"}
        assert pending_rows(world) == 0
        assert stuf_state(world, ended) is StufState.GONE
        world.create()

    def test_files_that_an_earlier_stuf_left_are_not_removed(self, world: World) -> None:
        world.create()
        world.github.script = run_views(STAGES, fail="infrastructure")
        run(world, world.begin())
        world.github.script = run_views(list(ABANDON_STEPS))
        run(world, world.begin(OperationKind.ABANDON), abandon)
        assert world.github.runs[101]["keep_files"] == "true"

    def test_a_failing_one_can_be_tried_again(self, world: World) -> None:
        world.create()
        world.github.script = run_views(list(ABANDON_STEPS), fail="infrastructure")
        failed = run(world, world.begin(OperationKind.ABANDON), abandon)
        assert stuf_state(world, failed) is StufState.FAILED
        with Session(world.engine) as session, session.begin():
            again = world.fleet.retry(session, "acme-audit", person_id=11, person_name="Tess Architect")
        world.github.script = run_views(list(ABANDON_STEPS))
        assert run(world, again, abandon).state is OperationState.SUCCEEDED


class TestTest:
    def test_every_step_passes_and_nothing_is_left(self, world: World) -> None:
        ready(world)
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.state is OperationState.SUCCEEDED
        assert statuses(ended) == dict.fromkeys(TEST_STEPS, "done")
        assert world.storage.uploads == {}
        assert stuf_state(world, ended) is StufState.READY
        assert "session" not in str(world.results[ended.attempt_id])

    @pytest.mark.parametrize(
        ("changed", "step", "code"),
        [
            ({"sha256": "AAAA-2"}, "checksum", "checksum-differs"),
            ({"size": 3}, "checksum", "checksum-differs"),
            ({"encryption": "AES256"}, "encryption", "encryption-differs"),
            ({"encryption": None, "kms_key": None}, "encryption", "encryption-differs"),
            ({"kms_key": "arn:other"}, "encryption", "encryption-differs"),
        ],
    )
    def test_what_storage_says_is_believed_over_the_stuf(
        self, world: World, changed: dict[str, object], step: str, code: str
    ) -> None:
        ready(world)
        world.visitor.changed = changed
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == code
        assert statuses(ended)[step] == "failed"
        assert statuses(ended)["clean up"] == "done"
        assert world.storage.uploads == {}
        assert stuf_state(world, ended) is StufState.READY

    def test_another_version_than_deployed_is_found(self, world: World) -> None:
        ready(world)
        world.visitor.running = "0.9.0"
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == "version-differs"
        assert "0.9.0" in ended.failure.sentence

    def test_a_missing_notification_is_waited_for_no_longer_than_said(self, world: World) -> None:
        ready(world)
        world.silent = True
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == "notification-missing"
        assert 60 <= world.waited < 70

    def test_what_is_left_behind_is_told(self, world: World) -> None:
        ready(world)
        world.storage.left = 2
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == "clean-up-failed"

    def test_both_failures_are_told(self, world: World) -> None:
        ready(world)
        world.visitor.changed = {"encryption": None}
        world.storage.left = 2
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == "encryption-differs"
        assert "still" in ended.failure.sentence

    def test_a_refused_sign_in_fails_its_step(self, world: World) -> None:
        ready(world)
        world.visitor.errors["sign_in"] = [VerificationError("the STUF answered 401", status=401)]
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert statuses(ended)["sign in"] == "failed"
        assert ended.failure is not None
        assert ended.failure.code == "sign-in-failed"
        assert world.visitor.begun == []

    def test_a_stuf_away_for_a_moment_is_waited_for(self, world: World) -> None:
        ready(world)
        world.visitor.errors["send"] = [VerificationError("no answer", passing=True)] * 2
        assert run(world, world.begin(OperationKind.TEST), visit).state is OperationState.SUCCEEDED

    def test_another_part_size_still_gives_two_parts(self, world: World) -> None:
        ready(world)
        world.visitor.part_bytes = 5 * 1024**2
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.state is OperationState.SUCCEEDED
        assert world.visitor.begun == ["upload-0", "upload-1"]

    def test_a_stuf_that_was_never_provisioned_is_not_tested(self, world: World) -> None:
        world.create()
        ended = run(world, world.begin(OperationKind.TEST), visit)
        assert ended.failure is not None
        assert ended.failure.code == "not-provisioned"


def _prepared(work: Run) -> tuple[World, Operation]:
    """A world in which this operation is about to start."""
    world = World()
    # A small test file: what is cut here is the work, not the file.
    world.visitor.part_bytes = 1024
    if work is provision:
        world.create()
        return world, world.begin()
    ready(world)
    if work is abandon:
        world.github.script = run_views(list(ABANDON_STEPS))
    world.github.looks.clear()
    return world, world.begin(OperationKind.TEST if work is visit else OperationKind.ABANDON)


@pytest.mark.parametrize("work", [provision, visit, abandon])
def test_dying_at_any_boundary_and_going_on_gives_the_same_end(work: Run) -> None:
    world, operation = _prepared(work)
    world.killer.passed = 0
    run(world, operation, work)
    boundaries = world.killer.passed
    whole = {step.name: step.status for step in world.operation(operation.id).steps}
    assert boundaries > 30
    for at in range(1, boundaries + 1):
        world, operation = _prepared(work)
        world.killer.passed, world.killer.at = 0, at
        with pytest.raises(Killed):
            run(world, operation, work)
        ended = run(world, operation, work)
        assert ended.state is OperationState.SUCCEEDED, at
        assert {step.name: step.status for step in ended.steps} == whole, at
        assert len(world.github.runs) == (0 if work is visit else 1), at
        ends = [happened for happened in world.told if isinstance(happened, OperationEnded)]
        assert [end.operation_id for end in ends].count(operation.id) == 1, at
        changes = [happened.sequence for happened in world.told if isinstance(happened, OperationChanged)]
        assert changes[-1] == ended.sequence, at
        assert pending_rows(world) == 0, at
        assert world.storage.uploads == {}, at


def test_dying_twice_changes_nothing_either() -> None:
    for first in range(8, 40, 3):
        for second in range(1, 12, 3):
            world, operation = _prepared(provision)
            for at in (first, second):
                world.killer.passed, world.killer.at = 0, at
                with pytest.raises(Killed):
                    run(world, operation)
            world.killer.at = None
            assert run(world, operation).state is OperationState.SUCCEEDED
            assert len(world.github.runs) == 1


def test_step_statuses_are_all_used() -> None:
    assert {status.value for status in StepStatus} == {"waiting", "running", "done", "failed", "skipped"}
