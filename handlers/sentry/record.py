"""What the bot remembers of an issue: what Sentry last told, and what was said about it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.sentry.wording import clean
from provisioning.sentry.models import Frame, Issue
from stuf_bot.relays.objects import Objects
from stuf_bot.store.relay_tables import ObjectRow

PREFIX = "sentry:issue:"
_OPEN = "sentry:open:"
_LOOKED = "sentry:looked"
# Sentry's ids are digits, which come before it in the order of every database.
_LAST = "z"
_DAY = timedelta(hours=24)
_REMEMBERED = 100


class Record(BaseModel):
    """An issue as it is kept: nothing personal, and no variables of the code.

    `stuf` is the slug of its STUF, empty for the fleet. `frames` are the innermost of our own, the
    innermost first. `users_today` are people in 24 h, None where Sentry does not tell. `turns` counts what
    was news. `heard` are the ids of comments that were told, `said` the digests of what we wrote as comments.
    `gone` once Sentry knows it no more. `read_at`: when Sentry was last asked for all of it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    issue: Issue
    stuf: str = ""
    frames: tuple[Frame, ...] = ()
    release: str = ""
    environment: str = ""
    transaction: str = ""
    users_today: int | None = None
    turns: int = 0
    heard: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    gone: bool = False
    read_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done about it."""
        return self.gone or self.issue.status == "resolved"

    @property
    def is_measured(self) -> bool:
        """Whether a monitor made it: it is told as an alarm, and has no topic as an issue."""
        return self.issue.issue_type == "metric_issue"

    @property
    def is_open(self) -> bool:
        """Whether it is unresolved, as far as is known."""
        return not self.gone and self.issue.status == "unresolved"

    @property
    def name(self) -> str:
        """The short id that Sentry calls it by, or what stands for one until Sentry tells it."""
        return self.issue.short_id or f"sentry-{self.issue.id}"

    @property
    def key(self) -> str:
        """The name of the object, of its relays and of the order of its errands."""
        return key_of(self.issue.id)

    @property
    def events(self) -> int:
        """Events in the last 24 hours, as far as Sentry told."""
        if self.issue.hours:
            return sum(self.issue.hours)
        return self.issue.count if self._is_young else 0

    @property
    def people(self) -> int:
        """People in the last 24 hours, or ever where Sentry tells no more."""
        return self.issue.user_count if self.users_today is None else self.users_today

    @property
    def _is_young(self) -> bool:
        first, last = self.issue.first_seen, self.issue.last_seen
        return first is not None and last is not None and last - first < _DAY

    def changed(self, **values: Any) -> "Record":
        """The same with other values."""
        return self.model_copy(update=values)

    def has_heard(self, comment: str) -> "Record":
        """With one more comment that was told."""
        return self.changed(heard=(*self.heard, comment)[-_REMEMBERED:])

    def has_said(self, text: str) -> "Record":
        """With one more comment of ours."""
        return self.changed(said=(*self.said, digest(text))[-_REMEMBERED:])

    def is_ours(self, text: str) -> bool:
        """Whether this is what we wrote as a comment."""
        return digest(text) in self.said


def key_of(issue: str) -> str:
    """The key of an issue by Sentry's id."""
    return f"{PREFIX}{issue}"


def digest(text: str) -> str:
    """A comment by what it says, whatever the blanks."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:20]


def first(issue: Issue, stuf: str) -> Record:
    """An issue that is heard of for the first time."""
    return Record(issue=cleaned(issue), stuf=stuf)


def merged(record: Record, issue: Issue) -> Record:
    """With what Sentry tells now; what it left out (counts by the hour, releases) stays."""
    told, before = cleaned(issue), record.issue
    names = ("short_id", "title", "culprit", "link", "type", "first_release", "last_release", "hours")
    kept = {name: getattr(told, name) or getattr(before, name) for name in names}
    seen = [at for at in (told.last_seen, before.last_seen) if at is not None]
    return record.changed(issue=told.model_copy(update={**kept, "last_seen": max(seen, default=None)}))


def located(
    record: Record, frames: Iterable[Frame], *, release: str, environment: str, transaction: str
) -> Record:
    """With where it happened last; `frames` the innermost first."""
    shown = tuple(frame.model_copy(update={"code": clean(frame.code)}) for frame in frames)
    return record.changed(
        frames=shown or record.frames,
        release=release or record.release,
        environment=environment or record.environment,
        transaction=clean(transaction) or record.transaction,
    )


def cleaned(issue: Issue) -> Issue:
    """Without addresses and numbers that an exception may quote."""
    return issue.model_copy(update={"title": clean(issue.title), "culprit": clean(issue.culprit)})


def read(session: Session, objects: Objects, issue: str) -> Record | None:
    """What is remembered of an issue, by Sentry's id; nobody else changes it until the transaction ends."""
    facts = objects.read(session, key_of(issue))
    return Record.model_validate(facts) if facts else None


def keep(session: Session, objects: Objects, record: Record) -> None:
    """Remember it, and by a key of its own whether it is open: those are found without reading all others."""
    objects.keep(session, record.key, record.stuf, record.model_dump(mode="json"))
    mark = _OPEN + record.issue.id
    if record.is_open:
        objects.keep(session, mark, record.stuf, {})
    else:
        session.execute(delete(ObjectRow).where(ObjectRow.key == mark))


def known(session: Session, stufs: Sequence[str] | None = None) -> Sequence[Record]:
    """Every issue that is remembered, of these STUFs ("" is the fleet) or of all; the newest events first."""
    query = select(ObjectRow.facts).where(ObjectRow.key.startswith(PREFIX))
    if stufs is not None:
        query = query.where(ObjectRow.stuf.in_(stufs))
    records = [Record.model_validate(facts) for facts in session.scalars(query)]
    return sorted(records, key=lambda record: _moment(record.issue.last_seen), reverse=True)


def those(session: Session, issues: Iterable[str]) -> dict[str, Record]:
    """What is remembered of these, by Sentry's ids."""
    query = select(ObjectRow.facts).where(ObjectRow.key.in_([key_of(issue) for issue in issues]))
    found = [Record.model_validate(facts) for facts in session.scalars(query)]
    return {record.issue.id: record for record in found}


def still_open(session: Session) -> Sequence[str]:
    """The ids of all that are unresolved, as far as is known."""
    query = select(ObjectRow.key).where(ObjectRow.key.between(_OPEN, _OPEN + _LAST)).order_by(ObjectRow.key)
    return [key.removeprefix(_OPEN) for key in session.scalars(query)]


def next_ones(session: Session, objects: Objects, most: int) -> Sequence[Record]:
    """So many of all, other ones each time: those that were not given for the longest time."""
    after = str((objects.read(session, _LOOKED) or {}).get("after") or PREFIX)
    query = select(ObjectRow.key, ObjectRow.facts).order_by(ObjectRow.key)
    beyond = query.where(ObjectRow.key > after, ObjectRow.key <= PREFIX + _LAST)
    rows = session.execute(beyond.limit(most)).all()
    if len(rows) < most:
        again = query.where(ObjectRow.key.between(PREFIX, after))
        rows = [*rows, *session.execute(again.limit(most - len(rows)))]
    if rows:
        objects.keep(session, _LOOKED, "", {"after": rows[-1].key})
    return [Record.model_validate(row.facts) for row in rows]


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
