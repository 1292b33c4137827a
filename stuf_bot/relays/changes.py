"""What somebody wants to be told otherwise, typed: read from their words, and written as words again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from stuf_bot.relays.hours import Quiet
from stuf_bot.relays.rules import Conditions, typed_conditions


@dataclass(frozen=True, slots=True)
class AddRule:
    """One more rule."""

    mode: Literal["mute", "only"]
    conditions: Conditions
    until: datetime | None = None

    def typed(self) -> str:
        """As one types it."""
        ends = f" until {self.until.strftime('%Y-%m-%dT%H:%MZ')}" if self.until else ""
        return f"{self.mode} {typed_conditions(self.conditions)}{ends}"


@dataclass(frozen=True, slots=True)
class Unmute:
    """Take rules back: by their names, or, where there is none, all that people gave."""

    names: Sequence[str] = ()

    def typed(self) -> str:
        """As one types it."""
        return f"unmute {' '.join(self.names) or 'all'}"


@dataclass(frozen=True, slots=True)
class Restore:
    """Let rules hold again that held of themselves, by their letters."""

    names: Sequence[str]

    def typed(self) -> str:
        """As one types it."""
        return f"mute {' '.join(self.names)}"


@dataclass(frozen=True, slots=True)
class SetQuiet:
    """Quiet hours, or none."""

    quiet: Quiet | None

    def typed(self) -> str:
        """As one types it."""
        return f"quiet {self.quiet.shown() if self.quiet else 'off'}"


@dataclass(frozen=True, slots=True)
class SetBatch:
    """News are gathered for so long, or not at all."""

    batch: timedelta

    def typed(self) -> str:
        """As one types it."""
        return f"batch {int(self.batch.total_seconds() // 60)}m" if self.batch else "batch off"


@dataclass(frozen=True, slots=True)
class SetChannel:
    """Where new topics begin; empty: in the STUF's own channel."""

    channel: str

    def typed(self) -> str:
        """As one types it."""
        return f"channel {f'#**{self.channel}**' if self.channel else 'own'}"


Change = AddRule | Unmute | Restore | SetQuiet | SetBatch | SetChannel
