"""Plans as they lie in the database: shown, good once, for fifteen minutes.

Who has to say yes, and what follows, is `stuf_bot.chat.confirmation`'s.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.chat import plan_wording
from stuf_bot.chat.listening import WAITING
from stuf_bot.context import Context
from stuf_bot.messages import Effect
from stuf_bot.places import Direct, Topic, conversation
from stuf_bot.policy import Way
from stuf_bot.store.conversation_tables import PlanRow, load_place, store_place

GOOD_FOR = timedelta(minutes=15)
KEY = "plan:"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, as people read it before they say yes.

    `title` ends the sentence 'This plan would …'; neither it nor `text` holds personal data. `stuf` is
    the slug that it is about, by which the configuration may ask for more than a plain yes, and `channel`
    where those read along who might be the second person. `basis` is what the plan was made from
    beside its text (states, which STUF of that slug): when either has changed, the yes to it is void.
    """

    title: str
    text: str
    effect: Effect
    stuf: str = ""
    channel: str = ""
    basis: str = ""


def digest(asked: BaseModel, plan: Plan, way: Way) -> str:
    """The hash by which a plan is confirmed as shown."""
    content = [type(asked).__name__, payload(asked), plan.text, plan.basis, way.value]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def payload(asked: BaseModel) -> dict[str, object]:
    """What was asked for, to be kept until the plan ends: the one place where a plan reveals personal data."""
    return asked.model_dump(mode="json", context={"reveal": True})


def store(asked: BaseModel, plan: Plan, way: Way, shown_in: Topic | Direct, ctx: Context) -> PlanRow:
    """A new open plan. An older one of the same person here is void."""
    for row in waiting(ctx.session, place=shown_in, person_id=ctx.person.user_id):
        note(
            row,
            Tag.PLAN_CANCELLED,
            "cancelled",
            at=ctx.now,
            actor_id=ctx.person.user_id,
            reason_code="superseded",
        )
        end(row, "superseded")
    row = PlanRow(
        id="".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH)),
        kind=type(asked).__name__,
        payload=payload(asked),
        digest=digest(asked, plan, way),
        person_id=ctx.person.user_id,
        place=store_place(ctx.place),
        shown_in=store_place(shown_in),
        asked_in=conversation(shown_in),
        way=way.value,
        title=plan.title,
        stuf=plan.stuf,
        cause=ctx.cause,
        state="open",
        created_at=ctx.now,
        expires_at=ctx.now + GOOD_FOR,
    )
    ctx.session.add(row)
    note(row, Tag.PLAN_SHOWN, "done", at=ctx.now, actor_id=ctx.person.user_id)
    return row


def waiting(
    session: Session, *, place: Topic | Direct | None = None, person_id: int | None = None
) -> Sequence[PlanRow]:
    """The plans that wait, the oldest first: shown at `place`, asked for by this person, or all."""
    query = select(PlanRow).where(PlanRow.state.in_(WAITING)).order_by(PlanRow.created_at)
    if place is not None:
        query = query.where(PlanRow.asked_in == conversation(place))
    if person_id is not None:
        query = query.where(PlanRow.person_id == person_id)
    # Whoever answers it at the same moment has to wait for this answer.
    return session.scalars(query.with_for_update()).all()


def any_waiting(session: Session, *, of: int | None = None, way: Way | None = None) -> bool:
    """Whether any plan waits: of this person, to be confirmed in this way. Waits for nobody's answer."""
    query = select(PlanRow.id).where(PlanRow.state.in_(WAITING)).limit(1)
    if of is not None:
        query = query.where(PlanRow.person_id == of)
    if way is not None:
        query = query.where(PlanRow.way == way)
    return session.scalar(query) is not None


def find(session: Session, plan_id: str) -> PlanRow | None:
    """The plan, in whatever state; None for an unknown one."""
    return session.scalar(select(PlanRow).where(PlanRow.id == plan_id).with_for_update())


def is_in(row: PlanRow, place: Topic | Direct) -> bool:
    """Whether the plan is shown here."""
    return row.asked_in == conversation(place)


def word(row: PlanRow) -> str:
    """What is typed where a plain yes is not enough."""
    return row.stuf or row.id


def end(row: PlanRow, state: str) -> None:
    """It waits no longer, and what it held is forgotten."""
    row.state = state
    row.payload = {}


def note(  # noqa: PLR0913 - an entry of the audit log has as many columns.
    row: PlanRow, tag: Tag, outcome: str, *, at: datetime, actor_id: int | None, reason_code: str = ""
) -> None:
    """Who did what with which plan, for the audit log: by the plan's hash, without what it holds."""
    session = Session.object_session(row)
    if session is None:
        raise RuntimeError("a plan outside of its session")
    audit.record(
        session,
        at=at,
        tag=tag,
        actor_id=actor_id,
        outcome=outcome,
        place=row.asked_in,
        reason_code=reason_code,
        cause=f"plan:{row.id}",
        correlation=row.cause,
        details={"plan": row.id, "kind": row.kind, "digest": row.digest, "way": row.way, "stuf": row.stuf},
    )


def expire(session: Session, now: datetime) -> list[Act]:
    """Void the plans whose time is over, forget what they held, and say so where they were shown."""
    acts: list[Act] = []
    for row in waiting(session):
        if now >= row.expires_at:
            end(row, "expired")
            note(row, Tag.PLAN_EXPIRED, "expired", at=now, actor_id=None)
            key = f"{KEY}{row.id}:expired"
            acts.append(Post(to=load_place(row.shown_in), content=plan_wording.expired(row.title), key=key))
            if row.shown_in != row.place:
                to_asker = plan_wording.nobody_answered(row.title)
                acts.append(Post(to=load_place(row.place), content=to_asker, key=f"{key}:asker"))
    return acts
