"""What became of each piece of news, and by which rule: what `why` answers from."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.relays.rules import Facts, Verdict
from stuf_bot.store.keys import short
from stuf_bot.store.relay_tables import TraceRow

KEPT = timedelta(days=60)
ALWAYS, INCIDENT, ASKED, NONE = "always", "incident", "asked", ""
_REASON = 300

Fate = Literal["told", "muted", "waits"]
TOLD: Fate = "told"
MUTED: Fate = "muted"
WAITS: Fate = "waits"


@dataclass(frozen=True, slots=True)
class Trace:
    """One piece of news. `reason` is 'always', 'incident', 'asked', empty where no rule spoke, or the rule as typed.

    `rule` is the rule's name. `waited` says that it was held back.
    """

    fate: Fate
    reason: str
    rule: str
    facts: Facts
    at: datetime
    waited: bool = False


def note(  # noqa: PLR0913 - what it was, what became of it, and why.
    session: Session,
    key: str,
    subject_key: str,
    *,
    fate: Fate,
    verdict: Verdict | str,
    facts: Facts,
    now: datetime,
) -> bool:
    """Note it; False where this news was noted before. A verdict that is a text is one of the reasons above."""
    rule = None if isinstance(verdict, str) else verdict.rule
    reason = verdict if isinstance(verdict, str) else (rule.typed() if rule else NONE)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(TraceRow).values(
        key=short(key),
        subject_key=short(subject_key),
        verdict=fate,
        reason=reason[:_REASON],
        facts=asdict(facts) | {"rule": rule.name if rule else "", "waited": fate == WAITS},
        at=now,
    )
    noted = session.execute(
        row.on_conflict_do_nothing(index_elements=["key"]).returning(TraceRow.id)
    ).scalar_one_or_none()
    return noted is not None


def told(session: Session, keys: list[str]) -> None:
    """What waited has been told."""
    session.execute(
        update(TraceRow).where(TraceRow.key.in_([short(key) for key in keys])).values(verdict=TOLD)
    )


def last(session: Session, subject_key: str) -> Trace | None:
    """What was told last of a subject; where nothing was, what waits or was muted last."""
    of_subject = select(TraceRow).where(TraceRow.subject_key == short(subject_key))
    newest = of_subject.order_by((TraceRow.verdict == TOLD).desc(), TraceRow.id.desc()).limit(1)
    row = session.scalar(newest)
    return _trace(row) if row else None


def of_news(session: Session, key: str) -> Trace | None:
    """What became of the news whose message has this key."""
    row = session.scalar(select(TraceRow).where(TraceRow.key == short(key)))
    return _trace(row) if row else None


def subject_of(session: Session, key: str) -> str | None:
    """The key of the subject that this news is about."""
    return session.scalar(select(TraceRow.subject_key).where(TraceRow.key == short(key)))


def expire(session: Session, now: datetime) -> None:
    """Forget what is old."""
    if session.scalar(select(TraceRow.id).where(TraceRow.at < now - KEPT).limit(1)):
        session.execute(delete(TraceRow).where(TraceRow.at < now - KEPT))


def _trace(row: TraceRow) -> Trace:
    kept = dict(row.facts)
    rule, waited = kept.pop("rule", ""), kept.pop("waited", False)
    fate: Fate = TOLD if row.verdict == TOLD else WAITS if row.verdict == WAITS else MUTED
    return Trace(fate, row.reason, rule, Facts(**kept), row.at, waited)
