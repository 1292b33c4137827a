"""Takes from the outbox what is most urgent, and sends it: the one place that posts to Zulip."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError

from stuf_bot.chat.budget import Budget
from stuf_bot.chat.delivery import Delivery, Done, Job, TooOld
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.entry import Entry
from stuf_bot.chat.files import Draw
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.pace import Pace
from stuf_bot.chat.refused import INTERNAL, OnRejected, Undone
from stuf_bot.chat.waiting import Waiting
from stuf_bot.chat.zulip_api import RateLimited, Rejected, Unavailable, ZulipApi
from stuf_bot.clock import Clock, utc_now
from stuf_bot.store.database import Database

log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_AFTER_TROUBLE = 0.5
_MOST_TRIES = 30
UNAVAILABLE = "UNAVAILABLE"
"""The code of an act that Zulip never answers properly, though it answers others."""


class Sender:
    """One thread that empties the outbox.

    `draws` are the functions that draw pictures, by the names that acts call them.
    `on_rejected` may say something elsewhere when Zulip refuses an act for good. `scatter` gives the
    factor by which a pause before another try is stretched.
    """

    def __init__(  # noqa: PLR0913 - it stands between as many.
        self,
        database: Database,
        outbox: Outbox,
        api: ZulipApi,
        directory: Directory,
        budget: Budget,
        *,
        draws: Mapping[str, Draw] = MappingProxyType({}),
        on_rejected: OnRejected = lambda _undone: (),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        scatter: Callable[[], float] = lambda: random.uniform(0.75, 1.25),  # noqa: S311 - no secret hangs on it.
    ) -> None:
        self._waiting = Waiting(database, outbox, clock)
        self._delivery = Delivery(api, directory, self._waiting.claimed, draws)
        self._directory = directory
        self._budget = budget
        self._on_rejected = on_rejected
        self._clock = clock
        self._monotonic = monotonic
        self._scatter = scatter
        self._in_hand = threading.Lock()
        self._wake = threading.Event()
        self._calm = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        # Rows from before this start, and those whose answer was lost, may have been sent.
        self._before = self._waiting.newest()
        self._lost: set[int] = set()
        self._looked_for: set[int] = set()
        # By row: how often it failed while others went, and how many had been sent when it did last.
        self._tries: dict[int, tuple[int, int]] = {}
        self._sent = 0
        self._pace = Pace(monotonic)
        self._paced: dict[str, float] = {}
        # By conversation: when it is tried again, and after which pause.
        self._later: dict[str, tuple[float, float]] = {}
        outbox.on_put(self.wake)

    def start(self) -> None:
        """Begin as soon as the directory knows the realm."""
        # Another bot may have sent from this database until now.
        self._before = self._waiting.newest()
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Send nothing more, and give what is in hand this long to end; the rest goes out next time."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def wake(self) -> None:
        """Look into the outbox."""
        self._calm.clear()
        self._wake.set()

    @property
    def sent(self) -> int:
        """How many acts went out since the start."""
        return self._sent

    def calm(self, seconds: float) -> bool:
        """Wait until nothing is left that can be sent now, but no longer than this; gives whether it is so."""
        return self._calm.wait(seconds)

    def settle(self, seconds: float = 5.0) -> None:
        """Wait until what is being sent just now is noted, but no longer than this."""
        if self._in_hand.acquire(timeout=seconds):
            self._in_hand.release()

    def step(self) -> float | None:
        """Send one act. Gives the seconds after which to look again; None: when something new came."""
        now = self._monotonic()
        later = {name: due - now for name, (due, _) in self._later.items() if due > now}
        for name, due in list(self._paced.items()):
            if due <= now or not self._waiting.alone(name):
                del self._paced[name]
            else:
                later[name] = max(due - now, later.get(name, 0.0))
        head = self._waiting.head(later)
        if head is None:
            return min(later.values(), default=None)
        wait = self._budget.wait(head.lane)
        if wait > 0:
            # Whoever else may go is less urgent still.
            return min([wait, *later.values()])
        with self._in_hand:
            entry = self._waiting.read(head)
            pause = (
                self._pace.wait(entry.subject)
                if entry.edits and self._waiting.alone(head.conversation)
                else 0.0
            )
            if pause > 0:
                # Nobody sees ten states in a second; the newest one goes when it is due.
                self._paced[head.conversation] = now + pause
                return 0.0
            doubtful = self._may_be_sent(entry)
            if not doubtful and entry.row.folds and entry.kind == "post" and self._waiting.fold(head):
                entry = self._waiting.read(head)
            return self._send(entry, doubtful=doubtful)

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
            except Exception:
                # A silent bot is worse than one that stumbles: whatever it was, the next step is tried.
                log.exception("the sender stumbled; trying again")
                wait = _FIRST_PAUSE
            if wait is None or wait > 0:
                if not self._wake.is_set():
                    self._calm.set()
                self._wake.wait(wait)

    def _may_be_sent(self, entry: Entry) -> bool:
        """Whether Zulip may have it already: then it is looked for, and sent only where it is not found."""
        before = entry.row.unsure or entry.id <= self._before
        return entry.id in self._lost or (before and entry.id not in self._looked_for)

    def _send(self, entry: Entry, *, doubtful: bool) -> float:
        try:
            done = self._found(entry) if doubtful else self._delivered(entry)
        except TooOld:
            self._waiting.anew(entry)
        except RateLimited as error:
            self._budget.block(error.seconds)
            return 0.0
        except Unavailable as error:
            return self._try_later(entry, error)
        except Rejected as error:
            self._refused(entry, error)
        except DBAPIError:
            raise
        except Exception as error:
            # A fault of the program must not silence the bot: this one goes, the others are sent.
            log.exception("outbox %s: a %s could not be sent", entry.id, entry.kind)
            self._refused(entry, Rejected(INTERNAL, type(error).__name__))
        else:
            if done is None:
                return 0.0
            self._waiting.done(entry, done)
            self._sent += 1
            if entry.edits:
                self._pace.count(entry.subject)
        self._forget(entry)
        return 0.0

    def _found(self, entry: Entry) -> Done | None:
        done = self._delivery.find(self._job(entry), now=entry.id in self._lost)
        if done is None:
            self._lost.discard(entry.id)
            self._looked_for.add(entry.id)
        return done

    def _delivered(self, entry: Entry) -> Done:
        job = self._job(entry)
        # Until its answer is here.
        self._lost.add(entry.id)
        try:
            return self._delivery.deliver(job, self._clock())
        except RateLimited:
            # Nothing was done.
            self._lost.discard(entry.id)
            raise

    def _job(self, entry: Entry) -> Job:
        return entry.job(keep=partial(self._waiting.keep, entry))

    def _hopeless(self, entry: Entry) -> bool:
        """Whether it failed time and again though others were sent in between: then it is to blame itself."""
        tries, sent = self._tries.get(entry.id, (0, -1))
        if sent != self._sent:
            tries += 1
        self._tries[entry.id] = (tries, self._sent)
        return tries > _MOST_TRIES

    def _try_later(self, entry: Entry, error: Unavailable) -> float:
        if self._hopeless(entry):
            self._refused(entry, Rejected(UNAVAILABLE, str(error)))
            self._forget(entry)
            return 0.0
        pause = min(_LONGEST_PAUSE, 2 * self._later.get(entry.conversation, (0.0, _FIRST_PAUSE / 2))[1])
        # Not all at the same moment, and not every bot of a realm that comes back.
        scattered = pause * self._scatter()
        self._later[entry.conversation] = (self._monotonic() + scattered, pause)
        log.warning("outbox %s: %s; trying again in %.0f s", entry.id, error, pause)
        return _AFTER_TROUBLE

    def _forget(self, entry: Entry) -> None:
        self._lost.discard(entry.id)
        self._looked_for.discard(entry.id)
        self._tries.pop(entry.id, None)
        self._later.pop(entry.conversation, None)

    def _refused(self, entry: Entry, error: Rejected) -> None:
        # The reason itself may name people; the code does not.
        log.error("outbox %s: Zulip refused a %s (%s)", entry.id, entry.kind, error.code)
        try:
            row = entry.row
            undone = Undone(entry.act(), error, row.asker, row.cause, self._clock(), self._directory)
            instead = list(self._on_rejected(undone))
        except Exception:
            log.exception("outbox %s: nothing could be said instead", entry.id)
            instead = []
        self._waiting.failed(entry, error.code, instead)
