"""Runs of workflows: one topic per workflow and branch, loud where it begins to fail or works again."""

import itertools
import random
from typing import Any

import pytest
from github_desk import CONTROL, Desk, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning import progress
from provisioning.fleet import OperationKind

Json = dict[str, Any]


def job(run_number: int, number: int, conclusion: str | None, attempt: int = 1) -> Json:
    """A `workflow_job` delivery of that run."""
    state = {
        "id": number,
        "run_id": 1000 + run_number,
        "run_attempt": attempt,
        "name": f"job {number}",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "html_url": f"https://github.com/acme/stuf-acme-audit/actions/runs/{1000 + run_number}/job/{number}",
        "started_at": "2026-11-24T08:00:00Z",
        "completed_at": "2026-11-24T08:01:00Z" if conclusion else None,
        "steps": [{"name": "Run linter", "status": "completed", "conclusion": conclusion, "number": 1}],
    }
    return {"action": "completed", "workflow_job": state}


def test_success_is_quiet(desk: Desk) -> None:
    (told,) = desk.hears("workflow_run", **run(1, "success"))
    assert (told.kind, told.status, told.branch, told.actor) == ("checks", "success", "main", "octo")
    assert not desk.news
    assert told.actor_id == 42


def test_what_begins_to_fail_is_told_once_and_what_works_again(desk: Desk) -> None:
    for number, conclusion in enumerate(("success", "failure", "failure", "success", "success"), start=1):
        desk.hears("workflow_run", **run(number, None))
        desk.hears("workflow_run", **run(number, conclusion))
    assert len(desk.texts) == 2
    assert "**fails** since [run 2]" in desk.texts[0]
    assert "Re-run failed jobs" in desk.texts[0]
    assert "**works again** with [run 4]" in desk.texts[1]
    assert "2 failures" in desk.texts[1]
    assert "✅ **good**, 2 times in a row" in desk.card
    assert "✅ ❌ ❌ ✅ ✅" in desk.card
    assert list(desk.done.values()) == [True]


def test_a_failure_names_its_job_and_step_whichever_comes_first(desk: Desk) -> None:
    desk.hears("workflow_job", **job(1, 5, "failure"))
    desk.hears("workflow_run", **run(1, "failure"))
    assert "[`job 5`]" in desk.texts[0]
    assert "`Run linter`" in desk.texts[0]
    other = desk.afresh()
    other.hears("workflow_run", **run(1, "failure"))
    other.hears("workflow_job", **job(1, 5, "failure"))
    assert other.card == desk.card
    assert list(desk.done.values()) == [False]


def test_trying_a_failed_run_again_is_no_recovery_before_it_ends(desk: Desk) -> None:
    desk.hears("workflow_run", **run(1, "success"))
    desk.hears("workflow_run", **run(2, "failure"))
    desk.hears("workflow_run", **run(2, None, attempt=2))
    assert len(desk.texts) == 1
    assert "❌" in desk.card.splitlines()[0]
    desk.hears("workflow_run", **run(2, "success", attempt=2))
    assert len(desk.texts) == 2
    assert "works again" in desk.texts[1]
    assert "one failure" in desk.texts[1]


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", "action_required"])
def test_what_says_nothing_of_the_branch_changes_nothing(desk: Desk, conclusion: str) -> None:
    desk.hears("workflow_run", **run(1, "failure"))
    desk.hears("workflow_run", **run(2, conclusion))
    assert len(desk.texts) == 1
    assert "❌ **failing**" in desk.card


def test_a_late_word_of_an_older_run_is_no_news(desk: Desk) -> None:
    desk.hears("workflow_run", **run(2, "success"))
    desk.hears("workflow_run", **run(1, "failure"))
    assert not desk.news
    assert list(desk.done.values()) == [True]


def test_the_main_branch_of_a_fork_is_another_branch(desk: Desk) -> None:
    desk.hears("workflow_run", **run(1, "success"))
    desk.hears("workflow_run", **run(2, "failure", head_repository={"full_name": "mallory/stuf-acme-audit"}))
    assert len(desk.cards) == 2
    assert {relay.branch for relay in desk.relays} == {"main", "mallory/stuf-acme-audit:main"}


def test_what_belongs_to_an_operation_is_not_told_twice(desk: Desk) -> None:
    with desk.session() as session:
        operation = desk.fleet.begin(
            session, OperationKind.PROVISION, "acme-audit", person_id=9, person_name="Tess"
        )
    own = {
        "display_title": f"provision acme-audit ({operation.attempt_id})",
        "event": "workflow_dispatch",
    }
    assert not desk.hears("workflow_run", **run(1, "failure", **own), repository=CONTROL)
    assert not desk.hears("workflow_job", **job(1, 5, "failure"), repository=CONTROL)
    started = {"inputs": {"operation": operation.attempt_id}, "workflow": ".github/workflows/provision.yml"}
    assert not desk.hears("workflow_dispatch", **started, repository=CONTROL)
    again = {"inputs": None, "workflow": ".github/workflows/provision.yml"}
    assert desk.hears("workflow_dispatch", **again, repository=CONTROL)
    foreign = {**own, "display_title": "provision acme-audit (op-zzzzzz-1)"}
    assert desk.hears("workflow_run", **run(2, "failure", **foreign), repository=CONTROL)


def test_a_title_hides_nothing_that_the_bot_did_not_start(desk: Desk) -> None:
    with desk.session() as session:
        operation = desk.fleet.begin(
            session, OperationKind.PROVISION, "acme-audit", person_id=9, person_name="Tess"
        )
    title = f"Fix it ({operation.attempt_id})"
    dispatched = {"display_title": title, "event": "workflow_dispatch"}
    assert desk.hears("workflow_run", **run(1, "failure", **dispatched))
    assert desk.hears(
        "workflow_run", **run(2, "failure", display_title=title, event="push"), repository=CONTROL
    )
    assert desk.hears("workflow_dispatch", inputs={"operation": operation.attempt_id})
    waits = {"workflow_run": {"id": 5, **dispatched}, "environment": "production", "action": "requested"}
    assert desk.hears("deployment_review", **waits)
    assert desk.hears("deployment", deployment={"id": 7}, workflow_run={"id": 5, **dispatched})
    with desk.session() as session:
        progress.dispatched(session, operation.attempt_id, 1003, "https://github.com/acme/stuf-control/1003")
    assert not desk.hears("workflow_run", **run(3, "failure", **dispatched), repository=CONTROL)
    assert desk.hears("workflow_run", **run(4, "failure", **dispatched), repository=CONTROL)


EVENTS = [
    ("workflow_run", run(1, None)),
    ("workflow_run", run(1, "success")),
    ("workflow_run", run(2, None)),
    ("workflow_run", run(2, "failure")),
    ("workflow_run", run(2, None, attempt=2)),
    ("workflow_run", run(2, "failure", attempt=2)),
    ("workflow_run", run(3, None)),
    ("workflow_run", run(3, "cancelled")),
    ("workflow_job", job(2, 20, None, attempt=2)),
    ("workflow_job", job(2, 20, "failure", attempt=2)),
    ("workflow_job", job(2, 10, "failure")),
]


def ending(desk: Desk, events: list[tuple[str, Json]]) -> tuple[str, bool]:
    desk = desk.afresh()
    for kind, payload in events:
        desk.hears(kind, **payload)
    (done,) = desk.done.values()
    return desk.card, done


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=4))
def test_any_order_and_any_doubles_end_in_the_same_state(
    desk: Desk, events: list[tuple[str, Json]], doubled: list[tuple[str, Json]]
) -> None:
    assert ending(desk, [*events, *doubled]) == ending(desk, EVENTS)


def test_only_the_newest_runs_are_kept_in_any_order(desk: Desk) -> None:
    events = [("workflow_run", run(number, "success")) for number in range(1, 14)]
    events += [("workflow_run", run(number, "failure", attempt=2)) for number in range(1, 14)]
    events += [("workflow_run", run(number, "success", attempt=3)) for number in range(1, 14)]
    shuffled = list(events)
    random.Random(4).shuffle(shuffled)
    assert ending(desk, events) == ending(desk, shuffled)


def check(number: int, conclusion: str | None, *, suite: int = 1, app: str = "linters") -> Json:
    suite_state = {
        "id": suite,
        "head_branch": "main",
        "head_sha": "a" * 40,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "updated_at": f"2026-11-24T08:{number:02}:00Z",
    }
    state = {
        "id": number,
        "name": f"check {number}",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "html_url": f"https://github.com/acme/stuf-acme-audit/runs/{number}",
        "app": {"slug": app, "name": app.title()},
        "check_suite": suite_state,
    }
    return {"action": "completed", "check_run": state}


def test_checks_of_others_are_told_by_app_and_branch_those_of_actions_by_their_runs(desk: Desk) -> None:
    desk.hears("check_run", **check(1, "success"))
    desk.hears("check_run", **check(2, "failure", suite=2))
    assert "`Linters` on `main` **fails**" in desk.texts[0]
    assert "[`check 2`]" in desk.texts[0]
    assert not desk.hears("check_run", **check(3, "failure", suite=3, app="github-actions"))


def test_a_status_is_told_by_its_name_and_branch_in_any_order(desk: Desk) -> None:
    def status(number: int, state: str) -> Json:
        branches = [{"name": "fix"}, {"name": "main"}]
        return {
            "id": number,
            "sha": "b" * 40,
            "state": state,
            "context": "ci/scan",
            "branches": branches,
            "updated_at": f"2026-11-24T08:{number:02}:00Z",
        }

    every = [status(1, "success"), status(2, "pending"), status(3, "error")]
    for order in itertools.permutations(every):
        other = desk.afresh()
        for event in order:
            other.hears("status", **event)
        assert "`ci/scan` on `main`: ❌ **failing**" in other.card


def test_a_merge_queue_that_is_over_stays_over(desk: Desk) -> None:
    group = {"head_sha": "c" * 40, "base_ref": "refs/heads/main", "head_commit": {"message": "Merge two"}}
    desk.hears("merge_group", action="destroyed", reason="merged", merge_group=group)
    desk.hears("merge_group", action="checks_requested", merge_group=group)
    assert "✅ merged" in desk.card
    assert list(desk.done.values()) == [True]
