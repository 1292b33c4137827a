"""Job time-outs, which act does not know."""

import threading
from collections.abc import Callable

from sandbox.github import records
from sandbox.github.realm import Realm


class Timers:
    """Calls `overdue(job)` when a job takes longer than its `timeout-minutes`."""

    def __init__(self, realm: Realm, run: records.Run, overdue: Callable[[records.Job], None]) -> None:
        self._realm = realm
        self._run = run
        self._overdue = overdue
        self._running: dict[int, threading.Timer] = {}

    def look(self) -> None:
        """Start and stop timers as jobs start and end."""
        for job in self._realm.jobs.where(run=self._run.id, attempt=self._run.attempt):
            if job.status == "in_progress" and job.id not in self._running:
                timer = threading.Timer(job.timeout, self._overdue, (job,))
                timer.daemon = True
                timer.start()
                self._running[job.id] = timer
            elif job.status == "completed" and job.id in self._running:
                self._running[job.id].cancel()

    def stop(self) -> None:
        for timer in self._running.values():
            timer.cancel()
