"""What the operations work with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from provisioning.github import GitHub
from provisioning.models import StufOutputs
from provisioning.nudges import Nudges
from provisioning.sentry.making import SentryMaker
from provisioning.storage import Storage
from provisioning.verification import Verification

__all__ = ["Nudges", "OpenStorage", "OpenVerification", "Services"]


class OpenStorage(Protocol):
    """Gives the storage of a STUF."""

    def __call__(self, outputs: StufOutputs) -> Storage: ...


class OpenVerification(Protocol):
    """Gives the visitor who tests a STUF."""

    def __call__(self, outputs: StufOutputs) -> Verification: ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the operations work with. `session` opens a transaction that commits at its end.

    `owner` is the GitHub account of the instance repositories.
    `sentry` makes the STUFs' projects in Sentry; None where there is none.
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
    sentry: SentryMaker | None = None
    nudges: Nudges = field(default_factory=Nudges)
    clock: Callable[[], datetime] = _utc_now
    poll_seconds: float = 5.0
    patience_seconds: float = 30.0
    give_up_seconds: float = 3600.0
    notice_seconds: float = 60.0
