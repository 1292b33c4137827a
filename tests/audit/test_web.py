"""Webhooks that are refused leave an entry by the door they came through, and nothing of what they said."""

import hmac
import json
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from filled import START
from pydantic import SecretStr

from stuf_bot import audit
from stuf_bot.audit.deliveries import Unwanted
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database
from stuf_bot.web.app import web_app
from stuf_bot.web.bodies import LIMIT
from stuf_bot.web.senders import Senders, hooks

with warnings.catch_warnings():
    # It tells of a successor of httpx that is not needed yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SECRET = b"hook secret"


@pytest.fixture
def door(database: Database) -> Iterator[Any]:
    app = web_app(
        database,
        Inbox(database, {"DeliveryReceived": DeliveryReceived}),
        hooks(
            Senders(stuf=lambda _slug: None, github=[SecretStr(SECRET.decode())]),
            clock=lambda: START,
        ),
        unwanted=Unwanted(database, clock=lambda: START).note,
    )
    with TestClient(app) as client:
        yield client


def headers(body: bytes, **more: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET, body, "sha256").hexdigest(),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def test_each_reason_is_noted(door: Any, database: Database) -> None:
    body = json.dumps({"marked": "ana@example.org"}).encode()
    forged = headers(body, X_Hub_Signature_256="sha256=marked")
    assert door.post("/hooks/github", content=body, headers=forged).status_code == 401
    assert door.post("/hooks/github", content=b"x" * (LIMIT + 1), headers=headers(b"")).status_code == 413
    assert door.post("/hooks/github", content=b"[]", headers=headers(b"[]")).status_code == 400
    assert door.post("/hooks/stuf", content=body, headers={"X-STUF-Slug": "marked"}).status_code == 401
    good = headers(body)
    assert door.post("/hooks/github", content=body, headers=good).json() == {"stored": True}
    assert door.post("/hooks/github", content=body, headers=good).json() == {"stored": False}
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
        found = list(audit.entries(session))
    assert [(entry.place, entry.outcome, entry.reason_code) for entry in found] == [
        ("web:/hooks/github", "refused", "forged"),
        ("web:/hooks/github", "refused", "too-large"),
        ("web:/hooks/github", "refused", "no-json"),
        ("web:/hooks/stuf", "refused", "forged"),
        ("web:/hooks/github", "ignored", "known-already"),
    ]
    assert not any("marked" in entry.line() for entry in found)
