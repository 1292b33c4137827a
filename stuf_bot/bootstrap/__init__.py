"""The roof: the only place where things are wired together, and that may see everything."""

import logging
import os
from collections.abc import Sequence
from queue import SimpleQueue

from sqlalchemy.exc import SQLAlchemyError

import handlers
from handlers import operation_card
from handlers._create_form import CreateForm
from handlers._plan_text import Home
from provisioning import events as reports
from provisioning.fleet import Fleet
from provisioning.operations.services import Nudges
from provisioning.repositories import Repositories
from stuf_bot import deliveries, messages, seen
from stuf_bot.access import Access, Role
from stuf_bot.acts import EnsureChannel
from stuf_bot.apart import Apart
from stuf_bot.audit import configured
from stuf_bot.audit.deliveries import Unwanted
from stuf_bot.audit.faults import Faults
from stuf_bot.audit.roles import RoleWatch
from stuf_bot.bootstrap.door import web_door
from stuf_bot.bootstrap.missed import PERIODIC as AT_START
from stuf_bot.bootstrap.missed import Missed
from stuf_bot.bootstrap.operating import engine_of
from stuf_bot.bootstrap.outside import PERIODIC, URGENT, errand_kinds, notify_key, services, zulip_api
from stuf_bot.bootstrap.telling import people_of, relays_of
from stuf_bot.bus import Bus
from stuf_bot.chat import offers, plans
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.channels import Channels
from stuf_bot.chat.core import Core, chat_core
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.intake import Intake
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.refused import tell_in
from stuf_bot.chat.sender import Sender
from stuf_bot.chat.zulip_calls import ZulipError
from stuf_bot.clock import Clock, utc_now
from stuf_bot.codes import Codes
from stuf_bot.errands import Errands
from stuf_bot.hall import Hall
from stuf_bot.housekeeping import Housekeeping
from stuf_bot.inbox import Inbox
from stuf_bot.relays import Objects
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.lease import Lease, LeaseHeldError, lease_on
from stuf_bot.store.migrations import migrate
from stuf_bot.web.server import WebServer

log = logging.getLogger(__name__)

ENGINE_SECONDS = 4.0
ADMIN_CHANNEL = "Create and operate STUFs: write @**STUF Bot** help"
EVENTS = (
    messages.MessageReceived,
    messages.ReactionAdded,
    messages.TopicMarked,
    messages.DeliveryReceived,
    messages.ErrandEnded,
    messages.Reconnected,
    reports.OperationChanged,
    reports.OperationEnded,
)


def roles(settings: Settings) -> dict[Role, tuple[str, ...]]:
    """Which groups have which role."""
    given = settings.roles
    return {
        Role.ARCHITECT: given.architects,
        Role.OPERATOR: given.operators,
        Role.ADMINISTRATOR: given.administrators,
        Role.VIEWER: given.viewers,
    }


class App:
    """The bot, wired. `start` returns when it listens; `stop` may be called from a signal handler."""

    def __init__(self, settings: Settings, *, clock: Clock = utc_now, lease: Lease | None = None) -> None:
        self._settings = settings
        self._clock = clock
        # An Event would deadlock where a second signal meets the handler of the first; this may be re-entered.
        self._asked_to_end: SimpleQueue[None] = SimpleQueue()
        self.database = open_database(settings.stuf_bot.database_url)
        self._lease = lease or _taken(self.database)
        migrate(self.database)
        self.nudges = Nudges()
        self.budget = Budget()
        self.api = zulip_api(settings, self.budget)
        self.directory = Directory(self.api.find_user)
        self.inbox = Inbox(self.database, {kind.__name__: kind for kind in EVENTS})
        self.outbox = Outbox(channel_id=self.directory.channel_id, clock=clock)
        hub = settings.github
        ours = Repositories(hub.control_repository, hub.instance_owner)
        self.fleet = Fleet(self._begun, clock=clock, repositories=ours)
        self.work, sentry = services(settings, self.database, self.nudges, clock=clock)
        missed = Missed(settings, self.database, self.inbox, self.fleet, clock=clock)
        kinds = {**errand_kinds(settings, sentry), **missed.errands}
        by_clock = {**PERIODIC, **AT_START, **(sentry.every if sentry else {})}
        periodic = {kind: every for kind, every in by_clock.items() if kind in kinds}
        self.errands = Errands(
            self.database, self.inbox, kinds, periodic=periodic, urgent=URGENT, clock=clock
        )
        self.relays = relays_of(settings, self.fleet, self.outbox, self.directory)
        self.core = self._core(clock)
        self.hall = Hall(
            self.database,
            self.inbox,
            self.outbox,
            self.core.dispatcher.handle,
            self.core.dispatcher.failed,
            note=Faults(clock).note,
            ready=self.directory.ready,
        )
        self.sender = Sender(
            self.database,
            self.outbox,
            self.api,
            self.directory,
            self.budget,
            draws=handlers.drawings(),
            on_rejected=tell_in(settings.stuf_bot.admin_channel),
            clock=clock,
        )
        self.intake = Intake(
            self.database,
            self.inbox,
            self.outbox,
            self.api,
            self.directory,
            listens=self.core.listening.listens,
            invites=self.core.invites,
            settle=self.sender.settle,
            calm=self._calm,
            clock=clock,
        )
        self.unwanted = Unwanted(self.database, clock=clock)
        self.housekeeping = Housekeeping(
            self.database,
            self.outbox,
            tidy={
                "plans": plans.expire,
                "forms": self.core.dialogues.expire,
                "offers": offers.expire,
                "relays": self.relays.release,
                "webhooks": self.unwanted.flush,
                "deliveries": deliveries.tidy,
                "seen": seen.tidy,
                "errands": self.errands.tidy,
                "roles": RoleWatch(self.directory, roles(settings)).look,
            },
            clock=clock,
            refresh=lambda session, _now: operation_card.running(session, self.fleet),
            edit_limit=lambda: self.directory.edit_limit_seconds,
        )
        self.web = self._web(clock)
        self.engine = engine_of(settings, self.database, self.fleet, self.inbox, self.work)

    def _calm(self, seconds: float) -> bool:
        return self.hall.calm(seconds) and self.sender.calm(seconds)

    def _begun(self) -> None:
        self.engine.wake()

    def _core(self, clock: Clock) -> Core:
        settings = self._settings
        return chat_core(
            routers=handlers.routers(),
            forms=[CreateForm],
            database=self.database,
            directory=self.directory,
            access=Access(self.directory, roles(settings)),
            policy=settings.policy.policy(),
            codes=Codes(settings.policy.code_key.get_secret_value() if settings.policy.code_key else None),
            sent=self.outbox,
            download=Apart(self.api.download, ZulipError),
            home=settings.stuf_bot.admin_channel,
            clock=clock,
            dependencies={
                "channels": Channels(self.api, self.directory),
                "errands": self.errands,
                "fleet": self.fleet,
                "home": Home(repository_owner=settings.github.instance_owner),
                "inbox": self.inbox,
                "nudges": self.nudges,
                "objects": Objects(clock=clock),
                "people": people_of(settings, self.directory),
                "relays": self.relays,
                "settings": settings,
            },
        )

    def _web(self, clock: Clock) -> WebServer:
        return web_door(
            self._settings,
            self.database,
            self.inbox,
            secret=notify_key(self.database, self.fleet, self.work.storage),
            ready=lambda: {
                "zulip": self.intake.connected.is_set(),
                "hall": self.hall.alive,
                "engine": self.engine.alive,
                "errands": self.errands.alive,
            },
            unwanted=self.unwanted.note,
            put_errand=self.errands.put,
            sent=lambda: self.sender.sent,
            clock=clock,
        )

    def start(self) -> None:
        """Begin to listen, answer and operate, with what waited from last time first."""
        self._lease.watch(_end_at_once)
        with self.database.session() as session:
            # Reactions reach the bot only in channels that it is subscribed to.
            home = EnsureChannel(name=self._settings.stuf_bot.admin_channel, description=ADMIN_CHANNEL)
            self.outbox.put(session, home, f"start:{utc_now().isoformat()}", 0)
            for kind in AT_START:
                self.errands.put(session, kind, f"start {self._clock().isoformat()}", {}, order=kind)
            configured.started(session, self._settings, self._settings.stuf_bot.executor_id, self._clock())
        self.hall.start()
        self.sender.start()
        self.intake.start()
        self.web.start()
        self.engine.start()
        self.errands.start()
        self.housekeeping.start()

    def stop(self) -> None:
        """Let `wait` return. May be called from a signal handler, and more than once."""
        self._asked_to_end.put(None)

    def wait(self) -> None:
        """Until `stop`; then end every part within seconds.

        What a step is in the middle of may take longer than anybody waits: then the process ends
        here and now. All state is durable, and the next start goes on.
        """
        self._asked_to_end.get()
        self.housekeeping.stop()
        self.intake.stop()
        self.web.stop()
        self.errands.stop()
        left = self.engine.stop(ENGINE_SECONDS)
        self.hall.stop()
        self.sender.stop()
        self._say_goodbye()
        self.database.close()
        # The lease ends with the process: a thread may still be in the middle of a call.
        if not left:
            log.info("a step is left in the middle; it is repeated at the next start")
            logging.shutdown()
            os._exit(0)

    def _say_goodbye(self) -> None:
        """Leave the last entries in the audit log, if the database can be had."""
        try:
            self.unwanted.finish()
            with self.database.session() as session:
                configured.stopped(session, self._settings.stuf_bot.executor_id, self._clock())
        except SQLAlchemyError:
            log.warning("the end could not be noted in the audit log", exc_info=True)


def commands() -> Sequence[type[messages.Command]]:
    """Every declared command, in the order in which help lists them."""
    return Bus(handlers.routers()).commands


def build(settings: Settings, *, clock: Clock = utc_now, lease: Lease | None = None) -> App:
    """The bot for these settings, with the database's lease that a Standby took, or one of its own.

    Raises what a missing database or a wrong file raises, and LeaseHeldError where another bot works.
    """
    return App(settings, clock=clock, lease=lease)


def _taken(database: Database) -> Lease:
    lease = lease_on(database)
    if not lease.take():
        raise LeaseHeldError(
            f"another bot works on this database ({lease.holder() or 'it does not say where'})"
        )
    return lease


def _end_at_once() -> None:
    """Another bot may work on the database by now: nothing more may be said or done here."""
    log.critical("the hold on the database is lost: the bot ends, and the next start stands by or goes on")
    logging.shutdown()
    os._exit(1)
