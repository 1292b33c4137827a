"""What the clock starts: plans and forms that nobody went on with are forgotten, with a note.

A second firing is harmless: what has expired is gone.
"""

from collections.abc import Callable
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from stuf_bot.acts import Act
from stuf_bot.chat import plans
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.outbox import Outbox
from stuf_bot.clock import Clock
from stuf_bot.store.database import Database

_EVERY_SECONDS = 60
Tidy = Callable[[Session, datetime], list[Act]]


class Housekeeping:
    """Runs once a minute. Several bots on one database may all do it."""

    def __init__(self, database: Database, outbox: Outbox, dialogues: Dialogues, *, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._tidy: tuple[tuple[str, Tidy], ...] = (("plans", plans.expire), ("forms", dialogues.expire))
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
        """Do it now. Nothing is written where nothing has expired."""
        now = self._clock()
        with self._database.session() as session:
            for name, tidy in self._tidy:
                for position, act in enumerate(tidy(session, now)):
                    self._outbox.put(session, act, f"expired {name} {now.isoformat()}", position)
