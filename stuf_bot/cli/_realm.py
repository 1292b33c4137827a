"""The embedded realm for the commands that start it, and waiting for the end."""

import argparse
import contextlib
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
    except StateInUseError as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(f"port {arguments.port} is not to be had: {error.strerror}; name another") from None
    try:
        if parts.github:
            package_api(say)
        whole.start()
        if arguments.fail:
            whole.fail_once(arguments.fail)
            say(f"The next provisioning fails once, in the step {arguments.fail}.")
        yield whole
    except (RuntimeError, ValueError) as error:
        raise CannotStart(str(error)) from error
    finally:
        whole.stop()


class Ending:
    """Set when somebody asked for the end, by Ctrl-C or a signal."""

    def __init__(self) -> None:
        self.event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.event.set()
