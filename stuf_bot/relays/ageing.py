"""What is over and has long been still is forgotten; what is open stays, however old it is.

Its messages keep their names: should it come back, its card is the one that was there, and nothing is said twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from stuf_bot.store.relay_tables import ObjectRow, SubjectRow, TraceRow, WaitingNewsRow

KEPT = timedelta(days=180)
AT_ONCE = 500
"""So many of each are forgotten in one go: the clock comes round again."""

_SETTINGS = ("trends:%", "deployments:%", "%:access")
"""What stays of an object that may be over: thresholds, numbers that are never given twice, who may read what."""
_OF_THEMSELVES = ("github:%:run:%",)
"""Objects without a topic of their own, that end by themselves."""


def tidy(session: Session, now: datetime) -> None:
    """Forget what is done and was last told of long ago, with its facts and traces; and the facts of old runs."""
    before = now - KEPT
    over = select(SubjectRow.key).where(
        SubjectRow.done,
        SubjectRow.changed_at < before,
        ~exists().where(WaitingNewsRow.subject_key == SubjectRow.key),
        # Something is still learned of it, though nothing is told.
        ~exists().where(ObjectRow.key == SubjectRow.key, ObjectRow.changed_at >= before),
    )
    keys = session.scalars(over.order_by(SubjectRow.changed_at).limit(AT_ONCE)).all()
    if keys:
        facts = delete(ObjectRow).where(ObjectRow.key.in_(keys))
        session.execute(facts.where(*(~ObjectRow.key.like(each) for each in _SETTINGS)))
        session.execute(delete(TraceRow).where(TraceRow.subject_key.in_(keys)))
        session.execute(delete(SubjectRow).where(SubjectRow.key.in_(keys)))
    for each in _OF_THEMSELVES:
        old = select(ObjectRow.key).where(
            ObjectRow.changed_at < before,
            ObjectRow.key.like(each),
            ~exists().where(SubjectRow.key == ObjectRow.key),
        )
        runs = session.scalars(old.order_by(ObjectRow.changed_at).limit(AT_ONCE)).all()
        if runs:
            session.execute(delete(ObjectRow).where(ObjectRow.key.in_(runs)))
