"""Takes from the outbox what is most urgent, and sends it: the one place that posts to Zulip."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stuf_bot.acts import Card, Lane, Post
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.content import fingerprint, fit_content
from stuf_bot.chat.delivery import Delivery, Job, Message, TooOld
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outbox import READ, RECARD, AnyAct, Forward, Outbox
from stuf_bot.chat.zulip_api import RateLimited, Rejected, Unavailable, ZulipApi
from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database
from stuf_bot.store.tables import OutboxRow, PostedRow

log = logging.getLogger(__name__)

OnRejected = Callable[[AnyAct, Rejected], Iterable[AnyAct]]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_AFTER_TROUBLE = 0.5
_UNDELIVERED = "undelivered:"


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    key: str
    subject: str
    kind: str
    payload: str
    job: Job


class Sender:
    """One thread that empties the outbox.

    `on_rejected` may say something elsewhere when Zulip refuses an act for good.
    """

    def __init__(  # noqa: PLR0913 - it stands between as many.
        self,
        database: Database,
        outbox: Outbox,
        api: ZulipApi,
        directory: Directory,
        budget: Budget,
        *,
        on_rejected: OnRejected = lambda _act, _error: (),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._directory = directory
        self._budget = budget
        self._on_rejected = on_rejected
        self._clock = clock
        self._monotonic = monotonic
        self._delivery = Delivery(api, directory, self._claimed)
        self._in_hand = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._unsure: set[int] = set()
        self._later: dict[int, tuple[float, float]] = {}
        self._before = self._newest_row()
        outbox.on_put(self.wake)

    def start(self) -> None:
        """Begin as soon as the directory knows the realm."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Send nothing more, and give what is in hand this long to end; the rest goes out next time."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def wake(self) -> None:
        """Look into the outbox."""
        self._wake.set()

    def settle(self, seconds: float = 5.0) -> None:
        """Wait until what is being sent just now is noted, but no longer than this."""
        if self._in_hand.acquire(timeout=seconds):
            self._in_hand.release()

    def step(self) -> float | None:
        """Send one act. Gives the seconds after which to look again; None: when something new came."""
        row, wait = self._next()
        if row is None:
            return wait
        with self._in_hand:
            return self._send(row)

    def _run(self) -> None:
        while not self._directory.ready.wait(0.5):
            if self._stopping.is_set():
                return
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                wait = self.step()
            except DBAPIError:
                log.warning("the outbox cannot be read or noted; trying again", exc_info=True)
                wait = _FIRST_PAUSE
            if wait is None or wait > 0:
                self._wake.wait(wait)

    def _next(self) -> tuple[_Row | None, float | None]:
        """The most urgent conversation's oldest act, or how long to wait for one."""
        heads = (
            select(func.min(OutboxRow.id).label("id"), func.min(OutboxRow.lane).label("lane"))
            .where(OutboxRow.state == "waiting")
            .group_by(OutboxRow.conversation)
            .order_by("lane", "id")
        )
        now = self._monotonic()
        waits = []
        with self._database.reading() as session:
            for head in session.execute(heads).all():
                due = self._later.get(head.id, (0.0, 0.0))[0]
                if due > now:
                    waits.append(due - now)
                    continue
                row = session.get_one(OutboxRow, head.id)
                if row.after is not None and self._waits(session, row.after):
                    continue
                wait = self._budget.wait(Lane(head.lane))
                if wait > 0:
                    waits.append(wait)
                    break
                return self._row(session, row), None
        return None, min(waits, default=None)

    def _waits(self, session: Session, row_id: int) -> bool:
        return session.scalar(select(OutboxRow.state).where(OutboxRow.id == row_id)) == "waiting"

    def _row(self, session: Session, row: OutboxRow) -> _Row:
        known = session.scalar(
            select(PostedRow)
            .where(PostedRow.key == row.subject)
            .order_by(PostedRow.message_id.desc())
            .limit(1)
        )
        job = Job(
            act=READ.validate_json(row.payload),
            mark=row.mark,
            created_at=row.created_at,
            known=Message(known.message_id, known.content_hash, known.posted_at) if known else None,
            anew=row.kind == RECARD,
            unsure=row.id <= self._before or row.id in self._unsure,
        )
        return _Row(row.id, row.key, row.subject, row.kind, row.payload, job)

    def _send(self, row: _Row) -> float:
        self._unsure.add(row.id)
        try:
            message_id = self._delivery.deliver(row.job, self._clock())
        except TooOld:
            self._renew(row)
            return 0.0
        except RateLimited as error:
            self._budget.block(error.seconds)
            return 0.0
        except Unavailable as error:
            pause = min(_LONGEST_PAUSE, 2 * self._later.get(row.id, (0.0, _FIRST_PAUSE / 2))[1])
            self._later[row.id] = (self._monotonic() + pause, pause)
            log.warning("outbox %s: %s; trying again in %.0f s", row.id, error, pause)
            return _AFTER_TROUBLE
        except Rejected as error:
            self._refused(row, error)
        else:
            self._note(row, message_id)
        self._unsure.discard(row.id)
        self._later.pop(row.id, None)
        return 0.0

    def _note(self, row: _Row, message_id: int | None) -> None:
        """It is done. A card that got a newer version meanwhile goes on waiting, with that one."""
        act, known, now = row.job.act, row.job.known, self._clock()
        # A power cut leaves the row waiting, and then the message is found again.
        with self._database.session(durable=False) as session:
            if isinstance(act, Card | Post):
                digest = fingerprint(fit_content(act.content))
                if message_id is not None:
                    session.add(
                        PostedRow(message_id=message_id, key=row.subject, content_hash=digest, posted_at=now)
                    )
                elif known:
                    of_card = update(PostedRow).where(PostedRow.message_id == known.message_id)
                    session.execute(of_card.values(content_hash=digest))
            if isinstance(act, Card) and message_id is not None and known is not None:
                pointer = Forward(
                    message_id=known.message_id, content=self._delivery.forward_to(act, message_id)
                )
                self._outbox.put(session, pointer, row.key, 0)
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == row.id, OutboxRow.payload == row.payload)
                .values(state="done", payload="", done_at=now)
            )

    def _renew(self, row: _Row) -> None:
        """From now on this row is a new message with this content, so that a crash can find it again."""
        with self._database.session() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == row.id, OutboxRow.payload == row.payload)
                .values(kind=RECARD)
            )
        self._unsure.discard(row.id)

    def _refused(self, row: _Row, error: Rejected) -> None:
        # The reason itself may name people; the code does not.
        log.error("outbox %s: Zulip refused a %s (%s)", row.id, row.kind, error.code)
        with self._database.session() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == row.id)
                .values(state="failed", payload="", problem=error.code[:300], done_at=self._clock())
            )
            if not row.key.startswith(_UNDELIVERED):
                for position, act in enumerate(self._on_rejected(row.job.act, error)):
                    self._outbox.put(session, act, _UNDELIVERED + row.key, position)

    def _claimed(self, message_ids: Sequence[int]) -> set[int]:
        with self._database.reading() as session:
            return set(
                session.scalars(select(PostedRow.message_id).where(PostedRow.message_id.in_(message_ids)))
            )

    def _newest_row(self) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.max(OutboxRow.id))) or 0
