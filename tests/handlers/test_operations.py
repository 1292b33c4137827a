"""What people read of an operation: cards, ends, status, list; and what they may do."""

from typing import Any

import pytest
from asked import BLOCK, outputs
from talk import ADA, BOT_MENTION, GUEST, OMAR, PAT, TESS, TOPIC, Talk

from handlers import operation_card
from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Failure, Operation, StepState, StepStatus
from provisioning.models import Stage
from provisioning.sentry import kept
from stuf_bot.acts import Card, Post, ResolveTopic
from stuf_bot.messages import DeliveryReceived


@pytest.fixture
def created(talk: Talk) -> Operation:
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    return latest(talk)


def latest(talk: Talk) -> Operation:
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
    assert operation is not None
    return operation


def happened(talk: Talk, event: Any) -> list[Any]:
    with talk.database.session() as session:
        return talk.core.dispatcher.handle(event, session)


def changed(operation: Operation) -> OperationChanged:
    return OperationChanged(operation_id=operation.id, slug=operation.slug, sequence=operation.sequence)


def fail(
    talk: Talk, operation: Operation, stage: Stage = Stage.INFRASTRUCTURE, code: str = "stack-refused"
) -> Operation:
    steps = [
        StepState(name=each.value, status=StepStatus.DONE, seconds=2.0)
        if list(Stage).index(each) < list(Stage).index(stage)
        else StepState(name=each.value, status=StepStatus.FAILED if each is stage else StepStatus.SKIPPED)
        for each in Stage
    ]
    failure = Failure(code=code, sentence="AWS said @**all** no.", log_tail=("one", "two ```"))
    with talk.database.session() as session:
        progress.stepped(session, operation.attempt_id, steps)
        progress.failed(session, operation.attempt_id, talk.now, failure)
    return latest(talk)


def succeed(talk: Talk, operation: Operation) -> Operation:
    with talk.database.session() as session:
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
    return latest(talk)


def test_the_card_shows_all_steps_from_the_start(talk: Talk, created: Operation) -> None:
    (card,) = happened(talk, changed(created))
    assert isinstance(card, Card)
    for stage in Stage:
        assert f"◻️ {stage.value}" in card.content
    assert card.to.topic == f"provision acme-audit {created.id[3:]}"
    assert len(card.to.topic) <= 50


def test_only_cards_of_unfinished_operations_are_kept_young(talk: Talk, created: Operation) -> None:
    with talk.database.session() as session:
        (card,) = operation_card.running(session, talk.fleet)
    assert happened(talk, changed(created)) == [card]
    succeed(talk, created)
    with talk.database.session() as session:
        assert operation_card.running(session, talk.fleet) == []


def test_a_failure_says_step_reason_log_and_what_to_type(talk: Talk, created: Operation) -> None:
    (card,) = happened(talk, changed(fail(talk, created)))
    for part in (
        "**infrastructure** failed",
        "`stack-refused`",
        "`AWS said @**all** no.`",
        "two ```",
        "retry",
        "abandon",
    ):
        assert part in card.content
    acts = happened(
        talk,
        OperationEnded(operation_id=created.id, slug="acme-audit", attempt=1, succeeded=False),
    )
    posts = [act for act in acts if isinstance(act, Post)]
    assert posts[0].content.startswith("@**Tess Architect|9** ")
    assert all("`retry acme-audit`" in post.content for post in posts)
    assert not [act for act in acts if isinstance(act, ResolveTopic)]


def test_retry_continues_the_same_operation(talk: Talk, created: Operation) -> None:
    assert "locked" in talk.says(TESS, "retry acme-audit")
    fail(talk, created)
    assert "Continuing" in talk.says(TESS, "retry acme-audit")
    again = latest(talk)
    assert (again.id, again.attempt, again.start_at) == (created.id, 2, Stage.INFRASTRUCTURE)
    (card,) = happened(talk, changed(again))
    assert "attempt 2" in card.content
    assert "✅ validate (2 s)" in card.content


def test_ready_is_told_twice_with_address_repository_and_next_commands(
    talk: Talk, created: Operation
) -> None:
    succeed(talk, created)
    acts = happened(
        talk, OperationEnded(operation_id=created.id, slug="acme-audit", attempt=1, succeeded=True)
    )
    posts = [act for act in acts if isinstance(act, Post)]
    assert len(posts) == 2
    for post in posts:
        assert "https://acme.example.org" in post.content
        assert "https://git.example.org/acme/stuf-acme-audit" in post.content
        assert "`test acme-audit`" in post.content
    assert [act for act in acts if isinstance(act, ResolveTopic)]


def test_status_and_list_say_what_is_and_what_to_type(talk: Talk, created: Operation) -> None:
    assert "being made" in talk.says(TESS, "status acme-audit")
    fail(talk, created)
    answer = talk.says(TESS, "status acme-audit")
    assert "`retry acme-audit`" in answer
    assert "`stack-refused`" in answer
    assert "not finished" in talk.says(TESS, "list")
    talk.says(TESS, "retry acme-audit")
    succeed(talk, latest(talk))
    assert "https://acme.example.org" in talk.says(TESS, "list")
    assert "`test acme-audit`" in talk.says(TESS, "status acme-audit")
    assert "`@STUF Bot test acme-audit`" in talk.says(TESS, f"{BOT_MENTION} status acme-audit", TOPIC)


def test_who_is_not_concerned_does_not_learn_that_it_exists(talk: Talk, created: Operation) -> None:
    for command in ("status", "test", "retry", "abandon"):
        assert "no STUF `acme-audit`" in talk.says(PAT, f"{command} acme-audit")
    assert "no STUF" in talk.says(PAT, "list")
    assert "acme-audit" in talk.says(OMAR, "list")


def test_a_guest_is_not_answered(talk: Talk) -> None:
    assert talk.says(GUEST, "help") == ""


def test_a_near_name_is_proposed_as_a_whole_command(talk: Talk, created: Operation) -> None:
    assert "`status acme-audit`" in talk.says(TESS, "status acme-audti")


def test_test_needs_a_ready_stuf_and_holds_its_lock(talk: Talk, created: Operation) -> None:
    assert "not ready" in talk.says(TESS, "test acme-audit")
    succeed(talk, created)
    assert "Testing" in talk.says(TESS, "test acme-audit")
    answer = talk.says(OMAR, "test acme-audit")
    assert "locked" in answer
    assert "@_**|9**" in answer


def test_abandon_shows_a_plan_and_checks_it_again(talk: Talk, created: Operation) -> None:
    fail(talk, created)
    assert "cannot be undone" in talk.says(TESS, "abandon acme-audit")
    talk.says(TESS, "retry acme-audit")
    succeed(talk, latest(talk))
    assert "has changed" in talk.says(TESS, "confirm")
    assert "Removing" in talk.says(TESS, "confirm")


def test_the_project_in_sentry_is_named_where_there_is_one(talk: Talk, created: Operation) -> None:
    fail(talk, created)
    assert "in Sentry" not in talk.says(TESS, "abandon acme-audit")
    with talk.database.session() as session:
        kept.begun(session, "acme-audit", "stuf-acme-audit", talk.now)
    assert "the project `stuf-acme-audit` in Sentry" in talk.says(TESS, "abandon acme-audit")


def test_what_never_held_files_says_so_when_it_is_abandoned(talk: Talk, created: Operation) -> None:
    fail(talk, created)
    assert "an earlier STUF" in talk.says(TESS, "abandon acme-audit")


def upload(upload_id: str, **more: Any) -> DeliveryReceived:
    body = {"upload_id": upload_id, "size": 1500, "verification": False} | more
    return DeliveryReceived(
        source="stuf",
        delivery_id=f"d-{upload_id}-{len(more)}",
        kind="upload.completed",
        subject="acme-audit",
        body=body,
    )


def test_an_upload_is_announced_once_without_its_name(talk: Talk, created: Operation) -> None:
    succeed(talk, created)
    (post,) = happened(talk, upload("u1", file_name="secret.pdf"))
    assert "1.5 kB" in post.content
    assert "secret" not in post.content
    assert happened(talk, upload("u1")) == []
    assert happened(talk, upload("u2", verification=True)) == []


def test_a_file_name_is_shown_only_where_the_ta_chose_so_and_cannot_break_out(talk: Talk) -> None:
    talk.says(TESS, BLOCK.replace("name: Acme", "show_file_names: yes\nname: Acme"))
    talk.says(TESS, "confirm")
    (post,) = happened(talk, upload("u1", file_name="@**all** `x`.pdf"))
    assert "`` @**all** `x`.pdf ``" in post.content


def test_help_shows_what_one_may_do(talk: Talk) -> None:
    mine, pats = talk.says(TESS, "help"), talk.says(PAT, "help")
    assert "`create`" in mine
    assert "`create`:" not in pats
    assert "`list`" in pats
    assert "`abandon STUF`" not in mine + pats
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    assert "`abandon STUF`" in talk.says(TESS, "help")
    assert "`abandon STUF`" not in talk.says(PAT, "help")
    detail = talk.says(TESS, "help create")
    for part in ("yaml", "participants", "Who may"):
        assert part in detail


def test_kept_files_are_adopted_by_administrators_only(talk: Talk, created: Operation) -> None:
    fail(talk, created, code="files-kept")
    (card,) = happened(talk, changed(latest(talk)))
    assert "`retry acme-audit adopt`" in card.content
    assert "somebody else's" in talk.says(TESS, "retry acme-audit adopt")
    assert "somebody else's" in talk.says(OMAR, "retry acme-audit adopt")
    assert "Continuing" in talk.says(ADA, "retry acme-audit adopt")
    assert latest(talk).adopt_files
