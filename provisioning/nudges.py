"""Hints that something happened to a workflow run. They save waiting; nothing depends on them."""

import threading


class Nudges:
    """Wakes whoever follows a run, when a webhook says that something happened to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, threading.Event] = {}

    def nudge(self, run_id: int) -> None:
        """Something happened to this run."""
        with self._lock:
            waiting = self._waiting.get(run_id)
        if waiting is not None:
            waiting.set()

    def listen(self, run_id: int) -> threading.Event:
        """The event that is set when something happens to this run; the follower clears it."""
        with self._lock:
            return self._waiting.setdefault(run_id, threading.Event())

    def forget(self, run_id: int) -> None:
        """Nobody follows this run any more."""
        with self._lock:
            self._waiting.pop(run_id, None)
