"""What a conversation consists of, as docs/conversations.md describes it."""

from dataclasses import dataclass
from pathlib import Path

BOT = "Bot"
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Where:
    """A place: a channel with a topic ("" is any topic), or, with `person`, the direct messages with the bot.

    `there`, a line's number: where the message of the bot stood that was met last before that line.
    """

    channel: str = ""
    topic: str = ""
    person: str = ""
    there: int = 0

    def __str__(self) -> str:
        if self.person:
            return f"direct messages of {self.person}"
        return f"#{self.channel} > {self.topic}" if self.topic else f"#{self.channel}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, and as it is written."""

    number: int
    written: str


@dataclass(frozen=True, slots=True)
class Say:
    """`who` sends `text`, with a file when `file` is named (a path beside the conversation)."""

    line: Line
    who: str
    where: Where
    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class React:
    """`who` reacts to the message of the bot that was met last."""

    line: Line
    who: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Press:
    """`who` presses the button on a web page whose form, with these fields in it, goes to `address`."""

    line: Line
    who: str
    address: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """The bot says (`shows` false), or one of its messages shows, all `texts`, in order, within `seconds`."""

    line: Line
    where: Where
    texts: tuple[str, ...]
    seconds: float
    shows: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """From here on the bot never writes `text`; with `in_channels`, in direct messages it may."""

    line: Line
    text: str
    in_channels: bool


Step = Say | React | Press | Expect | Never


@dataclass(frozen=True, slots=True)
class Script:
    """A whole conversation; `folder` holds the files that people bring along."""

    bot_name: str
    steps: tuple[Step, ...]
    folder: Path

    @property
    def people(self) -> tuple[str, ...]:
        """Who speaks, reacts or is written to, in the order of appearance."""
        named = [
            step.who if isinstance(step, Say | React) else step.where.person
            for step in self.steps
            if not isinstance(step, Never | Press)
        ]
        return tuple(dict.fromkeys(name for name in named if name))
