"""How many deliveries of one sender are taken: a bucket of tokens each."""

import time
from collections.abc import Callable

from stuf_bot.web.bodies import Refused

BURST_SECONDS = 10.0
"""A sender that was silent may send at once what it may send in this long."""


class Rates:
    """Buckets that fill with `per_second` tokens, by the sender's name. For one thread at a time.

    Who is not known yet begins with a full one, so only who is known to be somebody may have a name here.
    """

    def __init__(
        self,
        per_second: float,
        burst_seconds: float = BURST_SECONDS,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._full = max(1.0, per_second * burst_seconds)
        self._monotonic = monotonic
        # By sender: the tokens, and when they were counted.
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, sender: str) -> float:
        """Take a token; 0 where there was one, else the seconds until there is."""
        now = self._monotonic()
        tokens, counted = self._buckets.get(sender, (self._full, now))
        tokens = min(self._full, tokens + (now - counted) * self._per_second)
        taken = tokens >= 1.0
        self._buckets[sender] = (tokens - 1.0 if taken else tokens, now)
        return 0.0 if taken else (1.0 - tokens) / self._per_second

    def charge(self, sender: str) -> None:
        """Take a token. Raises Refused where there is none."""
        wait = self.take(sender)
        if wait > 0:
            raise Refused(429, "too many deliveries; send it again later", "too-many", again=wait)

    def give_back(self, sender: str) -> None:
        """What a token was taken for changed nothing."""
        tokens, counted = self._buckets[sender]
        self._buckets[sender] = (min(self._full, tokens + 1.0), counted)
