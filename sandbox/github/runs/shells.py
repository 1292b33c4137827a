"""Shells that keep the last words of a failing step.

act reads a step's output from a terminal in the background, and stops listening as soon as the step
fails: what was printed last (often the reason) came late or not at all in one run of five. The shells
made here wait a moment before they report a failure.
"""

import os
import shutil
from pathlib import Path
from shlex import quote

_NAMES = ("bash", "sh")
_PAUSE_SECONDS = 0.3

_SCRIPT = """#!/bin/sh
# Only the step's own shell waits: whatever it starts finds the real one.
own={folder}
PATH="${{PATH%%"$own:"*}}${{PATH#*"$own:"}}"
unset own
{shell} "$@"
code=$?
[ "$code" -eq 0 ] || sleep {pause}
exit "$code"
"""


def make_shells(folder: Path, path: str) -> str:
    """Write the shells into `folder`; returns `path` (as in `PATH`) with the folder in front."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _NAMES:
        shell = shutil.which(name, path=path)
        if shell is not None:
            script = folder / name
            # A run may be using the old one: put the new one in its place at once.
            draft = folder / f".{name}.{os.getpid()}"
            draft.write_text(
                _SCRIPT.format(folder=quote(str(folder)), shell=quote(shell), pause=_PAUSE_SECONDS),
                encoding="utf-8",
            )
            draft.chmod(0o755)
            draft.replace(script)
    return f"{folder}:{path}"
