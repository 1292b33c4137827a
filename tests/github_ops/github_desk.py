"""The readers of one STUF's deliveries, on a database of their own, without a hall around them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from handlers.github.kinds import READERS
from handlers.github.reading import Hook, ReadContext
from provisioning.fleet import Fleet
from provisioning.models import AwsStorage, StufSpec
from provisioning.repositories import Repositories
from provisioning.tables import Base as FleetBase
from stuf_bot.relays import News, Objects, People, Relay
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.relay_tables import AccountRow
from stuf_bot.store.tables import Base

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
REPOSITORY = {
    "id": 7,
    "name": "stuf-acme-audit",
    "full_name": "acme/stuf-acme-audit",
    "html_url": "https://github.com/acme/stuf-acme-audit",
    "private": True,
    "default_branch": "main",
    "owner": {"login": "acme"},
}
CONTROL = {**REPOSITORY, "name": "stuf-control", "full_name": "acme/stuf-control"}
OCTO = {"login": "octo", "id": 1, "html_url": "https://github.com/octo", "type": "User"}
OCTO_USER = 42


class Memory(Objects):
    """What is remembered, without a table; as JSON, as a table would keep it."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    def read(self, session: Any, key: str) -> dict[str, Any] | None:
        return json.loads(self.facts[key]) if key in self.facts else None

    def keep(self, session: Any, key: str, stuf: str, facts: dict[str, Any]) -> None:
        self.facts[key] = json.dumps(facts)


@dataclass
class Desk:
    """Takes payloads, and keeps what was told. `cards` and `news` are by the subject's key, as Zulip would show them."""

    database: Database
    fleet: Fleet
    now: datetime = NOW
    objects: Objects = field(default_factory=Objects)
    relays: list[Relay] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)
    done: dict[str, bool] = field(default_factory=dict)
    news: dict[str, News] = field(default_factory=dict)

    def hears(self, kind: str, *, of_stuf: bool = True, **payload: Any) -> list[Relay]:
        """One delivery about the STUF's repository, sent by octo, unless it says otherwise."""
        body = {"repository": REPOSITORY, "sender": OCTO, **payload}
        return self.hears_body(kind, body, of_stuf=of_stuf)

    def hears_body(self, kind: str, body: dict[str, Any], *, of_stuf: bool = True) -> list[Relay]:
        """One delivery as it is."""
        with self.database.session() as session:
            name = Hook.of(body).repository.full_name
            stuf = self.fleet.by_repository(session, name) if of_stuf and name else None
            ctx = ReadContext(
                session=session,
                stuf=stuf,
                objects=self.objects,
                people=People(),
                fleet=self.fleet,
                now=self.now,
            )
            told = list(READERS[kind](body, ctx))
        for relay in told:
            self._say(relay)
        return told

    def afresh(self) -> "Desk":
        """Another one that has heard nothing, on the same database, with a memory that is quick to make."""
        return Desk(self.database, self.fleet, objects=Memory())

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction."""
        with self.database.session() as session:
            yield session

    @property
    def card(self) -> str:
        """The only card."""
        (card,) = self.cards.values()
        return card

    @property
    def texts(self) -> list[str]:
        """All news, in the order in which they were said."""
        return [news.text for news in self.news.values()]

    def _say(self, relay: Relay) -> None:
        self.relays.append(relay)
        if relay.card:
            self.cards[relay.subject.key] = relay.card
        if relay.done is not None:
            self.done[relay.subject.key] = relay.done
        for news in relay.news:
            self.news.setdefault(f"{relay.subject.key}:{news.key}", news)


def open_desk() -> Desk:
    """With the STUF acme-audit, and octo as the account of the person OCTO_USER."""
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    FleetBase.metadata.create_all(database.engine)
    fleet = Fleet(lambda: None, clock=lambda: NOW, repositories=Repositories("acme/stuf-control", "acme"))
    with database.session() as session:
        fleet.create(
            session,
            StufSpec(slug="acme-audit", name="Acme Audit", storage=AwsStorage(region="eu-west-1")),
            owner_id=9,
            owner_name="Tess Architect",
            channel="stuf-acme-audit",
            participants=(),
        )
        session.add(
            AccountRow(
                service="github",
                account_key="octo",
                account="octo",
                user_id=OCTO_USER,
                set_by=OCTO_USER,
                set_at=NOW,
            )
        )
    return Desk(database, fleet)


def run(number: int, conclusion: str | None, attempt: int = 1, **more: Any) -> dict[str, Any]:
    """A `workflow_run` delivery; without a conclusion the run is in progress."""
    minute = number * 4 + attempt * 2
    state = {
        "id": 1000 + number,
        "name": "tests",
        "display_title": f"Change number {number}",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": f"{number:040x}",
        "html_url": f"https://github.com/acme/stuf-acme-audit/actions/runs/{1000 + number}",
        "run_number": number,
        "run_attempt": attempt,
        "run_started_at": f"2026-11-24T08:{minute:02}:00Z",
        "updated_at": f"2026-11-24T08:{minute + bool(conclusion):02}:30Z",
        "triggering_actor": OCTO,
        "head_repository": {"full_name": "acme/stuf-acme-audit"},
    }
    workflow = {"name": "tests", "html_url": "https://github.com/acme/stuf-acme-audit/blob/main/tests.yml"}
    return {"action": "completed", "workflow": workflow, "workflow_run": {**state, **more}}
