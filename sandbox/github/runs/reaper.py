"""Ends what a run left behind: processes in sessions of their own outlive act."""

import hashlib
import os
import signal
from pathlib import Path

from sandbox.github import records

TRACKING = "RUNNER_TRACKING_ID"


def mark_of(state: Path, run: records.Run) -> str:
    """What tells the processes of this attempt from all others on this machine, also after a restart."""
    place = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]
    return f"github_{place}_{run.id}_{run.attempt}"


def marked(mark: str) -> list[int]:
    """Processes that carry this run's mark in their environment."""
    wanted = f"{TRACKING}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return found


def reap(mark: str) -> int:
    """Kill all processes that carry the mark; returns how many there were."""
    left = [process for process in marked(mark) if process != os.getpid()]
    for process in left:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(left)
