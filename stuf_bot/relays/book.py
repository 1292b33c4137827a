"""The rules and the ways of telling of each STUF, as they lie in the database. The fleet's own scope is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stuf_bot.relays.defaults import DEFAULTS
from stuf_bot.relays.hours import Quiet
from stuf_bot.relays.rules import Conditions, Rule
from stuf_bot.store.relay_tables import RelaySettingsRow, RuleRow

MOST_RULES = 100


@dataclass(frozen=True, slots=True)
class Ways:
    """How a STUF's relays are told: where (empty: in its own channel), not when, and together for how long."""

    channel: str = ""
    quiet: Quiet | None = None
    batch: timedelta = timedelta()
    loud: frozenset[str] = frozenset()

    @property
    def defaults(self) -> list[Rule]:
        """The rules that hold of themselves and were not taken back."""
        return [rule for rule in DEFAULTS if rule.name not in self.loud]


class TooMany(Exception):  # noqa: N818 - it says what would be.
    """No more rules are taken for this scope."""


def ways(session: Session, scope: str) -> Ways:
    """How the scope's relays are told."""
    row = session.get(RelaySettingsRow, scope)
    if row is None:
        return Ways()
    quiet = Quiet(row.quiet_from, row.quiet_until, row.zone) if row.quiet_from != row.quiet_until else None
    return Ways(row.channel, quiet, timedelta(seconds=row.batch_seconds), frozenset(row.loud))


def own_rules(session: Session, scope: str, now: datetime) -> list[Rule]:
    """The rules that people gave it and that have not ended, by number."""
    query = select(RuleRow).where(RuleRow.scope == scope).order_by(RuleRow.number)
    rules = (_rule(row) for row in session.scalars(query))
    return [rule for rule in rules if rule.holds(now)]


def rules(session: Session, scope: str, known: Ways, now: datetime) -> list[Rule]:
    """All rules that hold: people's, then those that hold of themselves; `known` are the scope's ways."""
    return [*own_rules(session, scope, now), *known.defaults]


def add(  # noqa: PLR0913 - who, what, until when.
    session: Session,
    scope: str,
    mode: Literal["mute", "only"],
    conditions: Conditions,
    *,
    until: datetime | None,
    person_id: int,
    now: datetime,
) -> Rule:
    """One more rule; the same once more takes the place of the first, with the new end. Raises TooMany."""
    expire(session, now)
    plain = {field: list(patterns) for field, patterns in conditions.items()}
    settings = _settings(session, scope)
    query = select(RuleRow).where(RuleRow.scope == scope).order_by(RuleRow.number)
    there = session.scalars(query).all()
    same = next((row for row in there if row.mode == mode and row.conditions == plain), None)
    if same is not None:
        same.until, same.person_id = until, person_id
        return _rule(same)
    if len(there) >= MOST_RULES:
        raise TooMany
    # A number is never given twice: who types `unmute 2` means the rule that was 2 when it was listed.
    settings.last_number += 1
    row = RuleRow(
        scope=scope,
        number=settings.last_number,
        mode=mode,
        conditions=plain,
        until=until,
        person_id=person_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _rule(row)


def remove(session: Session, scope: str, names: Sequence[str]) -> None:
    """Take back the rules with these names; letters are those that hold of themselves."""
    numbers = [int(name) for name in names if name.isdigit()]
    letters = [name for name in names if not name.isdigit()]
    if numbers:
        session.execute(delete(RuleRow).where(RuleRow.scope == scope, RuleRow.number.in_(numbers)))
    if letters:
        row = _settings(session, scope)
        row.loud = sorted({*row.loud, *letters})


def restore(session: Session, scope: str, letters: Sequence[str]) -> None:
    """Let rules hold again that held of themselves."""
    row = _settings(session, scope)
    row.loud = sorted(set(row.loud) - set(letters))


def set_quiet(session: Session, scope: str, quiet: Quiet | None) -> None:
    """Quiet hours, or none."""
    row = _settings(session, scope)
    row.quiet_from, row.quiet_until, row.zone = (quiet.start, quiet.end, quiet.zone) if quiet else (0, 0, "")


def set_batch(session: Session, scope: str, batch: timedelta) -> None:
    """How long news are gathered; nothing: each is told at once."""
    _settings(session, scope).batch_seconds = int(batch.total_seconds())


def set_channel(session: Session, scope: str, channel: str) -> None:
    """Where new topics are begun; empty: in the STUF's own channel."""
    _settings(session, scope).channel = channel


def serial(session: Session, scope: str) -> int:
    """How many STUFs of this name went."""
    row = session.get(RelaySettingsRow, scope)
    return row.serial if row else 0


def forget(session: Session, scope: str) -> None:
    """Forget all that was set for it, and count that it went."""
    session.execute(delete(RuleRow).where(RuleRow.scope == scope))
    row = _settings(session, scope)
    row.channel, row.quiet_from, row.quiet_until, row.zone = "", 0, 0, ""
    row.batch_seconds, row.loud, row.last_number = 0, [], 0
    row.serial += 1


def expire(session: Session, now: datetime) -> None:
    """Forget the rules that have ended."""
    if session.scalar(select(RuleRow.id).where(RuleRow.until <= now).limit(1)):
        session.execute(delete(RuleRow).where(RuleRow.until <= now))


def _settings(session: Session, scope: str) -> RelaySettingsRow:
    """The scope's row, made where there is none, and locked."""
    row = session.get(RelaySettingsRow, scope, with_for_update=True)
    if row is None:
        row = RelaySettingsRow(
            scope=scope,
            channel="",
            quiet_from=0,
            quiet_until=0,
            zone="",
            batch_seconds=0,
            loud=[],
            last_number=0,
            serial=0,
        )
        session.add(row)
        session.flush()
    return row


def _rule(row: RuleRow) -> Rule:
    mode: Literal["mute", "only"] = "only" if row.mode == "only" else "mute"
    return Rule(str(row.number), mode, row.conditions, row.until)
