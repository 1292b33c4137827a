"""What the clock starts: old plans and forms are forgotten, with a note; ageing cards are put again.

A second firing is harmless: what has expired is gone, and a card put again is young.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card
from stuf_bot.chat.delivery import nears_edit_limit
from stuf_bot.chat.outbox import Outbox
from stuf_bot.clock import Clock
from stuf_bot.store.database import Database

_EVERY_SECONDS = 60
Tidy = Callable[[Session, datetime], Sequence[Act]]


class Housekeeping:
    """Runs once a minute.

    `tidy` names what forgets what has expired, and says so. `refresh` draws the cards that will still change.
    Those whose messages can be edited for a short while only are put again; `edit_limit` gives how long that
    is, in seconds, None: for ever.
    """

    def __init__(  # noqa: PLR0913 - all that it keeps in order.
        self,
        database: Database,
        outbox: Outbox,
        *,
        tidy: Mapping[str, Tidy],
        clock: Clock,
        refresh: Tidy = lambda _session, _now: [],
        edit_limit: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._tidy = dict(tidy)
        self._refresh = refresh
        self._edit_limit = edit_limit
        self._clock = clock
        self._scheduler = BackgroundScheduler(timezone="UTC")

    def start(self) -> None:
        """Begin, at once and then every minute."""
        self._scheduler.add_job(
            self.tidy,
            "interval",
            seconds=_EVERY_SECONDS,
            next_run_time=datetime.now(self._scheduler.timezone),
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing more; what runs is cut off by its own transaction."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def tidy(self) -> None:
        """Do it now. Nothing is written where nothing has expired and no card nears its limit."""
        now = self._clock()
        with self._database.session() as session:
            for name, tidy in self._tidy.items():
                for position, act in enumerate(tidy(session, now)):
                    self._outbox.put(session, act, f"expired {name} {now.isoformat()}", position)
        with self._database.session() as session:
            for position, act in enumerate(self._refresh(session, now)):
                if isinstance(act, Card) and self._ages(session, act, now):
                    self._outbox.put(session, act, f"refresh {now.isoformat()}", position)

    def _ages(self, session: Session, card: Card, now: datetime) -> bool:
        posted_at = self._outbox.posted_at(session, card.key)
        return posted_at is not None and nears_edit_limit(posted_at, now, self._edit_limit())
