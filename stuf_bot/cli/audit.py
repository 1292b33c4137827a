"""`stuf-bot audit`: verify the audit log, or write it out as lines of JSON."""

import argparse
from datetime import datetime

from sqlalchemy import inspect

from stuf_bot import audit, configuration, telemetry
from stuf_bot.audit.reading import Wanted
from stuf_bot.cli import WRONG_USE, say, show
from stuf_bot.store.database import Database, open_database


def main(arguments: argparse.Namespace) -> int:
    """Verify or export; returns 0 when all is well, 1 when the log is not as it was written."""
    settings = configuration.load(configuration.usual(arguments.config))
    telemetry.start(settings)
    database = open_database(settings.stuf_bot.database_url)
    try:
        if not inspect(database.engine).has_table("audit_head"):
            say("This database has no audit log of this version yet. Type: stuf-bot migrate")
            return WRONG_USE
        if arguments.what == "verify":
            return _verify(database, arguments.expect or "")
        return _export(database, arguments.stuf, arguments.since)
    finally:
        database.close()


def _verify(database: Database, expect: str) -> int:
    with audit.snapshot(database) as session:
        problem = audit.verify(session, expect)
        stands = audit.head(session)
    if problem is not None:
        say(f"The audit log is NOT as it was written ({problem.kind}).", problem.sentence)
        return 1
    if stands is not None:
        show(f"The audit log is as it was written: {stands.entries} entries.")
        show(f"{'It goes on from the digest that you gave. ' if expect else ''}The newest digest is")
        show(stands.digest)
        say("Write it down elsewhere; then: stuf-bot audit verify --expect DIGEST")
    return 0


def _export(database: Database, stuf: str | None, since: datetime | None) -> int:
    with audit.snapshot(database) as session:
        for entry in audit.entries(session, Wanted(stuf=stuf, since=since)):
            show(entry.line())
        stands = audit.head(session)
    if stands is not None:
        say(f"The log has {stands.entries} entries; the newest digest is {stands.digest}")
    return 0
