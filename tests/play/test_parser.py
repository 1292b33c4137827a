"""The format of conversations: what each line means, and what is said about lines that mean nothing."""

from pathlib import Path

import pytest

from stuf_bot.play.parser import ScriptError, parse
from stuf_bot.play.script import Expect, Line, Never, Press, React, Say, Step, Where


def steps(text: str) -> tuple[Step, ...]:
    return parse(text, Path()).steps


def test_somebody_speaks_in_a_topic_and_the_place_is_remembered() -> None:
    first, second = steps("Tess in #stuf-admin > new STUF: @bot create\nTess: Acme Audit\n")
    there = Where("stuf-admin", "new STUF")
    assert first == Say(Line(1, "Tess in #stuf-admin > new STUF: @bot create"), "Tess", there, "@bot create")
    assert second == Say(Line(2, "Tess: Acme Audit"), "Tess", there, "Acme Audit")


def test_direct_messages() -> None:
    say, answer, other = steps("Tess to the bot: help\nBot: create\nBot to Omar: hello\n")
    assert isinstance(say, Say)
    assert say.where == Where(person="Tess")
    assert isinstance(answer, Expect)
    assert answer.where == Where(person="Tess")
    assert isinstance(other, Expect)
    assert other.where == Where(person="Omar")


def test_indented_lines_below_a_speaker_are_the_message_as_it_stands() -> None:
    (say,) = steps("Tess to the bot:\n  create\n\n  ```\n  name: Acme\n    deeper: 1\n  ```\n\n")
    assert isinstance(say, Say)
    assert say.text == "create\n\n```\nname: Acme\n  deeper: 1\n```"


def test_indented_lines_below_the_bot_are_texts_of_one_answer_in_order() -> None:
    _, answer = steps("Tess to the bot: hi\nBot within 2 minutes: Plan\n  eu-west-1\n  confirm\n")
    assert isinstance(answer, Expect)
    assert answer.texts == ("Plan", "eu-west-1", "confirm")
    assert answer.seconds == 120


def test_the_usual_patience_is_set_once_for_what_follows() -> None:
    _, early, late = steps("Tess to the bot: a\nBot: b\nAnswers come within 40 seconds.\nBot: c\n")
    assert isinstance(early, Expect)
    assert isinstance(late, Expect)
    assert (early.seconds, late.seconds) == (15, 40)


def test_the_bot_shows_something_in_a_channel_in_any_topic() -> None:
    (card,) = steps("Bot in #acme-audit shows within 90 seconds: verification\n")
    expected = Expect(
        Line(1, "Bot in #acme-audit shows within 90 seconds: verification"),
        Where("acme-audit"),
        ("verification",),
        90,
        shows=True,
    )
    assert card == expected


def test_reactions_files_and_what_must_never_be_said() -> None:
    text = "Tess to the bot with the file people.csv:\nBot: ok\nTess reacts with 👍.\nNever in a channel: ana@example.org\nNever: secret\n"
    say, _, react, private, never = steps(text)
    assert isinstance(say, Say)
    assert (say.file, say.text) == ("people.csv", "")
    assert isinstance(react, React)
    assert react.emoji == "👍"
    assert isinstance(private, Never)
    assert (private.text, private.in_channels) == ("ana@example.org", True)
    assert isinstance(never, Never)
    assert not never.in_channels


def test_the_header_names_the_bot_and_comments_are_left_out() -> None:
    script = parse("# A first look.\nThe bot is Upload Helper.\n\nTess to the bot: help\n", Path())
    assert script.bot_name == "Upload Helper"
    assert script.people == ("Tess",)
    assert script.steps[0].line.number == 4


def test_a_text_may_hold_colons_and_a_topic_spaces() -> None:
    (say,) = steps("Tess in #stuf admin > the new one: description: all of it\n")
    assert isinstance(say, Say)
    assert say.where == Where("stuf admin", "the new one")
    assert say.text == "description: all of it"


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("", 1, "nobody says anything"),
        ("# nothing\n", 1, "nobody says anything"),
        ("  indented\n", 1, "nobody speaks above it"),
        ("tess: create\n", 1, "is not understood"),
        ("Tess: create\n", 1, "says not where"),
        ("Bot: hello\n", 1, "says not where"),
        ("Tess in #stuf-admin: create\n", 1, "needs a topic"),
        ("Tess to Omar: hi\n", 1, "directly to the bot only"),
        ("Tess to the bot:\n", 1, "says nothing"),
        ("Tess to the bot: a\nBot:\n", 2, "expects nothing"),
        ("Tess to the bot: a\nBot to the bot: b\n", 2, "say to whom"),
        ("Tess to the bot: a\nBot with the file x.csv: b\n", 2, "only people bring files"),
        ("Tess to the bot within 3 seconds: a\n", 1, "time limit"),
        ("Tess to the bot: a\nTess reacts with 👍\n", 2, "no message of the bot above"),
        ("Tess to the bot: a\nPat: confirm\n", 2, "direct messages of Tess"),
    ],
)
def test_a_line_that_means_nothing_is_named_with_its_reason(text: str, number: int, reason: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse(text, Path())
    ((where, why),) = caught.value.mistakes
    assert where == number
    assert reason in why


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ScriptError) as caught:
        parse("tess: a\nTess to the bot: b\nBot:\nwhat\n", Path())
    assert [number for number, _ in caught.value.mistakes] == [1, 3, 4]


def test_somebody_presses_a_button() -> None:
    (press,) = steps("Ana presses the button at {address}/demo/error.\n")
    written = "Ana presses the button at {address}/demo/error."
    assert press == Press(Line(1, written), "Ana", "{address}/demo/error")
    assert parse(written, Path()).people == ()
    (press,) = steps("Omar presses the button at http://a.example/comment with:\n  text: I am: on it.\n")
    assert isinstance(press, Press)
    assert (press.address, press.fields) == ("http://a.example/comment", (("text", "I am: on it."),))
    with pytest.raises(ScriptError, match="the form's fields"):
        steps("Omar presses the button at http://a.example/x\n  something\n")


def test_somebody_writes_there_once_the_bot_has_written() -> None:
    _, _, there, on = steps("Tess to the bot: a\nBot in #acme: b\nTess there: c\nOmar: d\n")
    assert isinstance(there, Say)
    assert isinstance(on, Say)
    assert there.where == on.where == Where(there=3)
    with pytest.raises(ScriptError, match="no message of the bot"):
        steps("Tess there: c\n")
