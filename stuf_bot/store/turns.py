"""One writer at a time, each in the order in which they came; and who may pass those who wait."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock with two lines. Who is first passes the other line, though never twice in a row.

    A turn is handed on: nobody who comes by just then can take it, as one may with a plain lock. Whoever
    has many turns, one right after the other, would leave the others waiting for seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self, *, first: bool = False) -> Iterator[None]:
        """Wait for a turn, and have it."""
        self._take(first=first)
        try:
            yield
        finally:
            with self._lock:
                self._hand_on(was_first=first)

    def waiting(self) -> tuple[int, int]:
        """How many wait who are first, and how many others."""
        return len(self._first), len(self._others)

    def _take(self, *, first: bool) -> None:
        line = self._first if first else self._others
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            line.append(mine)
        try:
            mine.acquire()
        except BaseException:
            # Interrupted: it may have been handed on to us already.
            with self._lock:
                if mine in line:
                    line.remove(mine)
                else:
                    self._hand_on(was_first=first)
            raise

    def _hand_on(self, *, was_first: bool) -> None:
        lines = (self._others, self._first) if was_first else (self._first, self._others)
        line = lines[0] or lines[1]
        if line:
            line.popleft().release()
        else:
            self._taken = False
