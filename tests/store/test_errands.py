"""Errands are run after the commit, in their order, again after trouble, and their end is heard once."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stuf_bot.errands import ErrandLater, ErrandRefused, Errands
from stuf_bot.inbox import Inbox
from stuf_bot.messages import ErrandEnded
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.errand_tables import ErrandRow
from stuf_bot.store.migrations import migrate

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Service:
    """An outside service: what it was asked, and what it answers next."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any] | BaseException] = []
        self.now = START

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(payload)
        answer = self.answers.pop(0) if self.answers else {"done": payload}
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


Open = Callable[[], tuple[Errands, Inbox, Database]]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def begin(tmp_path: Any, service: Service) -> Open:
    def opened() -> tuple[Errands, Inbox, Database]:
        database = open_database(f"sqlite:///{tmp_path}/bot.sqlite")
        migrate(database)
        inbox = Inbox(database, {"ErrandEnded": ErrandEnded})
        kinds = {"fetch": service.run, "look": service.run}
        periodic = {"look": timedelta(minutes=10)}
        errands = Errands(database, inbox, kinds, periodic=periodic, clock=lambda: service.now)
        return errands, inbox, database

    return opened


def ended(inbox: Inbox, database: Database) -> list[ErrandEnded]:
    with database.session() as session:
        found = [inbox.read(session, entry) for entry, _ in inbox.ordered(session)]
    return [one for one in found if isinstance(one, ErrandEnded)]


def test_it_is_run_once_and_its_end_is_heard(begin: Open, service: Service) -> None:
    errands, inbox, database = begin()
    with database.session() as session:
        assert errands.put(session, "fetch", "7", {"n": 7}, order="sentry:7")
        assert not errands.put(session, "fetch", "7", {"n": 8}, order="sentry:7")
        assert errands.waits(session, "fetch", "7")
    assert errands.step() == 0.0
    assert errands.step() is None
    assert service.asked == [{"n": 7}]
    (end,) = ended(inbox, database)
    assert (end.kind, end.errand, end.order, end.succeeded) == ("fetch", "7", "sentry:7", True)
    assert end.result == {"done": {"n": 7}}
    with database.session() as session:
        assert not errands.put(session, "fetch", "7", {"n": 9})
        assert errands.waiting(session) == 0


def test_a_handler_that_fails_sends_nobody(begin: Open, service: Service) -> None:
    errands, _, database = begin()

    def handled() -> None:
        with database.session() as session:
            errands.put(session, "fetch", "7", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        handled()
    assert errands.step() is None
    assert service.asked == []


def test_those_of_one_order_wait_for_each_other_and_others_do_not(begin: Open, service: Service) -> None:
    errands, inbox, database = begin()
    service.answers = [ErrandLater(30)]
    with database.session() as session:
        errands.put(session, "fetch", "1", {"n": 1}, order="a")
        errands.put(session, "fetch", "2", {"n": 2}, order="a")
        errands.put(session, "fetch", "3", {"n": 3}, order="b")
    errands.step()
    errands.step()
    assert errands.step() == 30.0
    assert [one["n"] for one in service.asked] == [1, 3]
    service.forward(30)
    errands.step()
    errands.step()
    assert [one["n"] for one in service.asked] == [1, 3, 1, 2]
    assert [one.errand for one in ended(inbox, database)] == ["3", "1", "2"]


def test_a_refusal_is_final_and_says_why(begin: Open, service: Service) -> None:
    errands, inbox, database = begin()
    service.answers = [ErrandRefused("no-such-issue", "Sentry knows no such issue.")]
    with database.session() as session:
        errands.put(session, "fetch", "1", {})
    errands.step()
    assert errands.step() is None
    (end,) = ended(inbox, database)
    assert (end.succeeded, end.code, end.sentence) == (False, "no-such-issue", "Sentry knows no such issue.")


def test_trouble_is_tried_again_with_growing_pauses_for_a_day(begin: Open, service: Service) -> None:
    errands, inbox, database = begin()
    service.answers = [ConnectionError() for _ in range(1000)]
    with database.session() as session:
        errands.put(session, "fetch", "1", {})
    pauses = []
    while not ended(inbox, database):
        assert errands.step() == 0.0
        pause = errands.step() if not ended(inbox, database) else None
        if pause:
            pauses.append(pause)
            service.forward(pause)
    assert pauses[:4] == [2.0, 4.0, 8.0, 16.0]
    assert max(pauses) == 600.0
    assert ended(inbox, database)[0].code == "unavailable"
    assert service.now - START >= timedelta(days=1)


class Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


def test_what_was_in_hand_when_the_bot_died_is_run_again(begin: Open, service: Service) -> None:
    errands, _, database = begin()
    service.answers = [Killed()]
    with database.session() as session:
        errands.put(session, "fetch", "1", {"n": 1})
    with pytest.raises(Killed):
        errands.step()
    again, inbox, database = begin()
    again.step()
    assert len(service.asked) == 2
    assert [one.succeeded for one in ended(inbox, database)] == [True]


def test_the_clock_asks_once_a_time_slot_and_not_again_while_one_waits(begin: Open, service: Service) -> None:
    errands, _, database = begin()

    def tick() -> None:
        with database.session() as session:
            errands.tidy(session, service.now)

    tick()
    tick()
    errands.step()
    assert len(service.asked) == 1
    service.answers = [ErrandLater(3000)]
    service.forward(600)
    tick()
    errands.step()
    service.forward(600)
    tick()
    with database.session() as session:
        assert errands.waiting(session) == 1


def test_its_payload_is_gone_once_it_is_over(begin: Open, tmp_path: Any) -> None:
    errands, inbox, database = begin()
    with database.session() as session:
        errands.put(session, "fetch", "1", {"text": "quite-a-secret"})
    errands.step()
    with database.session() as session:
        for entry, _ in inbox.ordered(session):
            inbox.done(session, entry)
    database.close()
    assert b"quite-a-secret" not in b"".join(one.read_bytes() for one in tmp_path.glob("bot.sqlite*"))


def test_an_unknown_kind_is_refused_at_once(begin: Open) -> None:
    errands, _, database = begin()
    with database.session() as session, pytest.raises(KeyError):
        errands.put(session, "no-such", "1", {})


@pytest.fixture
def hurried(tmp_path: Any, service: Service) -> Iterator[tuple[Errands, Database]]:
    """Errands of which "reply" is what people wait for."""
    database = open_database(f"sqlite:///{tmp_path}/bot.sqlite")
    migrate(database)
    inbox = Inbox(database, {"ErrandEnded": ErrandEnded})
    kinds = {"bulk": service.run, "reply": service.run}
    yield Errands(database, inbox, kinds, urgent=("reply", "no-such"), clock=lambda: service.now), database
    database.close()


def test_what_people_wait_for_goes_before_what_was_put_earlier(
    hurried: tuple[Errands, Database], service: Service
) -> None:
    errands, database = hurried
    with database.session() as session:
        for number in range(5):
            errands.put(session, "bulk", str(number), {"n": number}, order=f"o:{number}")
        errands.put(session, "reply", "1", {"n": "said"}, order="o:3")
    for _ in range(3):
        errands.step()
    # What stands before it in its own order is run before it, and before all others.
    assert [one["n"] for one in service.asked] == [3, "said", 0]


def test_one_worker_takes_nothing_but_what_people_wait_for(
    hurried: tuple[Errands, Database], service: Service
) -> None:
    errands, database = hurried
    with database.session() as session:
        errands.put(session, "bulk", "1", {"n": 1})
    assert errands.step(only_urgent=True) is None
    service.answers = [ErrandLater(30)]
    with database.session() as session:
        errands.put(session, "reply", "1", {"n": 2})
    assert errands.step(only_urgent=True) == 0.0
    assert errands.step(only_urgent=True) == 30.0
    assert [one["n"] for one in service.asked] == [2]


def test_long_ones_hold_no_reply_up(tmp_path: Any) -> None:
    database = open_database(f"sqlite:///{tmp_path}/bot.sqlite")
    migrate(database)
    inbox = Inbox(database, {"ErrandEnded": ErrandEnded})
    begun, go_on, replied = threading.Semaphore(0), threading.Event(), threading.Event()

    def bulk(_payload: dict[str, Any]) -> dict[str, Any]:
        begun.release()
        go_on.wait(30)
        return {}

    def reply(_payload: dict[str, Any]) -> dict[str, Any]:
        replied.set()
        return {}

    errands = Errands(database, inbox, {"bulk": bulk, "reply": reply}, urgent=("reply",))
    with database.session() as session:
        for number in range(4):
            errands.put(session, "bulk", str(number), {})
    errands.start()
    try:
        assert begun.acquire(timeout=30)
        assert begun.acquire(timeout=30)
        with database.session() as session:
            errands.put(session, "reply", "1", {})
        assert replied.wait(30)
    finally:
        go_on.set()
        errands.stop(30)
        database.close()


def test_a_long_key_or_order_fits_its_column_and_is_still_one(begin: Open, service: Service) -> None:
    errands, inbox, database = begin()
    key, order = "k" * 400, "o" * 400
    with database.session() as session:
        assert errands.put(session, "fetch", key + "1", {"n": 1}, order=order)
        assert errands.put(session, "fetch", key + "2", {"n": 2}, order=order + "+")
        assert not errands.put(session, "fetch", key + "1", {"n": 3}, order=order)
        assert errands.put(session, "fetch", key, {"n": 4})
        assert errands.waits(session, "fetch", key + "1")
        kept = session.execute(select(ErrandRow.key, ErrandRow.order_key)).all()
    assert max(len(text) for row in kept for text in row) == 300
    while errands.step() == 0.0:
        pass
    assert [one["n"] for one in service.asked] == [1, 2, 4]
    assert len({end.order for end in ended(inbox, database)}) == 3
