"""A web door with nobody behind it, and senders that sign."""

import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import InboxRow
from stuf_bot.web.app import web_app
from stuf_bot.web.door import Limits
from stuf_bot.web.metrics import Metrics
from stuf_bot.web.senders import Senders, hooks
from stuf_bot.web.sns_certificates import Certificates

sys.path.insert(0, str(Path(__file__).parent))

import signers
from signers import (
    AZURE_SECRETS,
    CHINESE_TOPIC,
    GITHUB_SECRETS,
    NOW,
    SENTRY_SECRETS,
    STUF_KEY,
    TOPIC,
    Maker,
    Sns,
)

with warnings.catch_warnings():
    # It tells of a successor of httpx that is not needed yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


def secrets_of(values: tuple[bytes, ...]) -> list[SecretStr]:
    return [SecretStr(value.decode()) for value in values]


def absent(address: str) -> bytes:
    raise OSError(address)


class Door:
    """The door, and what was stored behind it."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        self.database = database
        self.inbox = Inbox(database, {"DeliveryReceived": DeliveryReceived})
        self.ready: dict[str, bool] = {"zulip": True}
        self.asked: list[str] = []
        self.fetched: list[str] = []
        self.certificate: Callable[[str], bytes] = absent
        self.errands: list[tuple[str, str, dict[str, str]]] = []
        self.unwanted: list[tuple[str, str]] = []
        senders = Senders(
            stuf=self.secret,
            github=secrets_of(GITHUB_SECRETS),
            sentry=secrets_of(SENTRY_SECRETS),
            azure=secrets_of(AZURE_SECRETS),
            topics=(TOPIC, CHINESE_TOPIC),
        )
        certificates = Certificates(self.fetch, clock=lambda: NOW, monotonic=lambda: self.seconds)
        self.seconds = 0.0
        self.metrics = Metrics(database)
        app = web_app(
            database,
            self.inbox,
            hooks(senders, certificates=certificates, clock=lambda: NOW),
            ready=lambda: self.ready,
            unwanted=lambda source, code: self.unwanted.append((source, code)),
            limits=limits or Limits(),
            put_errand=self.put_errand,
            metrics=self.metrics,
            monotonic=lambda: self.seconds,
        )
        self.client = TestClient(app, raise_server_exceptions=False)

    def fetch(self, address: str) -> bytes:
        self.fetched.append(address)
        return self.certificate(address)

    def put_errand(self, _session: Session, kind: str, key: str, payload: Mapping[str, str]) -> None:
        self.errands.append((kind, key, dict(payload)))

    def secret(self, slug: str) -> SecretBytes | None:
        self.asked.append(slug)
        return SecretBytes(STUF_KEY) if slug == "acme-audit" else None

    def stored(self) -> list[DeliveryReceived]:
        with self.database.reading() as session:
            rows = session.scalars(select(InboxRow).order_by(InboxRow.id)).all()
        return [DeliveryReceived.model_validate_json(row.payload) for row in rows]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all its tables: they are made once."""
    file = tmp_path_factory.mktemp("empty") / "bot.sqlite"
    made = open_database(f"sqlite:///{file}")
    migrate(made)
    made.close()
    return file


@pytest.fixture
def database(tmp_path: Path, empty: Path) -> Iterator[Database]:
    file = tmp_path / "bot.sqlite"
    shutil.copy(empty, file)
    made = open_database(f"sqlite:///{file}")
    yield made
    made.close()


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


@pytest.fixture
def make_door() -> type[Door]:
    """Doors with other limits."""
    return Door


@pytest.fixture
def stuf() -> Maker:
    return signers.stuf


@pytest.fixture
def github() -> Maker:
    return signers.github


@pytest.fixture
def sentry() -> Maker:
    return signers.sentry


@pytest.fixture
def azure() -> Maker:
    return signers.azure


@pytest.fixture(scope="session")
def sns() -> Sns:
    return Sns()


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    def wait(holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = holds()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("never happened")

    return wait
