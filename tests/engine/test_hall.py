"""The hall: in order per conversation, side by side across them, over failures and restarts."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import NoSuchColumnError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stuf_bot.chat.outbox import Outbox
from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.lines import Lines
from stuf_bot.messages import DeliveryReceived, MessageReceived
from stuf_bot.places import Direct, Topic
from stuf_bot.store.database import Database, open_database, repeatable
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


@pytest.mark.parametrize("broken", ["read", "failed"])
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


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    migrate(made)
    return made


def message(number: int, place: Topic | Direct, sender: int = 9) -> MessageReceived:
    return MessageReceived(
        message_id=number, sender_id=sender, sender_name="Tess", place=place, content=f"{number}", sent_at=NOW
    )


def hall_of(database: Database, inbox: Inbox, handle: Callable[..., Any], **options: Any) -> Hall:
    outbox = Outbox(channel_id=lambda _: 1, clock=lambda: NOW)
    return Hall(database, inbox, outbox, handle, lambda *_: [], **options)


def put(database: Database, inbox: Inbox, *events: MessageReceived) -> None:
    with database.session() as session:
        for event in events:
            inbox.put(session, event)


def test_a_conversation_waits_for_its_own_and_for_no_other(database: Database) -> None:
    """A file is being fetched for one conversation (outside of the database): the others go on."""
    inbox = Inbox(database, {"MessageReceived": MessageReceived})
    slow, quick = Topic(channel=4, topic="slow"), Direct(user_ids=(9,))
    fetched, handled = threading.Event(), list[int]()

    def finish(entry: int) -> None:
        if entry == 1:
            assert fetched.wait(LIMIT)
        real(entry)

    def handle(event: MessageReceived, _session: Any) -> list[Any]:
        handled.append(event.message_id)
        return []

    hall = hall_of(database, inbox, handle, workers=2)
    real, hall._finish = hall._finish, finish  # type: ignore[method-assign]
    hall.start()
    # Two people in one topic, one of them in a direct message as well.
    put(database, inbox, message(1, slow), message(2, slow, sender=8), message(3, quick), message(4, quick))
    until(lambda: handled == [3, 4])
    assert not hall.calm(0)
    fetched.set()
    until(lambda: handled == [3, 4, 1, 2])
    assert hall.calm(LIMIT)
    hall.stop()


def test_many_conversations_with_many_messages_end_in_order(database: Database) -> None:
    inbox = Inbox(database, {"MessageReceived": MessageReceived})
    places = [Direct(user_ids=(number,)) for number in range(20)]
    events = [message(number, places[number % 20]) for number in range(600)]
    handled: list[MessageReceived] = []

    def handle(event: MessageReceived, session: Any) -> list[Any]:
        repeatable(session)
        handled.append(event)
        return []

    put(database, inbox, *events[:300])
    hall = hall_of(database, inbox, handle)
    hall.start()
    put(database, inbox, *events[300:])
    until(lambda: len(handled) == 600)
    for place in places:
        ids = [event.message_id for event in handled if event.place == place]
        assert ids == sorted(ids)
    assert hall.calm(LIMIT)
    # What stood there before the start has waited over a restart.
    late = [event.message_id for event in handled if event.caught_up and event.perhaps_answered]
    assert sorted(late) == list(range(300))
    hall.stop()


@pytest.mark.parametrize("reads", [True, False])
def test_what_only_reads_does_not_wait_for_the_disk(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, reads: bool
) -> None:
    inbox = Inbox(database, {"MessageReceived": MessageReceived})
    waited: list[bool] = []
    monkeypatch.setattr(database, "_to_disk", lambda: waited.append(True))

    def handle(_event: MessageReceived, session: Any) -> list[Any]:
        if reads:
            repeatable(session)
        return []

    put(database, inbox, message(1, Direct(user_ids=(9,))))
    hall_of(database, inbox, handle)._once(1)
    assert waited == ([] if reads else [True])


@given(
    steps=st.lists(st.one_of(st.tuples(st.integers(0, 99), st.sampled_from("abc")), st.none()), max_size=60)
)
def test_lines_serve_each_order_by_age_and_one_at_a_time(steps: list[tuple[int, str] | None]) -> None:
    lines, waiting, served = Lines(), [], set()
    for step in steps:
        if step:
            waiting.append(step)
            lines.add([step])
        elif taken := lines.take():
            entry, order = taken
            assert order not in served
            assert entry == min(number for number, name in waiting if name == order)
            waiting.remove(taken)
            served.add(order)
        else:
            assert {name for _, name in waiting} <= served
            if served:
                lines.done(order := served.pop())
        assert bool(lines) == bool(waiting or served)


def test_urgent_lines_are_served_first_each_in_its_order() -> None:
    lines = Lines(urgent=lambda order: order.startswith("!"))
    lines.add([(1, "a"), (2, "b"), (3, "!c"), (4, "a"), (5, "!c"), (6, "!d")])
    taken = []
    while one := lines.take():
        taken.append(one)
        lines.done(one[1])
    assert taken == [(3, "!c"), (6, "!d"), (5, "!c"), (1, "a"), (2, "b"), (4, "a")]
