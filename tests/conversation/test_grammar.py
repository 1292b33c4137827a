"""From typed words to commands."""

import contextlib
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from stuf_bot.chat.grammar import Block, Grammar, Rest, usage
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command


class Look(Command, words="look", aliases=("look at",)):
    """Look at something."""

    stuf: Annotated[str, Field(title="STUF", min_length=3)]
    days: int = 7


class Say(Command, words="say"):
    """Say something."""

    text: Annotated[str, Rest()]


class Make(Command, words="make"):
    """Make something."""

    given: Annotated[dict[str, Any], Block()] = Field(default_factory=dict)


GRAMMAR = Grammar([Look, Say, Make])


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        GRAMMAR.parse(text)
    return caught.value


def test_positional_and_named_arguments() -> None:
    assert GRAMMAR.parse("look acme-audit days=3").command == Look(stuf="acme-audit", days=3)
    assert GRAMMAR.parse("LOOK AT acme-audit 3").command == Look(stuf="acme-audit", days=3)


def test_quoting_as_in_a_shell_and_apostrophes_in_prose() -> None:
    assert GRAMMAR.parse('look "acme audit"').command == Look(stuf="acme audit")
    assert GRAMMAR.parse("say it isn't so").command == Say(text="it isn't so")


def test_a_block_gives_the_arguments() -> None:
    assert GRAMMAR.parse("look\n```yaml\nstuf: acme-audit\ndays: 2\n```").command == Look(
        stuf="acme-audit", days=2
    )


def test_a_block_keeps_every_value_as_text() -> None:
    made = GRAMMAR.parse("make\n```\nphone: +447700900123\nanswer: no\nlist: [1, 2]\n```").command
    assert made == Make(given={"phone": "+447700900123", "answer": "no", "list": ["1", "2"]})


def test_a_broken_block_is_named_with_its_line() -> None:
    refusal = refused("make\n```yaml\nname: x\n  bad: [\n```")
    assert (refusal.code, "line" in refusal.what) == ("bad-yaml", True)
    assert refused("make\n```yaml\njust words\n```").code == "bad-yaml"


def test_every_wrong_argument_is_named_at_once_without_its_value() -> None:
    refusal = refused("look xy days=soon")
    assert refusal.code == "bad-arguments"
    assert "**STUF**" in refusal.what
    assert "**days**" in refusal.what
    assert "soon" not in refusal.what
    assert refusal.next_command == "help look"


def test_too_many_words_are_named() -> None:
    assert "`more`" in refused("look acme-audit 3 more").what


def test_a_typing_error_is_corrected_as_a_whole_line() -> None:
    assert refused("lok acme-audit").next_command == "look acme-audit"


def test_prose_is_not_guessed_at() -> None:
    refusal = refused("how are you today")
    assert (refusal.code, refusal.next_command) == ("unknown-command", "help")


def test_two_commands_with_the_same_words_are_refused() -> None:
    class Other(Command, words="look"):
        """Something else."""

    with pytest.raises(ValueError, match="look"):
        Grammar([Look, Other])


def test_usage_shows_what_may_be_left_out() -> None:
    assert usage(Look) == "look STUF [DAYS]"


@given(st.text(max_size=200))
def test_any_text_gives_a_command_or_a_refusal(text: str) -> None:
    with contextlib.suppress(Refusal):
        assert isinstance(GRAMMAR.parse(text).command, Command)
