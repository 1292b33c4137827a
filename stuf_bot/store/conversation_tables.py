"""Tables of what is being talked about: open dialogues, plans that wait for a word."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stuf_bot.places import Direct, Place, Topic
from stuf_bot.store.tables import Base, UtcTime

_PLACE: TypeAdapter[Topic | Direct] = TypeAdapter(Place)


class Dialogue(Base):
    """A form that is being asked. `answers` may hold personal data; the row goes with the dialogue.

    `asks`: where a block gave most answers, the fields that have to be asked all the same; NULL asks all.
    """

    __tablename__ = "dialogues"
    __table_args__ = (Index("ix_dialogues_asked", "person_id", "asked_in"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    asked_in: Mapped[str] = mapped_column(Text)
    form: Mapped[str]
    answers: Mapped[str] = mapped_column(Text)
    history: Mapped[str] = mapped_column(Text)
    asks: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcTime)


class PlanRow(Base):
    """A plan as shown; `payload` may hold personal data and is emptied when the plan is done with.

    `place` is where it was asked for, `shown_in` where it waits, `asked_in` the name of that conversation.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str]
    person_id: Mapped[int] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(Text)
    shown_in: Mapped[str] = mapped_column(Text)
    asked_in: Mapped[str] = mapped_column(Text)
    way: Mapped[str]
    title: Mapped[str] = mapped_column(Text)
    stuf: Mapped[str]
    cause: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class OfferRow(Base):
    """A whole line that a person's 👍 on a message of ours runs. `line` is emptied when it is done with."""

    __tablename__ = "offers"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


def store_place(place: Topic | Direct) -> str:
    """A place as text."""
    return place.model_dump_json()


def load_place(text: str) -> Topic | Direct:
    """A place from text."""
    return _PLACE.validate_json(text)
