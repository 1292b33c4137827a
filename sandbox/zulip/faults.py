"""Failures on demand: an error before, or after, the thing was done."""

import threading
from dataclasses import dataclass


@dataclass
class Fault:
    """Answer `times` requests of this method and path with an HTTP error."""

    method: str
    path_prefix: str
    status: int
    body: str | None
    times: int
    after_effect: bool


class Faults:
    """Armed failures. They are armed from a test's thread and met in the server's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Let requests fail from now on."""
        with self._lock:
            self._armed.append(fault)

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault that this request runs into, or None. Each meeting uses one of its times up."""
        with self._lock:
            for fault in self._armed:
                if fault.method == method and path.startswith(fault.path_prefix):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._armed.remove(fault)
                    return fault
        return None
