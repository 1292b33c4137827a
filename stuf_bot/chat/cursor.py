"""How far the bot has read in Zulip."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, case, select, update
from sqlalchemy.orm import Session

from stuf_bot.store.tables import CursorRow, table_of

_NAME = "zulip"
# Made once: every message passes through them.
_T = table_of(CursorRow)
_MINE = _T.c.name == _NAME
_MESSAGE_ID = select(_T.c.message_id).where(_MINE)
_NEWER: BindParameter[int] = bindparam("newest")
_ADVANCE = (
    update(_T)
    .where(_MINE)
    .values(
        message_id=case((_T.c.message_id < _NEWER, _NEWER), else_=_T.c.message_id),
        seen_at=bindparam("moment"),
    )
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Read up to `message_id`, at `seen_at`; nothing up to `floor` concerns the bot."""

    message_id: int
    floor: int
    seen_at: datetime


def read(session: Session) -> Cursor | None:
    """The cursor, or None before the first start."""
    row = session.get(CursorRow, _NAME)
    return Cursor(row.message_id, row.floor, row.seen_at) if row else None


def message_id(session: Session) -> int:
    """The newest message read; 0 before the first start."""
    return session.scalar(_MESSAGE_ID) or 0


def begin(session: Session, newest: int, now: datetime) -> None:
    """First start: the bot's time begins after the message `newest`."""
    session.add(CursorRow(name=_NAME, message_id=newest, floor=newest, seen_at=now))


def advance(session: Session, newest: int, now: datetime) -> None:
    """Everything up to `newest` is read; a cursor never goes back."""
    session.execute(_ADVANCE, {"newest": newest, "moment": now})
