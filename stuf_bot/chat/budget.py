"""The limit of 200 calls a minute as a budget, of which the urgent may use more than the rest."""

import threading
import time
from collections import deque
from collections.abc import Callable

from stuf_bot.acts import Lane

CALLS = 200
SECONDS = 60.0
_SHARE = {
    Lane.INCIDENT: 0.97,
    Lane.REPLY: 0.92,
    Lane.OPERATION: 0.75,
    Lane.SENTRY: 0.6,
    Lane.REPOSITORY: 0.5,
}


class Budget:
    """Counts the calls of one account in a sliding minute. `monotonic` gives seconds.

    `calls` holds until Zulip has told what its limit is.
    """

    def __init__(self, *, calls: int = CALLS, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._monotonic = monotonic
        self._made: deque[float] = deque()
        self._blocked_until = float("-inf")
        self._lock = threading.Lock()

    def count(self, remaining: int | None = None, limit: int | None = None) -> None:
        """One call was made; Zulip says how many remain (others may use the same account), and of how many."""
        with self._lock:
            now = self._monotonic()
            if limit:
                self._calls = limit
            self._forget(now)
            self._made.append(now)
            if remaining is not None:
                unknown = self._calls - remaining - len(self._made)
                for _ in range(min(unknown, self._calls)):
                    self._made.append(now)

    def block(self, seconds: float) -> None:
        """Zulip refuses calls for so long."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._monotonic() + seconds)

    def wait(self, lane: Lane) -> float:
        """Seconds until a call of this lane fits; 0 when it fits now."""
        with self._lock:
            now = self._monotonic()
            self._forget(now)
            blocked = max(0.0, self._blocked_until - now)
            allowed = int(self._calls * _SHARE[lane])
            over = len(self._made) - allowed
            if over < 0:
                return blocked
            return max(blocked, self._made[over] + SECONDS - now)

    def _forget(self, now: float) -> None:
        while self._made and self._made[0] <= now - SECONDS:
            self._made.popleft()
