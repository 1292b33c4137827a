"""Reads a conversation; every line that makes no sense is named at once."""

import re
from collections.abc import Iterator
from pathlib import Path

from stuf_bot.play.script import (
    BOT,
    PATIENCE_SECONDS,
    Expect,
    Line,
    Never,
    Press,
    React,
    Say,
    Script,
    Step,
    Where,
)

_BOT_NAME = re.compile(r"The bot is (?P<name>.+?)\.?")
_PATIENCE = re.compile(r"Answers come within (?P<amount>\d+) (?P<unit>second|minute)s?\.?")
_NEVER = re.compile(r"Never(?P<channel> in a channel)?: *(?P<text>\S.*)")
_REACT = re.compile(r"(?P<who>[A-Z]\w*) reacts with (?P<emoji>\S+?)\.?")
_PRESS = re.compile(
    r"(?P<who>[A-Z]\w*) presses the button at (?P<address>(?:https?://|\{)\S+?)(?: with)?[.:]?"
)
_SPEECH = re.compile(
    r"(?P<who>[A-Z]\w*)"
    r"(?:(?P<there> there)| to (?P<to>the bot|[A-Z]\w*)| in #(?P<channel>[^:>]+?)(?: > (?P<topic>[^:]+?))?)?"
    r"(?P<shows> shows)?"
    r"(?: within (?P<amount>\d+) (?P<unit>second|minute)s?)?"
    r"(?:,? with the file (?P<file>[^:]+?))?"
    r":(?: +(?P<text>.*))?"
)
_UNIT_SECONDS = {"second": 1.0, "minute": 60.0}


class ScriptError(Exception):
    """The file is no conversation; `mistakes` are (line number, what is wrong)."""

    def __init__(self, mistakes: list[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"line {number}: {reason}" for number, reason in mistakes))
        self.mistakes = mistakes


class _WrongLine(Exception):  # noqa: N818 - never leaves this module.
    pass


def parse(text: str, folder: Path) -> Script:
    """The conversation in `text`, whose files lie in `folder`. Raises ScriptError."""
    return Script(*_Reader().read(text), folder)


class _Reader:
    """Remembers what later lines leave out: the place, and how long an answer may take."""

    def __init__(self) -> None:
        self._bot_name = "STUF Bot"
        self._seconds = PATIENCE_SECONDS
        self._where: Where | None = None
        self._bot_spoke = False

    def read(self, text: str) -> tuple[str, tuple[Step, ...]]:
        steps: list[Step] = []
        mistakes: list[tuple[int, str]] = []
        for line, below in _blocks(text):
            try:
                step = self._step(line, below)
            except _WrongLine as error:
                mistakes.append((line.number, str(error)))
            else:
                steps += [step] if step else []
        if not steps and not mistakes:
            mistakes.append((1, "nobody says anything"))
        if mistakes:
            raise ScriptError(mistakes)
        return self._bot_name, tuple(steps)

    def _step(self, line: Line, below: list[str]) -> Step | None:
        if line.written.startswith(" "):
            raise _WrongLine("is indented, but nobody speaks above it")
        if found := _BOT_NAME.fullmatch(line.written):
            self._bot_name = found["name"]
            return None
        if found := _PATIENCE.fullmatch(line.written):
            self._seconds = _seconds(found)
            return None
        if found := _NEVER.fullmatch(line.written):
            return Never(line, found["text"], bool(found["channel"]))
        if found := _REACT.fullmatch(line.written):
            if not self._bot_spoke:
                raise _WrongLine("there is no message of the bot above to react to")
            return React(line, found["who"], found["emoji"])
        if found := _PRESS.fullmatch(line.written):
            return Press(line, found["who"], found["address"], _fields(below))
        if found := _SPEECH.fullmatch(line.written):
            return self._speech(line, found, below)
        raise _WrongLine("is not understood; a line looks like 'Tess: create' or 'Bot: What is it called?'")

    def _speech(self, line: Line, found: re.Match[str], below: list[str]) -> Step:
        if found["who"] == BOT:
            return self._expectation(line, found, below)
        if found["shows"] or found["amount"]:
            raise _WrongLine(f"only {BOT} shows something or has a time limit")
        self._go(line, found)
        where = self._known()
        if where.person and where.person != found["who"]:
            raise _WrongLine(f"these are the {where}; say where {found['who']} writes")
        text = "\n".join(([found["text"]] if found["text"] else []) + _dedent(below)).strip()
        if not text and not found["file"]:
            raise _WrongLine("says nothing")
        return Say(line, found["who"], where, text, found["file"] or "")

    def _go(self, line: Line, found: re.Match[str]) -> None:
        """Where a person writes from this line on, if it says so."""
        if found["to"]:
            if found["to"] not in ("the bot", BOT):
                raise _WrongLine(f"{found['who']} can write directly to the bot only: 'to the bot'")
            self._where = Where(person=found["who"])
        elif found["channel"]:
            if not found["topic"]:
                raise _WrongLine(f"needs a topic: '{found['who']} in #{found['channel']} > topic: ...'")
            self._where = Where(channel=found["channel"], topic=found["topic"])
        elif found["there"]:
            if not self._bot_spoke:
                raise _WrongLine("there is no message of the bot above that stands anywhere")
            self._where = Where(there=line.number)

    def _expectation(self, line: Line, found: re.Match[str], below: list[str]) -> Expect:
        if found["file"] or found["there"]:
            raise _WrongLine("only people bring files, or go there")
        if found["to"]:
            if found["to"] in ("the bot", BOT):
                raise _WrongLine(f"say to whom: '{BOT} to Tess: ...'")
            where = Where(person=found["to"])
        elif found["channel"]:
            where = Where(channel=found["channel"], topic=found["topic"] or "")
        else:
            where = self._known()
        texts = tuple(part for part in [found["text"] or "", *(part.strip() for part in below)] if part)
        if not texts:
            raise _WrongLine("expects nothing; write what the answer must contain")
        self._bot_spoke = True
        seconds = _seconds(found) if found["amount"] else self._seconds
        return Expect(line, where, texts, seconds, bool(found["shows"]))

    def _known(self) -> Where:
        if self._where is None:
            raise _WrongLine("says not where; write 'in #channel > topic' or 'to the bot' the first time")
        return self._where


def _blocks(text: str) -> Iterator[tuple[Line, list[str]]]:
    """Each line with the indented lines below it, without comments and the blank lines around."""
    current: Line | None = None
    below: list[str] = []
    for number, written in enumerate(text.splitlines(), start=1):
        if written.startswith("#"):
            continue
        if current and (written.startswith("  ") or not written.strip()):
            below.append(written)
        elif written.strip():
            if current:
                yield current, below
            current, below = Line(number, written.rstrip()), []
    if current:
        yield current, below


def _dedent(below: list[str]) -> list[str]:
    return [part.removeprefix("  ").rstrip() for part in below]


def _fields(below: list[str]) -> tuple[tuple[str, str], ...]:
    """What stands in a form: `name: value`, one a line."""
    fields = [part.strip().partition(": ") for part in below if part.strip()]
    if not all(name and value for name, _, value in fields):
        raise _WrongLine("below it stand the form's fields, one a line: '  text: I am on it.'")
    return tuple((name, value) for name, _, value in fields)


def _seconds(found: re.Match[str]) -> float:
    return float(found["amount"]) * _UNIT_SECONDS[found["unit"]]
