"""Zulip's rate limit: so many requests of an account in a sliding window; polling has a bucket of its own."""

from collections import deque
from collections.abc import Callable

from sandbox.zulip.errors import Refused

WINDOW_SECONDS = 60.0


class RateLimit:
    """One bucket for each key. `limit` requests in 60 seconds."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}

    def count(self, key: str) -> dict[str, str]:
        """Count a request; gives the headers of its answer. Raises Refused (429) with the same headers."""
        now = self._clock()
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - WINDOW_SECONDS:
            seen.popleft()
        allowed = len(seen) < self.limit
        if allowed:
            seen.append(now)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - len(seen)),
            "X-RateLimit-Reset": str(int((now if allowed or not seen else seen[0]) + WINDOW_SECONDS)),
        }
        if allowed:
            return headers
        wait = (seen[0] + WINDOW_SECONDS - now) if seen else WINDOW_SECONDS
        refused = Refused(
            "API usage exceeded rate limit", code="RATE_LIMIT_HIT", status=429, **{"retry-after": wait}
        )
        refused.headers = headers | {"Retry-After": str(wait)}
        raise refused
