"""The web door as the settings name it, and the figures that it shows."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from provisioning.tables import OperationRow
from stuf_bot.acts import Lane
from stuf_bot.clock import Clock
from stuf_bot.inbox import Inbox
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database
from stuf_bot.store.errand_tables import ErrandRow
from stuf_bot.store.tables import InboxRow, OutboxRow
from stuf_bot.web.app import web_app
from stuf_bot.web.door import Limits, Note
from stuf_bot.web.metrics import Metrics, Reading
from stuf_bot.web.senders import Senders, hooks
from stuf_bot.web.server import WebServer
from stuf_bot.web.storing import PutErrand
from stuf_bot.web.stuf import Secret

_Column = InstrumentedAttribute[str] | InstrumentedAttribute[int]
_Rows = type[InboxRow | OutboxRow | ErrandRow]


def web_door(  # noqa: PLR0913 - what the door leads to.
    settings: Settings,
    database: Database,
    inbox: Inbox,
    *,
    secret: Secret,
    ready: Callable[[], Mapping[str, bool]],
    unwanted: Note,
    put_errand: PutErrand,
    sent: Callable[[], int],
    clock: Clock,
) -> WebServer:
    """The door, not yet open. `secret` gives a STUF's notify key, `sent` how many acts were sent since the start."""
    web = settings.web
    senders = Senders(
        stuf=secret,
        github=settings.github.webhook_secrets,
        sentry=settings.sentry.client_secrets,
        azure=settings.cloud.azure_secrets,
        topics=settings.cloud.topics,
    )
    metrics = Metrics(database, readings(sent, clock))
    logging.getLogger().addHandler(metrics.handler())
    app = web_app(
        database,
        inbox,
        hooks(senders, clock=clock),
        ready=ready,
        unwanted=unwanted,
        limits=Limits(web.body_limit, web.body_seconds, web.deliveries_per_second),
        put_errand=put_errand,
        metrics=metrics,
        metrics_token=web.metrics_token,
    )
    return WebServer(app, web.host, web.port)


def readings(sent: Callable[[], int], clock: Clock) -> Sequence[Reading]:
    """What is read at each scrape: a few counts of rows that wait, and of the operations."""

    def oldest(
        rows: _Rows, since: InstrumentedAttribute[datetime], by: _Column
    ) -> Callable[[Session], dict[str, float]]:
        def read(session: Session) -> dict[str, float]:
            first = select(by, func.min(since)).where(rows.state == "waiting").group_by(by)
            now = clock()
            return {
                str(name): max(0.0, (now - moment).total_seconds()) for name, moment in session.execute(first)
            }

        return read

    def waiting(rows: _Rows, by: _Column) -> Callable[[Session], dict[str, float]]:
        def read(session: Session) -> dict[str, float]:
            many = select(by, func.count()).where(rows.state == "waiting").group_by(by)
            return {str(name): count for name, count in session.execute(many)}

        return read

    def operations(session: Session) -> dict[str, float]:
        many = select(OperationRow.state, func.count()).group_by(OperationRow.state)
        return {state: count for state, count in session.execute(many)}  # noqa: C416 - rows are no pairs to mypy.

    outbox_age, outbox_count = (
        oldest(OutboxRow, OutboxRow.created_at, OutboxRow.lane),
        waiting(OutboxRow, OutboxRow.lane),
    )
    return (
        Reading(
            "stuf_bot_inbox_waiting",
            "Events that wait to be handled.",
            "kind",
            waiting(InboxRow, InboxRow.kind),
        ),
        Reading(
            "stuf_bot_inbox_oldest_seconds",
            "How long the oldest of them has waited.",
            "kind",
            oldest(InboxRow, InboxRow.received_at, InboxRow.kind),
        ),
        Reading(
            "stuf_bot_outbox_waiting",
            "What waits to be posted or done in Zulip.",
            "lane",
            _lanes(outbox_count),
        ),
        Reading(
            "stuf_bot_outbox_oldest_seconds",
            "How long the oldest of it has waited.",
            "lane",
            _lanes(outbox_age),
        ),
        Reading(
            "stuf_bot_errands_waiting",
            "Calls to outside services to make.",
            "kind",
            waiting(ErrandRow, ErrandRow.kind),
        ),
        Reading("stuf_bot_operations", "Operations, by state.", "state", operations),
        Reading(
            "stuf_bot_sent",
            "Posts and other acts sent to Zulip since the start.",
            "",
            lambda _: {"": sent()},
            counts=True,
        ),
    )


def _lanes(read: Callable[[Session], Mapping[str, float]]) -> Callable[[Session], Mapping[str, float]]:
    """By the names of the lanes, each of them."""

    def named(session: Session) -> dict[str, float]:
        found = read(session)
        return {lane.name.lower(): found.get(str(lane.value), 0.0) for lane in Lane}

    return named
