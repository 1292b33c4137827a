"""`stuf-bot run`: the bot, until a signal ends it."""

import argparse
import logging
import signal
from types import FrameType

from stuf_bot import configuration, telemetry
from stuf_bot.bootstrap import build

log = logging.getLogger(__name__)


def main(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; returns 0 when the bot ended because it was asked to."""
    settings = configuration.load(arguments.config)
    telemetry.start(settings)
    app = build(settings)

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping: %s", signal.Signals(number).name)
        app.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    app.start()
    log.info("running; Ctrl-C stops")
    app.wait()
    return 0
