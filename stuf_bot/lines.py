"""Who is next: entries of one order one after the other, those of different orders side by side."""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heappop, heappush


class Lines:
    """Ids of entries in lines, one for each order. A line that was served goes behind the others.

    Lines whose order is `urgent` are served before all others. For one thread at a time.
    """

    def __init__(self, urgent: Callable[[str], bool] = lambda _order: False) -> None:
        self._urgent = urgent
        self._lines: dict[str, list[int]] = {}
        # Lines of which nobody is being served, in the order in which they are: the urgent ones, and the others.
        self._first: deque[str] = deque()
        self._free: deque[str] = deque()
        self._served: set[str] = set()

    def __bool__(self) -> bool:
        """Whether anything waits or is being served."""
        return bool(self._lines or self._served)

    def add(self, entries: Iterable[tuple[int, str]]) -> int:
        """Let entries (id, order) wait, each behind the smaller ids of its order; gives how many lines came free."""
        before = len(self._first) + len(self._free)
        for entry, order in entries:
            line = self._lines.get(order)
            if line is None:
                line = self._lines[order] = []
                if order not in self._served:
                    self._queue(order)
            heappush(line, entry)
        return len(self._first) + len(self._free) - before

    def take(self) -> tuple[int, str] | None:
        """The next entry to serve, with its order: to be given back to `done`. None: nobody can be served now."""
        queue = self._first or self._free
        if not queue:
            return None
        order = queue.popleft()
        line = self._lines[order]
        entry = heappop(line)
        if not line:
            del self._lines[order]
        self._served.add(order)
        return entry, order

    def done(self, order: str) -> bool:
        """The entry of this order is served; gives whether another one waits behind it."""
        self._served.remove(order)
        if order in self._lines:
            self._queue(order)
            return True
        return False

    def _queue(self, order: str) -> None:
        (self._first if self._urgent(order) else self._free).append(order)
