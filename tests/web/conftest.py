"""A web door with nobody behind it, and senders that sign."""

import hmac
import json
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
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

with warnings.catch_warnings():
    # It tells of a successor of httpx that is not needed yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SENTRY_SECRETS = (b"new client secret", b"old client secret")
AZURE_SECRETS = (b"a new secret of twenty", b"an old secret of twenty")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CHINESE_TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:alarms"
STUF_KEY = b"the notify key of acme-audit"
GITHUB_SECRETS = (b"new secret", b"old secret")
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


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
def stuf() -> Callable[..., tuple[dict[str, str], bytes]]:
    """Headers and body of a STUF's delivery; anything may be said otherwise, and is then signed so."""

    def make(
        body: Any = None, *, key: bytes = STUF_KEY, stamp: str = "", raw: bytes | None = None, **headers: str
    ) -> tuple[dict[str, str], bytes]:
        content = {
            "schema_version": 1,
            "event": "upload.completed",
            "slug": "acme-audit",
            "upload_id": "u1",
            "size": 12,
        }
        body = content if body is None else body
        data = raw if raw is not None else json.dumps(body).encode()
        stamp = stamp or str(int(NOW.timestamp()))
        signature = hmac.new(key, stamp.encode() + b"." + data, "sha256").hexdigest()
        return {
            "Content-Type": "application/json",
            "X-STUF-Slug": "acme-audit",
            "X-STUF-Delivery": str(uuid.uuid4()),
            "X-STUF-Timestamp": stamp,
            "X-STUF-Signature-256": f"sha256={signature}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }, data

    return make


@pytest.fixture
def github() -> Callable[..., tuple[dict[str, str], bytes]]:
    """Headers and body of a GitHub delivery."""

    def make(
        event: str = "workflow_run",
        body: Any = None,
        *,
        key: bytes = GITHUB_SECRETS[0],
        raw: bytes | None = None,
        **headers: str,
    ) -> tuple[dict[str, str], bytes]:
        body = {"action": "completed", "workflow_run": {"id": 42}} if body is None else body
        data = raw if raw is not None else json.dumps(body).encode()
        return {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, data, "sha256").hexdigest(),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }, data

    return make


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
