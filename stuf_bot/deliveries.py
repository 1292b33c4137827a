"""Deliveries that nobody understood, or whose handler failed: kept for a while, to be looked at and handled again.

Whoever handles the deliveries of a source calls `unknown` for one of a kind that it does not know, or that is
not what its kind should be; it then says nothing of it. Of a handler that raises the dispatcher tells by itself
(`failed`). Both take the session of the transaction in which the delivery is handled.

A delivery handled again comes with the same key: what was posted under a key of its own is posted once.
So a handler of deliveries gives each of its posts a key, made of the object and what happened to it.

A body may be personal: it is never shown, is emptied once it was handled, and goes after two weeks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.acts import Act
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.delivery_tables import DeliveryCount, KeptDelivery
from stuf_bot.store.tables import table_of

UNKNOWN: Final = "unknown"
FAILED: Final = "failed"
KEPT: Final = "kept"
WAITING: Final = "waiting"
HANDLED: Final = "handled"

FETCHED: Final = "fetched:"
"""How the ids begin of deliveries that the sender did not make: what was missed, as it was found later."""

KEEP: Final = timedelta(days=14)
KEEP_COUNTS: Final = timedelta(days=30)
MOST: Final = 200
MOST_OF_A_KIND: Final = 20
MOST_BYTES: Final = 256_000
MOST_BYTES_TOGETHER: Final = 16_000_000

_T = table_of(KeptDelivery)
_C = table_of(DeliveryCount)
# Every delivery passes through these: they are made once.
_IS_REPLAYED = select(_T.c.kept_at).where(_T.c.key == bindparam("of"), _T.c.state == WAITING)
_SETTLE = update(_T).where(_T.c.key == bindparam("of"), _T.c.state == WAITING).values(state=HANDLED, body="")
_COUNT = {
    name: dialect.insert(_C).on_conflict_do_update(
        index_elements=["day", "source", "outcome"], set_={"number": _C.c.number + bindparam("more")}
    )
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_WITHOUT_BODY = [column for column in _T.c if column is not _T.c.body]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept delivery without its body; `replayable` says whether that is still there. `size` in bytes."""

    id: int
    key: str
    source: str
    delivery_id: str
    kind: str
    subject: str
    why: str
    reference: str
    state: str
    size: int
    kept_at: datetime
    replays: int
    replayed_at: datetime | None
    replayed_by: int | None
    replayable: bool


def unknown(session: Session, delivery: DeliveryReceived, now: datetime) -> None:
    """Nobody knows what this delivery means."""
    _keep(session, delivery, now, UNKNOWN, "")


def failed(session: Session, delivery: DeliveryReceived, now: datetime, reference: str = "") -> None:
    """A handler of this delivery raised; `reference` leads to the log."""
    _keep(session, delivery, now, FAILED, reference)


def settle(session: Session, key: str) -> bool:
    """A delivery is through all its handlers: one handled again is done with unless it was kept again.

    Gives whether it was one. Its body is emptied.
    """
    return bool(session.connection().execute(_SETTLE, {"of": key}).rowcount)


def replaying(session: Session, key: str) -> bool:
    """Whether the delivery with this key is handled for another time, on somebody's word."""
    return session.connection().execute(_IS_REPLAYED, {"of": key}).first() is not None


def came_at(session: Session, key: str, now: datetime) -> datetime:
    """When a delivery was handled for the first time: now, but for one that is handled again.

    For what is named by the time at which it was heard, since its sender does not date it.
    """
    found: datetime | None = session.connection().execute(_IS_REPLAYED, {"of": key}).scalar()
    return found or now


def again(session: Session, number: int, person_id: int, now: datetime) -> DeliveryReceived | None:
    """The delivery, to be put into the inbox once its key is forgotten there; None where it cannot be had.

    It is noted who wanted it, and when.
    """
    row = session.get(KeptDelivery, number, with_for_update=True)
    if row is None or not row.body or row.state != KEPT:
        return None
    row.state, row.replays = WAITING, row.replays + 1
    row.replayed_at, row.replayed_by = now, person_id
    session.flush()
    return DeliveryReceived(
        source=row.source,
        delivery_id=row.delivery_id,
        kind=row.kind,
        subject=row.subject,
        body=json.loads(row.body),
    )


def find(session: Session, number: int) -> Kept | None:
    """The kept delivery with this number."""
    found = _select(session, _T.c.id == number)
    return found[0] if found else None


def any_kept(session: Session) -> bool:
    """Whether there is one that may be handled again."""
    return session.scalar(select(_T.c.id).where(_T.c.state == KEPT).limit(1)) is not None


def newest(session: Session) -> Sequence[Kept]:
    """All that are not handled by now, the newest first."""
    return _select(session, _T.c.state != HANDLED)


def count(session: Session, now: datetime, source: str, outcome: str, number: int = 1) -> None:
    """So many more deliveries of `source` were `accepted`, `repeated`, or refused for a reason (its code)."""
    row = {"day": now.date(), "source": source[:20], "outcome": outcome[:40], "number": number}
    connection = session.connection()
    connection.execute(_COUNT[connection.dialect.name], row | {"more": number})


def counts(session: Session, since: datetime) -> dict[str, dict[str, int]]:
    """How many by source and outcome, since the day of `since` (UTC)."""
    query = (
        select(_C.c.source, _C.c.outcome, func.sum(_C.c.number))
        .where(_C.c.day >= since.date())
        .group_by(_C.c.source, _C.c.outcome)
        .order_by(_C.c.source, _C.c.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for source, outcome, number in session.execute(query):
        found.setdefault(source, {})[outcome] = int(number)
    return found


def tidy(session: Session, now: datetime) -> list[Act]:
    """Forget what is old, and the bodies of the oldest where all together are too large. Gives nothing to say."""
    session.execute(delete(_T).where(_T.c.kept_at < now - KEEP))
    session.execute(delete(_C).where(_C.c.day < (now - KEEP_COUNTS).date()))
    if (session.scalar(select(func.sum(_T.c.size))) or 0) <= MOST_BYTES_TOGETHER:
        return []
    together = 0
    for number, size in session.execute(
        select(_T.c.id, _T.c.size).where(_T.c.body != "").order_by(_T.c.id.desc())
    ).all():
        together += size
        if together > MOST_BYTES_TOGETHER:
            session.execute(update(_T).where(_T.c.id <= number, _T.c.state == KEPT).values(body=""))
            break
    return []


def _keep(session: Session, delivery: DeliveryReceived, now: datetime, why: str, reference: str) -> None:
    known = session.scalars(
        select(KeptDelivery).where(KeptDelivery.key == delivery.key).with_for_update()
    ).one_or_none()
    body = json.dumps(delivery.body, separators=(",", ":"))
    size = len(body.encode())
    if size > MOST_BYTES:
        body = ""
    if known is not None:
        # That a handler failed tells more than that another did not know it.
        known.why = FAILED if FAILED in {known.why, why} and known.state != WAITING else why
        known.state, known.body = KEPT, body
        known.reference = reference or known.reference
        session.flush()
        return
    session.add(
        KeptDelivery(
            key=delivery.key,
            source=delivery.source[:20],
            delivery_id=delivery.delivery_id,
            kind=delivery.kind[:200],
            subject=delivery.subject[:300],
            why=why,
            reference=reference,
            state=KEPT,
            body=body,
            size=size,
            kept_at=now,
            replays=0,
        )
    )
    session.flush()
    _make_room(session, delivery)


def _make_room(session: Session, delivery: DeliveryReceived) -> None:
    """A flood of one kind pushes out its own older ones; what is waited for stays."""
    idle = _T.c.state != WAITING
    same = _T.c.source == delivery.source[:20], _T.c.kind == delivery.kind[:200]
    for most, those in ((MOST_OF_A_KIND, same), (MOST, ())):
        oldest = select(_T.c.id).where(*those).order_by(_T.c.id.desc()).offset(most).limit(1)
        last = session.scalar(oldest)
        if last is not None:
            session.execute(delete(_T).where(*those, idle, _T.c.id <= last))


def _select(session: Session, *conditions: Any) -> Sequence[Kept]:
    query = select(*_WITHOUT_BODY, (_T.c.body != "").label("replayable")).where(*conditions)
    return [Kept(**row._mapping) for row in session.execute(query.order_by(_T.c.id.desc()))]  # noqa: SLF001 - the documented name.
