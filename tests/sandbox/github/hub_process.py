"""An embedded GitHub in a process of its own, for a test to kill: prints its address and a token."""

import sys
import threading
from pathlib import Path

from sandbox.github import GitHub, Runner


def main() -> None:
    """Start it on the folder given; it ends only by a signal."""
    state, files = Path(sys.argv[1]), Path(sys.argv[2])
    hub = GitHub(state, runner=Runner())
    hub.start()
    hub.create_account("acme", "Organization")
    hub.seed_repository("acme", "control", files)
    sys.stdout.write(f"{hub.url} {hub.create_token('acme')}\n")
    sys.stdout.flush()
    threading.Event().wait()


main()
