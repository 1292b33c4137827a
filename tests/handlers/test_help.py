"""`help` shows what one may do here and what makes sense now; typing errors are answered with a whole line."""

import re

import pytest
from talk import ADA, BOT_MENTION, OMAR, PAT, TESS, TOPIC, Talk

from provisioning import progress
from provisioning.fleet import Failure, StepState, StepStatus
from provisioning.models import Stage

BLOCK = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""


def shown(talk: Talk, who: int = TESS, text: str = "help", place: object = None) -> set[str]:
    """The words of the commands that help lists for this person."""
    lines = re.findall(r"^- `([^`]+)`", talk.says(who, text, place), re.MULTILINE)
    return {re.match(r"[a-z ]*[a-z]", line).group() for line in lines}


@pytest.fixture
def made(talk: Talk) -> str:
    """A STUF whose provisioning runs; the id of the attempt."""
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        return operation.attempt_id


def fail(talk: Talk, attempt: str) -> None:
    steps = [StepState(name=stage.value, status=StepStatus.FAILED) for stage in Stage]
    with talk.database.session() as session:
        progress.stepped(session, attempt, steps)
        progress.failed(session, attempt, talk.now, Failure(code="stack-refused", sentence="No."))


def succeed(talk: Talk, attempt: str) -> None:
    with talk.database.session() as session:
        progress.succeeded(session, attempt, talk.now)


def test_nothing_is_offered_that_makes_no_sense(talk: Talk) -> None:
    assert shown(talk) >= {"help", "create", "list"}
    assert not shown(talk) & {"status", "test", "retry", "abandon", "confirm", "cancel", "back", "forms"}


def test_a_plan_brings_confirm_and_cancel(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    assert shown(talk) >= {"confirm", "cancel"}
    assert "confirm" not in shown(talk, OMAR)
    talk.says(TESS, "cancel")
    assert not shown(talk) & {"confirm", "cancel"}


def test_a_form_brings_the_words_that_steer_it(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    assert shown(talk) >= {"back", "cancel", "forms", "resume"}
    assert not shown(talk, PAT) & {"back", "cancel"}


def test_retry_is_shown_where_something_failed_and_test_where_all_is_well(talk: Talk, made: str) -> None:
    assert not shown(talk) & {"retry", "test"}
    assert shown(talk) >= {"status", "abandon"}
    fail(talk, made)
    assert "retry" in shown(talk)
    assert "retry" in shown(talk, OMAR)
    assert "retry" not in shown(talk, PAT)
    talk.says(TESS, "retry acme-audit")
    assert "retry" not in shown(talk)


def test_who_may_only_look_is_shown_what_one_may_look_at(talk: Talk, made: str) -> None:
    succeed(talk, made)
    assert shown(talk) >= {"test", "status", "abandon"}
    assert not shown(talk, PAT) & {"test", "status", "abandon", "create", "retry"}
    assert shown(talk, ADA) >= {"test", "status", "abandon"}


def test_what_is_private_is_marked_in_a_channel(talk: Talk) -> None:
    here = talk.says(TESS, f"{BOT_MENTION} help", TOPIC)
    assert re.search(r"^- `code enrol`: .* \(in a direct message to me\)$", here, re.MULTILINE)
    assert "in a direct message to me" not in talk.says(TESS, "help")


def test_one_command_is_shown_with_arguments_examples_people_and_effect(talk: Talk) -> None:
    detail = talk.says(TESS, "help abandon")
    for part in (
        "Type: `abandon STUF`",
        "- `STUF`: ",
        "`abandon acme-audit`",
        "Who may: ",
        "Shows a plan first, with what is lost",
    ):
        assert part in detail
    assert "`--plan`" in talk.says(TESS, "help test")
    assert "You may not, at the moment." in talk.says(PAT, "help create")
    assert "In direct messages only." in talk.says(TESS, "help code enrol")
    assert "`[adopt]`" not in talk.says(TESS, "help retry")
    assert "- `adopt`: " in talk.says(TESS, "help retry")


def test_commands_that_begin_alike_lead_to_one_another(talk: Talk) -> None:
    assert "See also: `help code enrol`, `help code verify`" in talk.says(TESS, "help code")
    assert "See also" not in talk.says(TESS, "help list")


def test_other_words_for_a_command_and_words_that_are_none(talk: Talk) -> None:
    assert "**back**" in talk.says(TESS, "help skip")
    assert "Did you mean this?\n`help abandon`" in talk.says(TESS, "help abandn")
    assert "There is no command `nothing like it`" in talk.says(TESS, "help nothing like it")
    assert "@**all**" not in talk.says(TESS, "help @**all**").replace("`@**all**`", "")


def test_a_typing_error_is_put_right_as_a_whole_line(talk: Talk, made: str) -> None:
    assert "\n`status acme-audit`" in talk.says(TESS, "staus acme-adit")
    assert "acme-audit" not in talk.says(PAT, "status acme-adit")
    said = talk.says(TESS, f"{BOT_MENTION} abandn acme-audit", TOPIC)
    assert "@STUF Bot abandon acme-audit" in said
    assert talk.says(TESS, "status acme-adit").count("acme-audit") == 1


def test_a_thumb_on_the_corrected_line_runs_it(talk: Talk, made: str) -> None:
    talk.says(TESS, "staus acme-adit")
    (post,) = talk.posts
    assert talk.reacts(PAT, post.key) == ""
    assert "**acme-audit**" in talk.reacts(TESS, post.key)


@pytest.mark.parametrize(
    "prose",
    [
        "thanks, that was quick!",
        "what do you think about abandon acme-audit?",
        "list of things that we should do next week",
        "abandon all hope ye who enter here",
        "I would never abandon acme-audit",
        "hello",
    ],
)
def test_prose_is_answered_with_one_short_line_and_changes_nothing(talk: Talk, made: str, prose: str) -> None:
    said = talk.says(TESS, prose)
    assert len(said.splitlines()) <= 2
    assert len(said) < 160
    assert "Plan" not in said


def test_a_sentence_that_begins_with_the_word_confirms_nothing(talk: Talk, made: str) -> None:
    succeed(talk, made)
    talk.says(TESS, "abandon acme-audit")
    assert "nothing was started" in talk.says(TESS, "confirm that with Bob first, please")
    assert "nothing was started" in talk.says(TESS, "yes I saw that")
    assert "Removing" in talk.says(TESS, "confirm acme-audit")


def test_a_quoted_command_is_not_run(talk: Talk, made: str) -> None:
    quote = "@_**Tess|9** [said](https://chat.example.org/#narrow/1):\n```quote\nabandon acme-audit\n```\n"
    assert "Plan" not in talk.says(OMAR, quote)
    assert "**acme-audit**" in talk.says(OMAR, quote + "status acme-audit")
    assert talk.says(OMAR, f"`{BOT_MENTION} abandon acme-audit`", TOPIC) == ""
