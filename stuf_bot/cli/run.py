"""`stuf-bot run`: the bot, until a signal ends it."""

import argparse
import gc
import logging
import signal
from collections.abc import Callable
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from stuf_bot import configuration, telemetry
from stuf_bot.bootstrap import build
from stuf_bot.bootstrap.standby import Standby
from stuf_bot.cli import say

log = logging.getLogger(__name__)


def main(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; returns 0 when the bot ended because it was asked to."""
    settings = configuration.load(configuration.usual(arguments.config))
    telemetry.start(settings)
    standby = Standby(settings)
    _end_with(standby.stop)
    try:
        lease = standby.wait()
        if lease is None:
            return 0
        app = build(settings, lease=lease)
    except (OSError, SQLAlchemyError) as error:
        # Said once and plainly: the web door's port is taken, the database is not to be had.
        log.debug("the bot cannot start", exc_info=True)
        say(f"The bot cannot start: {telemetry.Redaction(settings.secrets())(str(error))}")
        return 1
    _end_with(app.stop)
    app.start()
    # What there is by now stays: the collector need not go through it again and again.
    gc.collect()
    gc.freeze()
    log.info("running; Ctrl-C stops")
    app.wait()
    return 0


def _end_with(stop: Callable[[], None]) -> None:
    def asked(number: int, _frame: FrameType | None) -> None:
        log.info("stopping: %s", signal.Signals(number).name)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
