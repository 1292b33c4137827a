"""Named steps: what an operation is made of, without an engine in sight."""

import json
import threading
from collections.abc import Callable
from typing import Any, Protocol

from provisioning.events import OperationEvent


class Steps(Protocol):
    """What an engine offers to an operation."""

    def run(self, name: str, do: Callable[[], Any]) -> Any:
        """The JSON-able result of `do`, kept for ever under `name`.

        `do` is repeated only when the process died before it had finished, so it must be idempotent.
        """

    def report(self, event: OperationEvent) -> None:
        """Tell the bot; the same event told twice counts once."""

    def wait(self, seconds: float, nudge: threading.Event | None = None) -> None:
        """Wait, at most until `nudge` is set.

        Raises a BaseException of the engine's own when the process ends: neither a step nor the frame
        around it may take that for a failure; the operation goes on where it stood at the next start.
        """


class MemorySteps:
    """Steps without an engine: results are kept in a dictionary that outlives a 'crash'.

    Waiting takes no time: `waited` is called with the seconds instead.
    """

    def __init__(
        self,
        results: dict[str, str] | None = None,
        *,
        report: Callable[[OperationEvent], None] = lambda _: None,
        waited: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.results = {} if results is None else results
        self._report = report
        self._waited = waited

    def run(self, name: str, do: Callable[[], Any]) -> Any:
        """See Steps."""
        if name not in self.results:
            self.results[name] = json.dumps(do())
        return json.loads(self.results[name])

    def report(self, event: OperationEvent) -> None:
        """See Steps."""
        self._report(event)

    def wait(self, seconds: float, nudge: threading.Event | None = None) -> None:
        """See Steps."""
        if nudge is None or not nudge.is_set():
            self._waited(seconds)
