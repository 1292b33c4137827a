"""How often one card may be drawn again: a few times at once, then once in a while."""

from collections.abc import Callable

AT_ONCE = 5
SECONDS = 2.0
_KEPT = 1_000


class Pace:
    """Counts what was done to each subject. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        # By subject: the moment at which all that was done is forgotten.
        self._until: dict[str, float] = {}

    def wait(self, subject: str) -> float:
        """Seconds until it may be done once more; 0 when it may be now."""
        ahead = self._until.get(subject, 0.0) - self._monotonic()
        return max(0.0, ahead - (AT_ONCE - 1) * SECONDS)

    def count(self, subject: str) -> None:
        """It was done."""
        now = self._monotonic()
        if len(self._until) > _KEPT:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[subject] = max(now, self._until.get(subject, now)) + SECONDS
