"""The embedded realm for the commands that start it, and waiting for the end."""

import argparse
import contextlib
import errno
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from sandbox.kept import StateInUseError
from sandbox.prepared import package_api
from sandbox.realm import Parts, Realm
from stuf_bot.cli import say


class CannotStart(Exception):  # noqa: N818 - told to the person at the terminal.
    """A part of the realm does not start; the text says why and what to do."""


@contextlib.contextmanager
def realm(arguments: argparse.Namespace, parts: Parts) -> Iterator[Realm]:
    """The realm in `arguments.state`, running. Raises CannotStart."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    try:
        whole = Realm(arguments.state, parts, port=arguments.port or 0)
    except (StateInUseError, RuntimeError, OSError) as error:
        raise CannotStart(_reason(error)) from error
    try:
        _start(whole, parts, arguments.fail)
        yield whole
    finally:
        whole.stop()


def _start(whole: Realm, parts: Parts, fail: str | None) -> None:
    try:
        if parts.github:
            package_api(say)
        whole.start()
        if fail:
            whole.fail_once(fail)
            say(f"The next provisioning fails once, in the step {fail}.")
    except (RuntimeError, ValueError, OSError) as error:
        raise CannotStart(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "its port is taken; name another one with --port (make demo PORT=...), or end what uses it"
    return str(error)


class Ending:
    """Set when somebody asked for the end, by Ctrl-C or a signal."""

    def __init__(self) -> None:
        self.event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.event.set()
