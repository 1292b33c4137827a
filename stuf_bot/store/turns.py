"""One writer at a time, and who may pass those who wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock with two lines: nobody of the second has a turn while somebody of the first waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines = {first: threading.Condition(self._lock) for first in (True, False)}
        self._waiting = {True: 0, False: 0}
        self._taken = False

    @contextmanager
    def turn(self, *, first: bool = False) -> Iterator[None]:
        """Wait for a turn, and have it."""
        with self._lock:
            self._waiting[first] += 1
            try:
                while self._taken or (not first and self._waiting[True]):
                    self._lines[first].wait()
            finally:
                self._waiting[first] -= 1
            self._taken = True
        try:
            yield
        finally:
            with self._lock:
                self._taken = False
                self._lines[self._waiting[True] > 0].notify()

    def waiting(self) -> tuple[int, int]:
        """How many wait in the first line, and how many in the second."""
        return self._waiting[True], self._waiting[False]
