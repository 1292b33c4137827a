"""`stuf-bot migrate`: bring the database to this version."""

import argparse

from stuf_bot import configuration, telemetry
from stuf_bot.cli import say
from stuf_bot.store.database import open_database
from stuf_bot.store.migrations import migrate


def main(arguments: argparse.Namespace) -> int:
    """Migrate the database that the settings name; returns 0."""
    settings = configuration.load(configuration.usual(arguments.config))
    telemetry.start(settings)
    migrate(open_database(settings.stuf_bot.database_url))
    say("The database is at this version. Next: stuf-bot run")
    return 0
