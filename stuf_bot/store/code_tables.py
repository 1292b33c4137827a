"""The table of one-time codes: who is enrolled, and what was tried."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stuf_bot.store.tables import Base, UtcTime


class CodeRow(Base):
    """A person's enrolment. `secret` is encrypted with the key of the configuration.

    `since` is when `state` ('pending' until the first right code, then 'active') began, `last_step` the
    newest time step (RFC 6238) whose code was taken, `failures` the wrong codes since the last right one.
    """

    __tablename__ = "codes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(UtcTime)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
