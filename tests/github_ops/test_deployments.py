"""Deployments of GitHub's: one topic, one card, the same state in any order; approvals are asked for once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from github_desk import CONTROL, NOW, OCTO, OCTO_USER, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import _deployments
from handlers.github.reading import Unreadable
from provisioning.fleet import OperationKind
from stuf_bot.acts import Lane

Json = dict[str, Any]
RUN = {"id": 500, "display_title": "Deploy", "html_url": "https://github.com/acme/x/actions/runs/500"}


def deployment(number: int = 7, *, sha: str = "a" * 40, **more: Any) -> Json:
    state = {
        "id": number,
        "sha": sha,
        "ref": "main",
        "task": "deploy",
        "environment": "production",
        "description": "The new page",
        "creator": OCTO,
        "created_at": "2026-11-24T08:00:00Z",
        "updated_at": "2026-11-24T08:00:00Z",
        "payload": {"components": ["api", "page"], "changes": ["max_file_bytes"]},
    }
    return {**state, **more}


def begun(number: int = 7, **more: Any) -> tuple[str, Json]:
    return "deployment", {"action": "created", "deployment": deployment(number), "workflow_run": RUN, **more}


def status(number: int, state: str, minute: int, of: Json | None = None, **more: Any) -> tuple[str, Json]:
    told = {
        "id": number,
        "state": state,
        "description": f"said {number}",
        "creator": OCTO,
        "created_at": f"2026-11-24T08:{minute:02}:00Z",
        "log_url": "https://github.com/acme/x/actions/runs/500/job/1",
        **more,
    }
    return "deployment_status", {
        "action": "created",
        "deployment": of or deployment(),
        "deployment_status": told,
    }


def job(conclusion: str | None, run: int = 500) -> tuple[str, Json]:
    state = {
        "id": 1,
        "run_id": run,
        "name": "copy the page",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "html_url": "https://github.com/acme/x/actions/runs/500/job/1",
        "started_at": "2026-11-24T08:01:00Z",
        "completed_at": "2026-11-24T08:02:03Z" if conclusion else None,
        "steps": [
            {
                "name": "upload",
                "status": "in_progress" if not conclusion else "completed",
                "conclusion": conclusion,
            }
        ],
    }
    return "workflow_job", {"action": "completed", "workflow_job": state}


def hear(desk: Desk, *events: tuple[str, Json]) -> Desk:
    for kind, payload in events:
        desk.hears(kind, **payload)
    return desk


def test_from_begun_to_done(desk: Desk) -> None:
    hear(desk, begun())
    (told,) = desk.relays
    assert told.subject.topic == "deploy 7 production main"
    assert (told.kind, told.status, told.environment, told.branch) == (
        "deployments",
        "created",
        "production",
        "main",
    )
    assert (told.actor, told.actor_id, told.lane) == ("octo", OCTO_USER, Lane.OPERATION)
    assert "about to start" in desk.card
    hear(desk, status(1, "in_progress", 1), job(None))
    assert "⏳ running" in desk.card
    assert "⏳ [`copy the page`](https://github.com/acme/x/actions/runs/500/job/1) at `upload`" in desk.card
    assert not desk.news
    hear(desk, job("success"), status(2, "success", 3, environment_url="https://acme.example.org"))
    assert "✅ [`copy the page`](https://github.com/acme/x/actions/runs/500/job/1) (1 min 3 s)" in desk.card
    assert "✅ done" in desk.card.splitlines()[0]
    assert "3 min" in desk.card.splitlines()[1]
    assert "- Components: `api`, `page`" in desk.card
    assert "- Configuration changes: `max_file_bytes`" in desk.card
    for link in ("[log](", "[workflow run](", "#artifacts)", "[address](https://acme.example.org)"):
        assert link in desk.card, link
    assert "`test acme-audit`" in desk.card
    assert len(desk.texts) == 1
    assert "Deployed `main`" in desk.texts[0]
    assert "in 3 min" in desk.texts[0]
    assert list(desk.done.values()) == [True]


def test_a_failure_says_where_and_what_to_do(desk: Desk) -> None:
    hear(desk, begun(), job("failure"), status(1, "in_progress", 1), status(2, "failure", 3))
    assert "❌ [`copy the page`]" in desk.texts[0]
    assert "Re-run failed jobs" in desk.texts[0]
    assert "There is no command that rolls back" in desk.card
    assert "`deployments acme-audit`" in desk.card
    assert list(desk.done.values()) == [False]


def test_one_that_was_replaced_shows_how_it_went(desk: Desk) -> None:
    hear(desk, begun(), status(1, "success", 3), status(2, "inactive", 9))
    assert "✅ done, replaced since" in desk.card
    assert len(desk.texts) == 1
    failed = hear(desk.afresh(), begun(), status(1, "failure", 3), status(2, "inactive", 9))
    assert "❌ failed, replaced since" in failed.card
    assert list(failed.done.values()) == [True]


def test_the_next_one_links_what_changed_since(desk: Desk) -> None:
    hear(desk, begun(), status(1, "success", 3))
    later = deployment(8, sha="b" * 40, created_at="2026-11-24T09:00:00Z", updated_at="2026-11-24T09:00:00Z")
    hear(desk, ("deployment", {"action": "created", "deployment": later}))
    (card,) = [card for key, card in desk.cards.items() if key.endswith(":8")]
    assert (
        f"[changes since v1](https://github.com/acme/stuf-acme-audit/compare/{'a' * 40}...{'b' * 40})" in card
    )


def test_what_is_done_is_among_the_deployments_of_its_stuf(desk: Desk) -> None:
    hear(desk, begun(), status(1, "success", 3), status(1, "success", 3))
    with desk.session() as session:
        (one,) = _deployments.known(session, "acme-audit")
        assert (one.name, one.commit, one.environment) == ("v1", "a" * 40, "production")
        assert one.finished_at == datetime(2026, 11, 24, 8, 3, tzinfo=UTC)
        assert _deployments.latest(session, "acme-audit", one.finished_at - timedelta(seconds=1)) is None
        assert _deployments.latest(session, "acme-audit", one.finished_at) == one
        assert _deployments.latest(session, "acme-audit", NOW, "staging") is None
        assert _deployments.known(session, "nobody") == []


def test_what_belongs_to_an_operation_is_told_by_its_card(desk: Desk) -> None:
    with desk.session() as session:
        operation = desk.fleet.begin(
            session, OperationKind.PROVISION, "acme-audit", person_id=9, person_name="Tess"
        )
    title = f"provision acme-audit ({operation.attempt_id})"
    run = {**RUN, "display_title": title, "event": "workflow_dispatch"}
    assert not desk.hears("deployment", **begun(workflow_run=run)[1], repository=CONTROL)
    assert desk.hears("deployment", **begun(workflow_run=run)[1])


def test_a_rule_of_the_environment_is_on_the_card_until_it_goes_on(desk: Desk) -> None:
    rule = {"action": "requested", "environment": "production", "event": "push", "deployment": deployment()}
    hear(desk, begun(), ("deployment_protection_rule", rule))
    assert "Waits for a rule of the environment: `production`" in desk.card
    hear(desk, status(1, "in_progress", 2))
    assert "Waits for a rule" not in desk.card


EVENTS = [
    begun(),
    status(1, "queued", 1),
    status(2, "in_progress", 2),
    status(3, "failure", 3),
    status(4, "in_progress", 4),
    status(5, "success", 5),
    status(6, "inactive", 6),
    job(None),
    job("success"),
    ("deployment_protection_rule", {"environment": "production", "deployment": deployment()}),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=4))
def test_any_order_and_any_doubles_end_in_the_same_state(
    desk: Desk, events: list[tuple[str, Json]], doubled: list[tuple[str, Json]]
) -> None:
    expected = hear(desk.afresh(), *EVENTS)
    told = hear(desk.afresh(), *events, *doubled)
    assert (told.card, told.done) == (expected.card, expected.done)


def asked(attempt: int = 1, **more: Any) -> Json:
    reviewers = [
        {"type": "User", "reviewer": OCTO},
        {"type": "User", "reviewer": {"login": "stranger"}},
        {"type": "Team", "reviewer": {"name": "admins", "id": 3}},
    ]
    run = {**RUN, "run_attempt": attempt}
    return {
        "action": "requested",
        "environment": "production",
        "workflow_run": run,
        "workflow_job_run": {"id": 1, "name": "deploy", "environment": "production"},
        "reviewers": reviewers,
        "requestor": {"login": "tess"},
        "since": "2026-11-24T08:00:00Z",
        **more,
    }


def answered(action: str, attempt: int = 1) -> Json:
    return {
        "action": action,
        "workflow_run": {**RUN, "run_attempt": attempt},
        "workflow_job_runs": [{"id": 1, "name": "deploy", "environment": "production"}],
        "approver": OCTO,
        "comment": "Looks well",
        "since": "2026-11-24T08:00:00Z",
    }


def test_whoever_may_approve_is_asked_once(desk: Desk) -> None:
    desk.hears("deployment_review", **asked())
    desk.hears("deployment_review", **asked())
    (news,) = desk.news.values()
    assert news.asks == (OCTO_USER,)
    assert "`stranger`" in news.text
    assert "the team `admins`" in news.text
    assert "Review deployments" in news.text
    assert list(desk.done.values()) == [False]
    desk.hears("deployment_review", **answered("approved"))
    assert "✅ @_**|42** approved the deployment" in desk.texts[1]
    assert "Looks well" in desk.card
    assert "`stranger`" in desk.card
    assert list(desk.done.values()) == [True]


def test_a_question_that_comes_late_opens_nothing_again_a_new_attempt_does(desk: Desk) -> None:
    desk.hears("deployment_review", **answered("rejected"))
    desk.hears("deployment_review", **asked())
    assert list(desk.done.values()) == [True]
    assert len(desk.news) == 1
    desk.hears("deployment_review", **asked(attempt=2))
    assert list(desk.done.values()) == [False]
    assert [news.asks for news in desk.news.values()] == [(), (OCTO_USER,)]


@pytest.mark.parametrize(
    "kind", ["deployment", "deployment_status", "deployment_review", "deployment_protection_rule"]
)
@pytest.mark.parametrize(
    "payload", [{}, {"deployment": None}, {"deployment": {"id": "x"}}, {"workflow_run": []}]
)
def test_what_is_malformed_is_kept_for_administrators(desk: Desk, kind: str, payload: Json) -> None:
    with pytest.raises(Unreadable):
        desk.hears_body(kind, payload)
