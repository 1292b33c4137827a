"""The bot's hall between a real inbox and a real outbox, and everything that comes out of it, caught.

Zulip is a stub that notes who would read what; the rest is the bot's own.
"""

import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sentry_sdk
import talk as talking
from caught import DSN, Caught
from marked import API_KEY, CODE_KEY, DATABASE_PASSWORD, MARKS, PICTURE, TOKEN, WEBHOOK_SECRET, found_in
from pydantic import BaseModel, SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from stubs import Directory, Zulip

from handlers import drawings
from provisioning.tables import Base as FleetBase
from stuf_bot import deliveries, messages, reporting, telemetry
from stuf_bot.chat import offers, plans, proposals, running
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.forms import Form
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.refused import tell_in
from stuf_bot.chat.sender import Sender
from stuf_bot.hall import Hall
from stuf_bot.places import Direct, Topic
from stuf_bot.settings import Settings
from stuf_bot.store.tables import Base, InboxRow

PATIENCE_SECONDS = 30.0
# Personal data waits here for storage, and is deleted once it is there.
ON_ITS_WAY = "pending_participants"
# What nobody could handle waits here for an administrator, and is deleted after two weeks.
KEPT = "kept_deliveries"


class House:
    """Hears events as the doors give them, and keeps what everybody could read afterwards."""

    def __init__(self, path: Path) -> None:
        self.talk = talking.open_talk(path / "bot.sqlite", settings=settings())
        self.path = path
        self.database, self.fleet = self.talk.database, self.talk.fleet
        self.talk.uploads[PICTURE.path] = PICTURE.content
        self.zulip, self.directory = Zulip(), Directory()
        self.inbox = self.talk.inbox
        self.outbox = Outbox(channel_id=self.directory.channel_id)
        dispatcher = self.talk.core.dispatcher
        self.reprs: list[str] = []
        self.hall = Hall(
            self.database,
            self.inbox,
            self.outbox,
            self._noting(dispatcher.handle),
            dispatcher.failed,
            workers=1,
        )
        self.sender = Sender(
            self.database,
            self.outbox,
            self.zulip,  # type: ignore[arg-type]
            self.directory,  # type: ignore[arg-type]
            Budget(calls=1_000_000),
            on_rejected=tell_in("stuf-admin"),
            draws=drawings(),
        )
        self.log, self.sentry = io.StringIO(), Caught()
        # Secrets that are made on the way.
        self.made: list[str] = [talking.CODE_KEY]

    @property
    def commands(self) -> dict[str, type[messages.Command]]:
        """The declared commands by their words."""
        return {kind.words: kind for kind in self.talk.core.dispatcher._bus.commands}

    def says(self, who: int, text: str, place: Topic | None = None, *, age: timedelta = timedelta()) -> None:
        """Somebody writes to the bot: in a direct message, or with its mention in a topic; `age` ago, while it was away."""
        self.talk.last += 1
        self.hears(
            messages.MessageReceived(
                message_id=self.talk.last,
                sender_id=who,
                sender_name="",
                place=place or Direct(user_ids=(who,)),
                content=f"{talking.BOT_MENTION} {text}" if place else text,
                sent_at=self.talk.now - age,
                caught_up=bool(age),
            )
        )

    def hears(self, event: Any) -> None:
        """The event by the inbox, through the hall, out to Zulip."""
        self.reprs += [repr(event), str(event)]
        with self.database.session() as session:
            self.inbox.put(session, event)
        end = time.monotonic() + PATIENCE_SECONDS
        while self._waiting():
            assert time.monotonic() < end, f"{event.key} is not finished"
            time.sleep(0.002)
        while self.sender.step() == 0.0:
            pass

    def deliver(self, source: str, kind: str, body: dict[str, Any], subject: str = "") -> None:
        """A webhook."""
        self.talk.last += 1
        self.hears(
            messages.DeliveryReceived(
                source=source, delivery_id=f"d{self.talk.last}", kind=kind, subject=subject, body=body
            )
        )

    def _waiting(self) -> int:
        with self.database.reading() as session:
            return self.inbox.waiting(session)

    def _noting(self, handle: Callable[[Any, Session], Any]) -> Callable[[Any, Session], Any]:
        def noting(event: Any, session: Session) -> Any:
            acts = handle(event, session)
            self.reprs += [f"{act!r} {act}" for act in acts]
            return acts

        return noting

    # What could be read

    def stored(self) -> dict[str, str]:
        """Every row of every table by the table's name, but for what is on its way to storage, or kept."""
        tables = {table.name: table for base in (Base, FleetBase) for table in base.metadata.sorted_tables}
        with self.database.reading() as session:
            return {
                name: "\n".join(str(tuple(row)) for row in session.execute(select(table)))
                for name, table in tables.items()
                if name not in {ON_ITS_WAY, KEPT}
            }

    def later(self, hours: int = 48) -> None:
        """Time passes, and whatever was left open is forgotten."""
        now = self.talk.now + timedelta(hours=hours)
        with self.database.session() as session:
            for forget in (plans.expire, offers.expire, self.talk.core.dialogues.expire):
                for position, act in enumerate(forget(session, now)):
                    self.outbox.put(session, act, f"{forget}", position)
            deliveries.tidy(session, now + deliveries.KEEP)
        while self.sender.step() == 0.0:
            pass

    def unfinished(self) -> list[str]:
        """Entries of the inbox that still hold what they brought."""
        with self.database.reading() as session:
            return [row.kind for row in session.scalars(select(InboxRow)) if row.payload]

    def read(self) -> dict[str, str]:
        """Everything that somebody else could read, by where."""
        return {
            "channels": "\n".join(self.zulip.public),
            "log": self.log.getvalue(),
            "sentry": self.sentry.text,
            "repr": "\n".join(self.reprs),
            **{f"table {name}": rows for name, rows in self.stored().items()},
        }

    def leaks(self, *more: str) -> list[str]:
        """Where which marks could be read, with the beginning of the line; `more` is read besides."""
        marks = (*MARKS, *self.made)
        texts = self.read() | {f"input {number}": text for number, text in enumerate(more)}
        return [
            f"{where}: {found_in(line, marks)} in {line[:200]}"
            for where, text in texts.items()
            for line in text.splitlines()
            if found_in(line, marks)
        ]


def settings() -> Settings:
    """With every secret marked."""
    return Settings.model_validate(
        {
            "stuf_bot": {
                "log_level": "DEBUG",
                "database_url": f"postgresql://bot:{DATABASE_PASSWORD}@127.0.0.1:9/stuf",
            },
            "zulip": {"email": "bot@stuf.invalid", "key": API_KEY, "site": "http://127.0.0.1:9"},
            "github": {
                "token": TOKEN,
                "control_repository": "acme/stuf-control",
                "webhook_secrets": (SecretStr(WEBHOOK_SECRET),),
            },
            "policy": {"code_key": CODE_KEY},
        }
    )


@contextmanager
def opened(path: Path, monkeypatch: Any) -> Iterator[House]:
    """The house, with the log as it is written at DEBUG and Sentry's own client, while the block runs."""
    monkeypatch.setattr(talking, "FakeDirectory", Directory)
    house = House(path)
    _note_models(house, monkeypatch)
    for owner in (sys, threading):
        # So that they are put back.
        monkeypatch.setattr(owner, "excepthook", owner.excepthook)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    given = settings()
    house.reprs += [repr(given), str(given)]
    telemetry.start(given)
    shown = root.handlers[0]
    assert isinstance(shown, logging.StreamHandler)
    shown.setStream(house.log)
    with sentry_sdk.isolation_scope():
        reporting.start(DSN, "test", telemetry.Redaction(given.secrets()), transport=house.sentry)
        house.hall.start()
        try:
            yield house
        finally:
            house.hall.stop()
            house.database.close()
            sentry_sdk.init()
            logging.captureWarnings(False)
            root.handlers[:] = before
            root.setLevel(level)


def _note_models(house: House, monkeypatch: Any) -> None:
    """Every command and every finished form shows its repr, as a careless line of a log would."""
    kept, decide = running.kept, proposals.Proposals.decide

    def noting(asked: BaseModel) -> Any:
        house.reprs += [repr(asked), str(asked)]
        return kept(asked)

    def deciding(self: Any, asked: BaseModel, *values: Any, **named: Any) -> Any:
        house.reprs += [repr(asked), str(asked)]
        if isinstance(asked, Form):
            house.reprs += [str(asked.model_dump(exclude={"logo"})), asked.model_dump_json(exclude={"logo"})]
        return decide(self, asked, *values, **named)

    monkeypatch.setattr(running, "kept", noting)
    monkeypatch.setattr(proposals.Proposals, "decide", deciding)
