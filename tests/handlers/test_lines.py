"""Several lines in one message, lines that a thumb runs, and plans that are asked for."""

from datetime import timedelta

import pytest
from asked import BLOCK, outputs
from sqlalchemy import select
from talk import ADA, BOT_MENTION, OMAR, PAT, TESS, TOPIC, Talk

from provisioning import progress
from provisioning.fleet import OperationKind
from provisioning.tables import StufRow
from stuf_bot.places import Direct, Topic
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.conversation_tables import OfferRow


@pytest.fixture
def stuf(talk: Talk) -> str:
    """A STUF of Tess' that is ready."""
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
    return "acme-audit"


def offered(talk: Talk) -> str:
    return next(post.key for post in talk.posts if post.key and post.key.startswith("offer:"))


def started(talk: Talk) -> int:
    with talk.database.session() as session:
        return sum(each.kind is OperationKind.TEST for each in talk.fleet.operations(session, "acme-audit"))


def test_lines_run_in_order(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, f"{BOT_MENTION} list\nstatus {stuf}\n\nhelp status", TOPIC)
    assert len(talk.posts) == 3
    assert answer.index("you may see:") < answer.index("TA: ") < answer.index("Type: `status")


def test_lines_stop_at_the_first_that_fails_and_say_what_ran(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, f"list\nstatus not-there\nstatus {stuf}\nlist")
    assert len(talk.posts) == 2
    assert "these ran: `list`" in answer
    assert f"not run: `status not-there`, `status {stuf}`, `list`" in answer


def test_what_was_done_before_the_failure_stays(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"test {stuf}\ntest {stuf}\nlist")
    assert started(talk) == 1
    assert "is locked" in talk.posts[-1].content
    assert "these ran" in talk.posts[-1].content


def test_a_line_that_asks_back_holds_up_the_rest(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, f"abandon {stuf}\nlist")
    assert "Plan: remove" in answer
    assert "Not run: `list`" in answer
    talk.says(TESS, "cancel")
    assert "Not run: `list`" in talk.says(TESS, "create\nlist")


def test_a_corrected_line_runs_at_the_thumb_of_who_typed_it(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, f"{BOT_MENTION} statsu {stuf}", TOPIC)
    key = offered(talk)
    assert f"`@STUF Bot status {stuf}`" in answer
    assert talk.reacts(OMAR, key) == ""
    assert "TA: " in talk.reacts(TESS, key)
    assert [post.to for post in talk.posts] == [TOPIC]
    assert talk.reacts(TESS, key) == ""


def test_a_wrong_name_is_corrected_too(talk: Talk, stuf: str) -> None:
    talk.says(TESS, "test acme-adit")
    assert started(talk) == 0
    talk.reacts(TESS, offered(talk))
    assert started(talk) == 1


def test_an_offer_is_good_for_a_quarter_of_an_hour(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"statsu {stuf}")
    key = offered(talk)
    talk.now += timedelta(minutes=15)
    assert talk.reacts(TESS, key) == ""


def test_an_offer_needs_the_role_at_the_moment_of_the_thumb(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"tset {stuf}")
    key = offered(talk)
    with talk.database.session() as session:
        session.scalars(select(OfferRow)).one().person_id = PAT
    assert "no STUF" in talk.reacts(PAT, key)
    assert started(talk) == 0


def test_prose_gets_one_short_line_and_no_guess(talk: Talk, stuf: str) -> None:
    for prose in (
        "thanks a lot, you made my day!",
        "could you perhaps test whether the thing works when we abandon it",
        "please abandon hope",
    ):
        answer = talk.says(TESS, f"{BOT_MENTION} {prose}", TOPIC)
        assert len(talk.posts) == 1
        assert len(answer) < 200
        assert "👍" not in answer


def test_a_change_that_waited_long_is_asked_about_and_runs_at_a_thumb(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, f"test {stuf}", age=timedelta(minutes=14))
    assert "14 min ago" in answer
    assert started(talk) == 0
    talk.reacts(TESS, offered(talk))
    assert started(talk) == 1


def test_a_plan_is_shown_where_it_is_asked_for(talk: Talk, stuf: str) -> None:
    assert "Plan: test" in talk.says(TESS, f"test {stuf} --plan")
    assert started(talk) == 0
    assert "Testing" in talk.says(TESS, "confirm")
    assert started(talk) == 1


def test_every_line_is_on_record_by_its_tag(talk: Talk, stuf: str) -> None:
    talk.says(TESS, "list\nstatus not-there")
    with talk.database.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-2:]
    assert [(entry.tag, entry.outcome, entry.reason_code) for entry in entries] == [
        ("chat:fleet:listed", "done", ""),
        ("chat:command:refused", "refused", "unknown-stuf"),
    ]
    assert len({entry.correlation for entry in entries}) == 1


def test_quotes_and_code_are_not_commands(talk: Talk, stuf: str) -> None:
    quote = (
        "@_**Omar Ops|10** [said](https://zulip.example.org/#narrow/1):\n```quote\nabandon acme-audit\n```"
    )
    answer = talk.says(TESS, f"{quote}\nstatus {stuf}")
    assert "Plan" not in answer
    assert len(talk.posts) == 1
    assert "TA: " in answer
    assert "Plan" not in talk.says(ADA, f"```\nabandon {stuf}\n```")


def test_whoami_says_roles_and_stufs(talk: Talk, stuf: str) -> None:
    answer = talk.says(TESS, "whoami")
    assert "architect, member" in answer
    assert f"TA of `{stuf}`" in answer
    assert "no STUF's TA" in talk.says(OMAR, "whoami")


def test_personal_data_in_a_group_of_direct_messages_is_not_taken(talk: Talk, stuf: str) -> None:
    group = Direct(user_ids=(TESS, OMAR))
    assert "Delete message" in talk.says(TESS, "help ana@example.org", group)
    assert "Delete message" not in talk.says(TESS, "help ana@example.org")


def test_a_word_under_somebody_elses_plan_starts_none_of_ones_own(talk: Talk, stuf: str) -> None:
    talk.says(OMAR, f"abandon {stuf}")
    talk.says(TESS, f"{BOT_MENTION} test {stuf} --plan", TOPIC)
    assert f"Only @_**|{TESS}**" in talk.says(OMAR, "confirm", TOPIC)
    with talk.database.session() as session:
        assert len(talk.fleet.operations(session, stuf)) == 1


def test_a_plan_is_for_this_stuf_and_no_later_one_of_its_name(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"{BOT_MENTION} abandon {stuf}", TOPIC)
    key = next(post.key for post in talk.posts if post.key)
    with talk.database.session() as session:
        row = session.scalars(select(StufRow).where(StufRow.slug == stuf)).one()
        row.created_at += timedelta(minutes=5)
    assert "has changed" in talk.reacts(TESS, key)
    with talk.database.session() as session:
        assert len(talk.fleet.operations(session, stuf)) == 1


def test_a_plan_is_refused_where_there_is_none_to_show(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"abandon {stuf}")
    assert "no plan to show" in talk.says(TESS, "confirm --plan")
    with talk.database.session() as session:
        assert len(talk.fleet.operations(session, stuf)) == 1


def test_nothing_failed_is_said_with_the_plan_already(talk: Talk, stuf: str) -> None:
    assert "did not fail" in talk.says(TESS, f"retry {stuf} --plan")


def test_one_message_cannot_ask_for_everything(talk: Talk, stuf: str) -> None:
    assert "21 lines" in talk.says(TESS, "\n".join(["list"] * 21))
    assert len(talk.posts) == 1
    talk.says(TESS, "\n".join(["list"] * 20))
    assert len(talk.posts) == 20


def test_a_refused_thumb_says_what_to_type(talk: Talk, stuf: str) -> None:
    talk.says(TESS, f"{BOT_MENTION} test {stuf} --plan", TOPIC)
    key = next(post.key for post in talk.posts if post.key)
    talk.says(OMAR, f"test {stuf}")
    answer = talk.reacts(TESS, key)
    assert "is locked" in answer
    assert f"status {stuf}`" in answer


def test_two_forms_do_not_both_ask_privately_at_once(talk: Talk) -> None:
    other = Topic(channel=5, topic="another")
    for place, name in ((TOPIC, "Alpha"), (other, "Beta")):
        talk.says(TESS, f"{BOT_MENTION} create", place)
        for answer in (name, "skip", "skip", "skip"):
            talk.says(TESS, answer, place)
    talk.says(TESS, "eu-west-1", TOPIC)
    assert "new stufs" in talk.posts[-1].content
    assert "another form of yours" in talk.says(TESS, "eu-west-1", other)
    assert "which channel" in talk.says(TESS, "ana@example.org, +44 7700 900123")
    assert "Who may upload?" in talk.says(TESS, f"{BOT_MENTION} resume", other)
