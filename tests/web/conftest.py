"""A web door with nobody behind it, and senders that sign."""

import hmac
import json
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr
from sqlalchemy import select

from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import InboxRow
from stuf_bot.web.app import web_app

with warnings.catch_warnings():
    # It tells of a successor of httpx that is not needed yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

STUF_KEY = b"the notify key of acme-audit"
GITHUB_SECRETS = (b"new secret", b"old secret")
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


class Door:
    """The door, and what was stored behind it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.inbox = Inbox(database, {"DeliveryReceived": DeliveryReceived})
        self.ready: dict[str, bool] = {"zulip": True}
        self.asked: list[str] = []
        app = web_app(
            database,
            self.inbox,
            secret=self.secret,
            github_secrets=[SecretStr(secret.decode()) for secret in GITHUB_SECRETS],
            ready=lambda: self.ready,
            clock=lambda: NOW,
        )
        self.client = TestClient(app, raise_server_exceptions=False)

    def secret(self, slug: str) -> SecretBytes | None:
        self.asked.append(slug)
        return SecretBytes(STUF_KEY) if slug == "acme-audit" else None

    def stored(self) -> list[DeliveryReceived]:
        with self.database.reading() as session:
            rows = session.scalars(select(InboxRow).order_by(InboxRow.id)).all()
        return [DeliveryReceived.model_validate_json(row.payload) for row in rows]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    migrate(made)
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
