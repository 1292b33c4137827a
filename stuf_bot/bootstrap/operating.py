"""The engine, with the operations that it runs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from provisioning.events import OperationEvent
from provisioning.fleet import Fleet
from provisioning.operations.abandon import abandon
from provisioning.operations.provision import provision
from provisioning.operations.services import Services
from provisioning.operations.test import test
from stuf_bot.engine import Engine
from stuf_bot.inbox import Inbox
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database

# Changes only where the steps of an operation are no longer the same: running ones then finish first.
OPERATIONS_VERSION = "1"
OPERATIONS = {"provision": provision, "test": test, "abandon": abandon}


def engine_of(settings: Settings, database: Database, fleet: Fleet, inbox: Inbox, work: Services) -> Engine:
    """The engine for the fleet's operations, not yet begun; what they tell goes into the inbox."""

    def waiting() -> list[tuple[str, str]]:
        with database.reading() as session:
            return fleet.waiting(session)

    def put(event: OperationEvent) -> None:
        with database.session() as session:
            inbox.put(session, event)

    return Engine(
        settings.stuf_bot.database_url,
        executor_id=settings.stuf_bot.executor_id,
        application_version=OPERATIONS_VERSION,
        operations={name: partial(_operate, run, work) for name, run in OPERATIONS.items()},
        waiting=waiting,
        put_event=put,
    )


def _operate(run: Callable[[Any, Services, str], None], work: Services, steps: Any, attempt_id: str) -> None:
    run(steps, work, attempt_id)
