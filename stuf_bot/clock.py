"""The time, injected wherever it is needed, so that tests can set it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""

Sleep = Callable[[float], None]
"""Waits for the given number of seconds."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait for `seconds`."""
    time.sleep(seconds)
