"""Carries what an embedded service tells others from a thread of its own, so that nobody waits for an answer."""

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import httpx

_FLUSH_SECONDS: Final = 2.0
L = TypeVar("L")
"""What is to be delivered: one letter."""


class Courier(Generic[L]):
    """Delivers letters in the order in which they were put, each once.

    `deliver` is given a client that waits `answer_seconds` for an answer; it may not raise.
    """

    def __init__(
        self, name: str, deliver: Callable[[httpx.Client, L], None], *, answer_seconds: float
    ) -> None:
        self._deliver = deliver
        self._answer_seconds = answer_seconds
        self._letters: queue.Queue[L | None] = queue.Queue()
        self._until = math.inf
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, letter: L) -> None:
        self._letters.put(letter)

    def flush(self) -> None:
        """Wait until everything that was put before was tried."""
        self._letters.join()

    def stop(self) -> None:
        """Deliver what is waiting, for a moment, then end."""
        self._until = time.monotonic() + _FLUSH_SECONDS
        self._letters.put(None)
        if self._thread.is_alive():
            self._thread.join(_FLUSH_SECONDS + self._answer_seconds + 1.0)

    def _work(self) -> None:
        with httpx.Client(timeout=self._answer_seconds, trust_env=False, follow_redirects=False) as client:
            while (letter := self._letters.get()) is not None:
                if time.monotonic() <= self._until:
                    self._deliver(client, letter)
                self._letters.task_done()
            self._letters.task_done()
