"""Figures: what was counted, what is read from the database, and who may see them."""

import logging
from typing import Any

import pytest
from pydantic import SecretStr
from signers import NOW
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from stuf_bot.acts import Lane, Post
from stuf_bot.bootstrap.door import readings
from stuf_bot.chat.outbox import Outbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.places import Topic
from stuf_bot.store.database import Database
from stuf_bot.web.metrics import Metrics, Reading, metrics_page


def page(metrics: Metrics, token: str = "", host: str = "127.0.0.1") -> TestClient:
    answer = metrics_page(metrics, SecretStr(token) if token else None)
    return TestClient(Starlette(routes=[Route("/metrics", answer)]), client=(host, 1234))


def figures(metrics: Metrics) -> dict[str, float]:
    lines = metrics.text().decode().splitlines()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")
    }


def test_deliveries_are_counted_by_source_and_by_what_came_of_them(
    door: Any, github: Any, sentry: Any
) -> None:
    headers, body = github()
    for _ in range(2):
        door.client.post("/hooks/github", headers=headers, content=body)
    headers, body = sentry(key=b"no")
    door.client.post("/hooks/sentry", headers=headers, content=body)
    found = figures(door.metrics)
    assert found['stuf_bot_deliveries_total{outcome="stored",source="github"}'] == 1
    assert found['stuf_bot_deliveries_total{outcome="known-already",source="github"}'] == 1
    assert found['stuf_bot_deliveries_total{outcome="forged",source="sentry"}'] == 1
    assert found['stuf_bot_delivery_answer_seconds_count{source="github"}'] == 2


def test_what_waits_is_read_when_it_is_asked_for(database: Database, door: Any) -> None:
    outbox = Outbox(clock=lambda: NOW)
    metrics = Metrics(database, readings(lambda: 7, lambda: NOW))
    assert figures(metrics)['stuf_bot_outbox_waiting{lane="incident"}'] == 0
    with database.session() as session:
        for lane in (Lane.INCIDENT, Lane.REPOSITORY, Lane.REPOSITORY):
            outbox.put(
                session, Post(to=Topic(channel="c", topic="t"), content="x", lane=lane), f"{lane}", id(lane)
            )
        outbox.put(
            session, Post(to=Topic(channel="c", topic="t"), content="y", lane=Lane.REPOSITORY), "other", 0
        )
        door.inbox.put(session, DeliveryReceived(source="github", delivery_id="1", kind="push", body={}))
    found = figures(metrics)
    assert found['stuf_bot_outbox_waiting{lane="incident"}'] == 1
    assert found['stuf_bot_outbox_waiting{lane="repository"}'] == 2
    assert found['stuf_bot_outbox_waiting{lane="sentry"}'] == 0
    assert found['stuf_bot_outbox_oldest_seconds{lane="repository"}'] == 0
    assert found['stuf_bot_inbox_waiting{kind="DeliveryReceived"}'] == 1
    assert found['stuf_bot_inbox_oldest_seconds{kind="DeliveryReceived"}'] >= 0
    assert found["stuf_bot_sent_total"] == 7


def test_errors_are_counted_and_not_quoted() -> None:
    metrics = Metrics()
    log = logging.getLogger("apart")
    log.addHandler(metrics.handler())
    log.error("a secret")
    log.info("nothing")
    assert figures(metrics)['stuf_bot_errors_total{level="error"}'] == 1
    assert "secret" not in metrics.text().decode()


def test_a_database_that_is_away_leaves_what_was_counted(database: Database) -> None:
    def away(_: Any) -> dict[str, float]:
        raise OperationalError("statement", {}, Exception("away"))

    metrics = Metrics(database, [Reading("x", "X.", "", away)])
    metrics.delivery("github", "stored", 0.01)
    assert figures(metrics)['stuf_bot_deliveries_total{outcome="stored",source="github"}'] == 1


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 403),
        ("a socket", {}, 403),
    ],
)
def test_without_a_token_only_this_machine_may_read(host: str, headers: dict[str, str], status: int) -> None:
    assert page(Metrics(), host=host).get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("Bearer the token", 200),
        ("Bearer the toke", 401),
        ("the token", 401),
        ("", 401),
        ("Basic the token", 401),
    ],
)
def test_with_a_token_who_shows_it_may_read(shown: str, status: int) -> None:
    for host in ("127.0.0.1", "192.0.2.7"):
        answer = page(Metrics(), token="the token", host=host).get(
            "/metrics", headers={"Authorization": shown}
        )
        assert answer.status_code == status
