"""What the operations work with."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from provisioning.github import GitHub
from provisioning.models import StufOutputs
from provisioning.storage import Storage
from provisioning.verification import Verification


class OpenStorage(Protocol):
    """Gives the storage of a STUF."""

    def __call__(self, outputs: StufOutputs) -> Storage: ...


class OpenVerification(Protocol):
    """Gives the visitor who tests a STUF."""

    def __call__(self, outputs: StufOutputs) -> Verification: ...


class Nudges:
    """Wakes whoever follows a run, when a webhook says that something happened to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, threading.Event] = {}

    def nudge(self, run_id: int) -> None:
        """Something happened to this run."""
        with self._lock:
            waiting = self._waiting.get(run_id)
        if waiting is not None:
            waiting.set()

    def listen(self, run_id: int) -> threading.Event:
        """The event that is set when something happens to this run; the follower clears it."""
        with self._lock:
            return self._waiting.setdefault(run_id, threading.Event())

    def forget(self, run_id: int) -> None:
        """Nobody follows this run any more."""
        with self._lock:
            self._waiting.pop(run_id, None)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the operations work with. `session` opens a transaction that commits at its end.

    `owner` is the GitHub account of the instance repositories.
    `poll_seconds`: between two looks at a run without a webhook. `patience_seconds`: how long a run
    whose dispatch was interrupted is looked for before it is dispatched again. `give_up_seconds`:
    how long an outside service may be unreachable. `notice_seconds`: how long a test waits for the
    STUF's notification.
    """

    session: Callable[[], AbstractContextManager[Session]]
    github: GitHub
    owner: str
    storage: OpenStorage
    verification: OpenVerification
    nudges: Nudges = field(default_factory=Nudges)
    clock: Callable[[], datetime] = _utc_now
    poll_seconds: float = 5.0
    patience_seconds: float = 30.0
    give_up_seconds: float = 3600.0
    notice_seconds: float = 60.0
