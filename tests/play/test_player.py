"""A performance, with players of the test's own: the bot answers at once, and time stands still."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stuf_bot.play.heard import Heard, Utterance
from stuf_bot.play.parser import parse
from stuf_bot.play.player import Done, Failed, Play
from stuf_bot.play.script import Where
from stuf_bot.play.wording import Wording

TOPIC = Where("stuf-admin", "new STUF")
TESS = Where(person="Tess")
Answers = Callable[["Stage", str], None]


class Stage:
    """A realm of two people and a bot that does as `answers` says. Every look at the clock costs a second."""

    def __init__(self, answers: Answers) -> None:
        self.time = 0.0
        self.heard = Heard(now=self.now, look_seconds=0.001)
        self.answers = answers
        self.said: list[tuple[str, Where, str]] = []
        self.reactions: list[tuple[str, int, str]] = []
        self.told: list[str] = []
        self.newest = 0

    def now(self) -> float:
        self.time += 1
        return self.time

    def bot(self, content: str, where: Where = TOPIC) -> int:
        self.newest += 1
        self.heard.message(Utterance(self.newest, where, content))
        return self.newest

    def play(self, text: str) -> list[Done]:
        people = {"Tess": Player(self, "Tess Architect"), "Pat": Player(self, "Pat Plain")}
        wording = Wording({"Tess": "Tess Architect", "bot": "STUF Bot"}, {})
        return Play(parse(text, Path("here")), people, self.heard, wording, self.told.append).perform()


class Player:
    def __init__(self, stage: Stage, full_name: str) -> None:
        self.full_name = full_name
        self._stage = stage

    def say(self, where: Where, text: str) -> int:
        self._stage.said.append((self.full_name, where, text))
        self._stage.answers(self._stage, text)
        return 0

    def upload(self, path: Path) -> str:
        return f"[{path.name}](/user_uploads/{path})"

    def react(self, message_id: int, emoji_name: str) -> None:
        self._stage.reactions.append((self.full_name, message_id, emoji_name))

    def look(self, where: Where) -> None:
        del where


def nothing(_stage: Stage, _text: str) -> None:
    """A bot that is out."""


def echo(stage: Stage, text: str) -> None:
    stage.bot(f"you said {text}")


def test_a_conversation_that_goes_as_written() -> None:
    stage = Stage(echo)
    done = stage.play("Tess in #stuf-admin > new STUF: hello\nBot: you said hello\nTess reacts with 👍\n")
    assert [d.line.number for d in done] == [1, 2, 3]
    assert stage.said == [("Tess Architect", TOPIC, "hello")]
    assert stage.reactions == [("Tess Architect", 1, "thumbs_up")]
    assert "    you said hello" in stage.told


def test_a_missing_answer_names_the_line_and_what_came_instead() -> None:
    stage = Stage(echo)
    with pytest.raises(Failed) as caught:
        stage.play("Tess in #stuf-admin > new STUF: hello\nBot within 5 seconds: goodbye\n")
    assert caught.value.line.number == 2
    assert caught.value.reason == ("the bot said nothing with “goodbye” in #stuf-admin > new STUF within 5 s")
    assert caught.value.came == ("you said hello",)


def test_what_was_said_elsewhere_is_told_when_nothing_was_said_here() -> None:
    stage = Stage(lambda stage, text: stage.bot(text, TESS) and None)
    with pytest.raises(Failed) as caught:
        stage.play("Tess in #stuf-admin > new STUF: hello\nBot within 5 seconds: hello\n")
    assert caught.value.came == ("(direct messages of Tess) hello",)


def test_one_answer_meets_one_expectation_only() -> None:
    stage = Stage(echo)
    with pytest.raises(Failed) as caught:
        stage.play("Tess in #stuf-admin > new STUF: a\nBot: said a\nBot within 5 seconds: said a\n")
    assert caught.value.line.number == 3


def test_answers_are_met_in_the_order_in_which_they_came() -> None:
    def two(stage: Stage, _text: str) -> None:
        stage.bot("first")
        stage.bot("second")

    Stage(two).play("Tess in #stuf-admin > new STUF: a\nBot: first\nBot: second\n")
    with pytest.raises(Failed):
        Stage(two).play("Tess in #stuf-admin > new STUF: a\nBot: second\nBot within 5 seconds: first\n")


def test_a_card_shows_what_it_was_edited_to_and_may_be_met_again() -> None:
    def card(stage: Stage, _text: str) -> None:
        first = stage.bot("validate: running", Where("acme", "✔ provision"))
        stage.heard.edit([first], content=(first, "validate: done, 2 s"), topic=None)

    text = "Tess in #stuf-admin > new STUF: a\n"
    Stage(card).play(text + "Bot in #acme > provision shows: done\nBot in #acme shows: validate: done\n")
    with pytest.raises(Failed, match="showed nothing"):
        Stage(card).play(text + "Bot in #acme shows within 5 seconds: running\n")


def test_a_message_that_moves_is_met_where_it_is() -> None:
    def moved(stage: Stage, _text: str) -> None:
        stage.heard.edit([stage.bot("ready", Where("acme", "old"))], content=None, topic="new")

    Stage(moved).play("Tess in #stuf-admin > new STUF: a\nBot in #acme > new: ready\n")


def test_captured_words_are_spoken_later() -> None:
    stage = Stage(lambda stage, _text: stage.bot("ready at https://x.example.org/a.") and None)
    stage.play("Tess in #stuf-admin > new STUF: a\nBot: ready at {address}\nTess: open {address}\n")
    assert stage.said[-1][2] == "open https://x.example.org/a"


def test_a_word_that_nobody_captured_fails_its_line() -> None:
    with pytest.raises(Failed, match=r"line 1: \{address\} is not known yet"):
        Stage(nothing).play("Tess to the bot: open {address}\n")


def test_a_file_is_linked_below_the_text() -> None:
    stage = Stage(nothing)
    stage.play("Tess to the bot with the file people.csv: these\n")
    assert stage.said[0][2] == "these\n[people.csv](/user_uploads/here/people.csv)"


def test_what_must_never_be_said_fails_whenever_it_is_said() -> None:
    def leak(stage: Stage, text: str) -> None:
        stage.bot("ana@example.org", TOPIC if text == "leak" else TESS)

    start = "Tess in #stuf-admin > new STUF: hello\nNever in a channel: ana@example.org\n"
    Stage(leak).play(start)
    with pytest.raises(Failed, match=r"line 3: the bot wrote 'ana@example\.org' in #stuf-admin > new STUF"):
        Stage(leak).play(start + "Tess: leak\n")
    with pytest.raises(Failed, match="line 2"):
        Stage(leak).play("Tess in #stuf-admin > new STUF: hello\nNever: ana@\n")


def test_a_button_that_nobody_answers_fails_its_line() -> None:
    text = "Tess in #stuf-admin > new STUF: hello\nBot: you said {word}\nAna presses the button at http://127.0.0.1:1/{word}\n"
    with pytest.raises(
        Failed, match=r"Ana could not press the button at http://127\.0\.0\.1:1/hello"
    ) as failure:
        Stage(echo).play(text)
    assert failure.value.line.number == 3


def test_somebody_writes_where_the_bot_wrote_last() -> None:
    elsewhere = Where("acme-audit", "ACME-1 Error: no place that a line could name")

    def answers(stage: Stage, text: str) -> None:
        stage.bot(f"heard {text}", elsewhere)

    stage = Stage(answers)
    stage.play(
        "Tess in #stuf-admin > new STUF: one\nBot in #acme-audit: heard one\nTess there: two\nBot: heard two\nTess: three\n"
    )
    assert [(where, text) for _, where, text in stage.said] == [
        (TOPIC, "one"),
        (elsewhere, "two"),
        (elsewhere, "three"),
    ]
