"""Plays a conversation line by line, and tells how it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from stuf_bot.play import button
from stuf_bot.play.heard import RESOLVED, Heard, Utterance
from stuf_bot.play.script import Expect, Line, Never, Press, React, Say, Script, Step, Where
from stuf_bot.play.wording import Unknown, Wording

_EMOJI = {"👍": "thumbs_up", "👎": "thumbs_down", "👀": "eyes", "🎉": "tada", "✅": "check"}
_SHOWN = 5


class Player(Protocol):
    """Who speaks: an account on a realm, or a test's own."""

    @property
    def full_name(self) -> str:
        """The name as Zulip shows it."""

    def say(self, where: Where, text: str) -> int:
        """Send a message; returns its id."""

    def upload(self, path: Path) -> str:
        """Upload a file; returns the Markdown that links it."""

    def react(self, message_id: int, emoji_name: str) -> None:
        """React to a message."""

    def look(self, where: Where) -> None:
        """Read the newest messages there, in case an event was missed."""


@dataclass(frozen=True, slots=True)
class Done:
    """A line that was played: how long it took, in seconds."""

    line: Line
    seconds: float


class Failed(Exception):  # noqa: N818 - the outcome of a conversation, not a fault of the program.
    """An expectation was not met. `line` names it, `came` is what the bot said instead."""

    def __init__(self, line: Line, reason: str, came: tuple[str, ...] = ()) -> None:
        super().__init__(f"line {line.number}: {reason}")
        self.line = line
        self.reason = reason
        self.came = came


class Play:
    """One performance of a script by the players, who are known by the names in the file."""

    def __init__(
        self,
        script: Script,
        players: Mapping[str, Player],
        heard: Heard,
        wording: Wording,
        tell: Callable[[str], None],
    ) -> None:
        self._script = script
        self._players = {name.casefold(): player for name, player in players.items()}
        self._heard = heard
        self._wording = wording
        self._tell = tell
        self._now = heard.now
        self._last: Utterance | None = None
        self._there: dict[int, Where] = {}

    def perform(self) -> list[Done]:
        """Play all lines; returns how long each took. Raises Failed at the first that did not go as written."""
        begin = self._now()
        done: list[Done] = []
        for step in self._script.steps:
            started = self._now()
            try:
                self._play(step, started - begin)
            except Unknown as error:
                raise Failed(step.line, f"{error}; an answer of the bot above has to show it") from None
            if self._heard.broken:
                raise Failed(step.line, "; ".join(self._heard.broken))
            done.append(Done(step.line, self._now() - started))
        return done

    def _play(self, step: Step, moment: float) -> None:
        match step:
            case Say():
                self._say(step, moment)
            case React():
                self._react(step, moment)
            case Press():
                self._press(step, moment)
            case Expect():
                self._expect(step)
            case Never():
                self._heard.forbid(self._wording.spoken(step.text), in_channels=step.in_channels)

    def _say(self, step: Say, moment: float) -> None:
        player = self._players[step.who.casefold()]
        text = self._wording.spoken(step.text)
        if step.file:
            text = f"{text}\n{player.upload(self._script.folder / step.file)}".strip()
        where = self._place(step.where)
        self._show(moment, f"{step.who}, {where}", text)
        # A topic that was marked as done is written to under the name that it has now.
        now = self._last.place if self._last and step.where.there and self._last.at(where) else where
        player.say(where if where.person else now, text)

    def _react(self, step: React, moment: float) -> None:
        if self._last is None:
            raise Failed(step.line, "there is no message of the bot to react to")
        self._show(moment, f"{step.who} reacts", step.emoji)
        self._players[step.who.casefold()].react(self._last.message_id, _EMOJI.get(step.emoji, step.emoji))

    def _press(self, step: Press, moment: float) -> None:
        address = self._wording.spoken(step.address)
        self._show(moment, f"{step.who} presses the button", address)
        fields = {name: self._wording.spoken(value) for name, value in step.fields}
        if wrong := button.press(address, step.who, fields):
            raise Failed(step.line, f"{step.who} could not press the button at {address}: {wrong}")

    def _expect(self, step: Expect) -> None:
        where = self._place(step.where)
        looker = self._players.get(where.person.casefold()) or next(iter(self._players.values()))
        begin = self._now()
        utterance = self._heard.find(
            where,
            lambda content: self._wording.met(step.texts, content),
            step.seconds,
            shows=step.shows,
            look=lambda: looker.look(where),
        )
        if utterance is None:
            wanted = " … ".join(step.texts)
            verb = "showed" if step.shows else "said"
            reason = f"the bot {verb} nothing with “{wanted}” in {where} within {step.seconds:g} s"
            raise Failed(step.line, reason, tuple(self._heard.lately(where)[-_SHOWN:]))
        self._last = utterance
        self._show(self._now() - begin, f"Bot, {utterance.place}", utterance.content, after=True)

    def _place(self, where: Where) -> Where:
        """The place with names in braces filled in; people are named as the file's first mention of them."""
        if where.there:
            if where.there not in self._there and self._last is not None:
                place = self._last.place
                self._there[where.there] = replace(place, topic=place.topic.removeprefix(RESOLVED))
            return self._there[where.there]
        return Where(self._wording.spoken(where.channel), self._wording.spoken(where.topic), where.person)

    def _show(self, seconds: float, head: str, text: str, *, after: bool = False) -> None:
        time_told = f"after {seconds:.1f} s" if after else f"{seconds:7.1f} s"
        lines = text.splitlines() or [""]
        self._tell(f"{head} ({time_told}):")
        for line in lines:
            self._tell(f"    {line}")
