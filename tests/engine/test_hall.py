"""The hall's workers outlive whatever the database does."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import NoSuchColumnError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stuf_bot.chat.outbox import Outbox
from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import open_database
from stuf_bot.store.migrations import migrate

LIMIT = 20.0
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def once_failing(call: Callable[..., Any], errors: list[Exception]) -> Callable[..., Any]:
    def flaky(*given: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return call(*given)

    return flaky


@pytest.mark.parametrize("broken", ["take", "failed"])
def test_a_worker_outlives_an_error_that_is_not_of_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    migrate(database)
    inbox = Inbox(database, {"DeliveryReceived": DeliveryReceived})
    errors: list[Exception] = [PoolTimeout("none is free"), NoSuchColumnError("no such"), KeyError("x")]
    monkeypatch.setattr(inbox, broken, once_failing(getattr(inbox, broken), errors))
    told: list[str] = []

    def handle(event: Any, _session: Any) -> list[Any]:
        if event.kind == "bad":
            raise ValueError("not this one")
        told.append(event.kind)
        return []

    hall = Hall(
        database, inbox, Outbox(channel_id=lambda _: 1, clock=lambda: NOW), handle, lambda *_: [], workers=1
    )
    assert not hall.alive
    hall.start()
    for number, kind in enumerate(("bad", "good")):
        with database.session() as session:
            inbox.put(
                session,
                DeliveryReceived(
                    source="github", delivery_id=str(number), kind=kind, subject="run:1", body={}
                ),
            )
    until(lambda: told == ["good"])
    assert errors == []
    assert hall.alive
    hall.stop()
    assert not hall.alive
    database.close()
