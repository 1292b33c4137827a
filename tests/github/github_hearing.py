"""Deliveries read without the rest of the bot: a payload in, relays out."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from handlers.github.kinds import READERS
from handlers.github.reading import ReadContext
from provisioning.fleet import Fleet, Stuf
from provisioning.repositories import Repositories
from provisioning.tables import Base as FleetBase
from stuf_bot.relays import Objects, People, Relay
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.tables import Base

OCTO, TESS, OMAR = 21, 9, 10


class KnownPeople(People):
    """Whose account it is, without a table."""

    def __init__(self, accounts: dict[str, int]) -> None:
        self.accounts = accounts

    def user_id(self, session: Any, service: str, account: str) -> int | None:
        return self.accounts.get(account) if service == "github" else None


class Memory(Objects):
    """What is remembered, without a table; as JSON, as a table would keep it."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    def read(self, session: Any, key: str) -> dict[str, Any] | None:
        return json.loads(self.facts[key]) if key in self.facts else None

    def keep(self, session: Any, key: str, stuf: str, facts: dict[str, Any]) -> None:
        self.facts[key] = json.dumps(facts)


@dataclass
class Hearing:
    """Reads payloads one after the other, on one database. `stuf` is the slug whose repository it all is."""

    database: Database
    accounts: dict[str, int] = field(default_factory=dict)
    stuf: str = ""
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    told: list[Relay] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    def forget(self) -> None:
        """As if nothing had been heard yet."""
        self.memory = Memory()

    def hear(self, kind: str, payload: dict[str, Any]) -> list[Relay]:
        """What the reader of this kind tells."""
        with self.database.session() as session:
            self.told = list(READERS[kind](payload, self._context(session)))
        return self.told

    def _context(self, session: Any) -> ReadContext:
        fleet = Fleet(lambda: None, repositories=Repositories("acme/stuf-control", "acme"))
        stuf = cast("Stuf", _Slug(self.stuf)) if self.stuf else None
        return ReadContext(
            session=session,
            stuf=stuf,
            objects=self.memory,
            people=KnownPeople(self.accounts),
            fleet=fleet,
            now=self.now,
        )


@dataclass(frozen=True)
class _Slug:
    slug: str


def open_hearing(address: str = "sqlite://", **more: Any) -> Hearing:
    """On a database of its own."""
    database = open_database(address)
    Base.metadata.create_all(database.engine)
    FleetBase.metadata.create_all(database.engine)
    return Hearing(database, **more)
