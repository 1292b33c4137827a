"""Sentry as the settings name it: its client, what makes the STUFs' projects, and its errands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from provisioning.models import StufOutputs
from provisioning.sentry import kept
from provisioning.sentry.client import SentryApi
from provisioning.sentry.errands import SentryErrands
from provisioning.sentry.http import SentryBusy, SentryRefused
from provisioning.sentry.making import SentryMaker
from provisioning.sentry.projects import SentryProjects
from provisioning.storage import Storage
from stuf_bot.clock import utc_now
from stuf_bot.errands import ErrandLater, ErrandRefused, Run
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database
from stuf_bot.store.errand_tables import ErrandRow

PROJECTS = "sentry.projects"
RECONCILE = "sentry.reconcile"
HOUR = "sentry.hour"
ASKED = ("sentry.update", "sentry.comment")
"""What people ask for by a command, and wait for."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class SentryParts:
    """What is there when [sentry] has a token. `every`: the errands that the clock puts, and how often."""

    maker: SentryMaker
    errands: Mapping[str, Run]
    every: Mapping[str, timedelta]


def sentry_parts(
    settings: Settings,
    database: Database,
    storage: Callable[[StufOutputs], Storage],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> SentryParts | None:
    """Sentry for these settings; None without a token."""
    given = settings.sentry
    if given.token is None:
        return None
    api = SentryApi(given.url, given.organization, given.token)
    maker = SentryMaker(
        SentryProjects(api, given.team, app_id=given.app_id),
        session=database.session,
        storage=storage,
        environment=given.environment,
        clock=clock,
    )
    errands = SentryErrands(
        api, projects=lambda: _projects(database), looked=lambda: _looked(database), clock=clock
    )
    kinds = {**errands.kinds(), PROJECTS: maker.settle, HOUR: lambda _payload: _watched(database)}
    poll = timedelta(minutes=given.poll_minutes)
    return SentryParts(
        maker,
        {kind: _run(run) for kind, run in kinds.items()},
        {RECONCILE: poll, PROJECTS: poll, HOUR: _HOUR},
    )


def _projects(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(one.project_id) for one in kept.projects(session)]


def _watched(database: Database) -> dict[str, Any]:
    """Whose measures are asked for each hour: slugs of STUFs with the numbers of their projects."""
    with database.reading() as session:
        return {"projects": {one.stuf: str(one.project_id) for one in kept.projects(session)}}


def _looked(database: Database) -> datetime | None:
    """When the last look that was noted as done had been asked for."""
    done = select(func.max(ErrandRow.created_at)).where(
        ErrandRow.kind == RECONCILE, ErrandRow.state == "done"
    )
    with database.reading() as session:
        return session.scalar(done)


def _run(run: Callable[[dict[str, Any]], dict[str, Any]]) -> Run:
    """The errand with its refusals in the words of errands; whatever else is raised is tried again."""

    def translated(payload: dict[str, Any]) -> dict[str, Any]:
        try:
            return run(payload)
        except SentryBusy as busy:
            raise ErrandLater(busy.seconds) from None
        except SentryRefused as refused:
            raise ErrandRefused(refused.code, str(refused)) from None

    return translated
