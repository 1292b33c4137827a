"""Commands with arguments of every type."""

from typing import Annotated, Any, Literal

from pydantic import Field

from stuf_bot.chat.arguments import (
    Block,
    ChannelArg,
    Duration,
    EmailArg,
    FormerPersonArg,
    Named,
    PersonArg,
    PhoneArg,
    Rest,
    StufName,
    When,
)
from stuf_bot.chat.grammar import Grammar
from stuf_bot.messages import Command, Effect


class Help(Command, words="help", aliases=("?",), examples=("help",)):
    """Show help."""

    command: Annotated[str, Rest()] = ""


class List(Command, words="list", aliases=("ls",)):
    """List."""


class Status(Command, words="status", examples=("status acme-audit",)):
    """Show a STUF."""

    stuf: StufName


class Mute(Command, words="mute", effect=Effect.CHANGES, examples=("mute acme-audit 3 days too loud",)):
    """Mute a STUF."""

    stuf: StufName
    length: Duration
    why: Annotated[str, Rest()] = ""


class Share(Command, words="viewer add", effect=Effect.CHANGES):
    """Let somebody look on."""

    stuf: StufName
    who: PersonArg
    level: Literal["reader", "writer"] = "reader"


class Unshare(Command, words="viewer remove", effect=Effect.CHANGES):
    """Let somebody look on no more."""

    stuf: StufName
    who: FormerPersonArg


class Move(Command, words="move", effect=Effect.CHANGES):
    """Announce elsewhere."""

    stuf: StufName
    channel: ChannelArg


class Log(Command, words="log"):
    """Show the log."""

    stuf: StufName | None = None
    since: Annotated[When | None, Named()] = None
    days: Annotated[int, Field(ge=1)] = 7


class Invite(Command, words="invite", effect=Effect.CHANGES):
    """Let somebody upload."""

    stuf: StufName
    email: EmailArg
    phone: PhoneArg


class Note(Command, words="note", effect=Effect.CHANGES):
    """Write something down."""

    stuf: StufName
    text: Annotated[str, Rest(lines=True)]


class Make(Command, words="make", aliases=("make stuf",), effect=Effect.COSTS):
    """Make something."""

    given: Annotated[dict[str, Any], Block()] = Field(default_factory=dict)


class Abandon(Command, words="abandon", effect=Effect.DESTROYS):
    """Remove a STUF."""

    stuf: StufName


COMMANDS = (Help, List, Status, Mute, Share, Unshare, Move, Log, Invite, Note, Make, Abandon)
GRAMMAR = Grammar(COMMANDS)
