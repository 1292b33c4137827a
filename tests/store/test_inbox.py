"""The inbox keeps what came in, once, and forgets what it said when it is done."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import InboxRow


class Happened(BaseModel):
    """Something with a name, in an order."""

    model_config = ConfigDict(frozen=True)

    name: str
    line: str = "one"

    @property
    def key(self) -> str:
        return f"happened:{self.name}"

    @property
    def order(self) -> str:
        return self.line


class Stranger(Happened):
    """Nobody told the inbox of it."""


class NoOutbox:
    """For a hall that says nothing."""

    def answer(self, _session: Any, acts: Any, *_: Any) -> None:
        assert not list(acts)


class Clock:
    now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(database: Database, clock: Clock) -> Inbox:
    migrate(database)
    return Inbox(database, {"Happened": Happened}, clock=clock)


def put(database: Database, inbox: Inbox, *events: Happened) -> list[bool]:
    with database.session() as session:
        return [inbox.put(session, event) for event in events]


def test_a_happening_is_stored_once(database: Database, inbox: Inbox) -> None:
    assert put(database, inbox, Happened(name="a"), Happened(name="a"), Happened(name="b")) == [
        True,
        False,
        True,
    ]
    assert put(database, inbox, Happened(name="a")) == [False]


def test_several_are_stored_at_once_in_their_order(database: Database, inbox: Inbox) -> None:
    told: list[tuple[int, str]] = []
    inbox.on_put(told.extend)
    put(database, inbox, Happened(name="known"))
    told.clear()
    many = [Happened(name=str(number), line="many") for number in range(200)]
    with database.session() as session:
        assert inbox.put_all(session, [Happened(name="known"), *many, many[0]]) == [False] + [True] * 200 + [
            False
        ]
        assert inbox.put_all(session, many[:2]) == [False, False]
        assert told == []
    assert [order for _, order in told] == ["many"] * 200
    with database.session() as session:
        assert [inbox.read(session, entry) for entry, _ in told] == many
        with pytest.raises(TypeError):
            inbox.put_all(session, [Stranger(name="x")])


def test_what_was_undone_may_happen_anew_once_it_is_finished(database: Database, inbox: Inbox) -> None:
    put(database, inbox, Happened(name="a"), Happened(name="b"))
    for new in (False, True, True):
        with database.session() as session:
            inbox.forget(session, "happened:a")
        assert put(database, inbox, Happened(name="a"), Happened(name="b")) == [new, False]
        with database.session() as session:
            inbox.done(session, inbox.ordered(session)[-1][0] if new else 1)


def test_one_that_is_stored_by_two_threads_at_once_is_stored_once(database: Database, inbox: Inbox) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.extend(put(database, inbox, Happened(name="a"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def put_and_fail(database: Database, inbox: Inbox) -> None:
    with database.session() as session:
        inbox.put(session, Happened(name="c"))
        raise ZeroDivisionError


def test_who_listens_hears_of_what_is_new_after_the_commit(database: Database, inbox: Inbox) -> None:
    told: list[Any] = []
    inbox.on_put(lambda new: told.append(list(new)))
    with database.session() as session:
        inbox.put(session, Happened(name="a", line="x"))
        inbox.put(session, Happened(name="b", line="y"))
        inbox.put(session, Happened(name="a", line="x"))
        assert told == []
    put(database, inbox, Happened(name="b"))
    with pytest.raises(ZeroDivisionError):
        put_and_fail(database, inbox)
    assert told == [[(1, "x"), (2, "y")]]
    with database.reading() as session:
        assert inbox.ordered(session) == [(1, "x"), (2, "y")]


def test_a_kind_that_nobody_named_is_refused(database: Database, inbox: Inbox) -> None:
    with pytest.raises(TypeError, match="Stranger"):
        put(database, inbox, Stranger(name="x"))


def test_what_is_done_is_known_but_says_nothing_more(database: Database, inbox: Inbox) -> None:
    put(database, inbox, Happened(name="secret"), Happened(name="other"))
    with database.session() as session:
        (entry, _), _ = inbox.ordered(session)
        assert inbox.read(session, entry) == Happened(name="secret")
        inbox.done(session, entry)
        assert inbox.read(session, entry) is None
    with database.session() as session:
        ((entry, _),) = inbox.ordered(session)
        inbox.failed(session, entry, "4f3a")
    with database.reading() as session:
        assert [(row.state, row.payload, row.reference) for row in session.scalars(select(InboxRow))] == [
            ("done", "", None),
            ("failed", "", "4f3a"),
        ]
    assert put(database, inbox, Happened(name="secret")) == [False]


def test_keys_are_forgotten_after_a_long_time(database: Database, inbox: Inbox, clock: Clock) -> None:
    put(database, inbox, Happened(name="old"), Happened(name="waiting"))
    with database.session() as session:
        inbox.done(session, 1)
    clock.now += timedelta(days=61)
    with database.session() as session:
        inbox.prune(session, timedelta(days=60))
    assert put(database, inbox, Happened(name="old"), Happened(name="waiting")) == [True, False]


def run_hall(database: Database, inbox: Inbox, handle: Any, done: threading.Event, workers: int = 4) -> None:
    hall = Hall(database, inbox, NoOutbox(), handle, lambda *_: (), workers=workers)  # type: ignore[arg-type]
    hall.start()
    assert done.wait(30)
    hall.stop()


def test_each_order_is_kept_and_different_ones_go_side_by_side(database: Database, inbox: Inbox) -> None:
    events = [Happened(name=f"{line}{number}", line=line) for number in range(6) for line in "abc"]
    handled: list[Happened] = []
    done = threading.Event()
    together = threading.Barrier(3, timeout=20)

    def handle(event: Happened, session: Any) -> list[Any]:
        if database.engine.dialect.name == "postgresql" and event.name.endswith("0"):
            together.wait()  # The first of each line meet: nobody waits for another line.
        handled.append(event)
        if len(handled) == len(events):
            done.set()
        return []

    put(database, inbox, *events)
    run_hall(database, inbox, handle, done)
    for line in "abc":
        assert [event.name for event in handled if event.line == line] == [
            f"{line}{number}" for number in range(6)
        ]


def test_what_comes_while_the_hall_works_is_handled_at_once(database: Database, inbox: Inbox) -> None:
    handled: list[str] = []
    done = threading.Event()

    def handle(event: Happened, session: Any) -> list[Any]:
        handled.append(event.name)
        if event.name != "30":
            inbox.put(session, Happened(name=str(int(event.name) + 1), line=str(int(event.name) % 3)))
        else:
            done.set()
        return []

    put(database, inbox, Happened(name="1"))
    run_hall(database, inbox, handle, done)
    assert handled == [str(number) for number in range(1, 31)]


@settings(max_examples=15, deadline=None)
@given(plan=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=12))
def test_failures_hold_up_nobody_and_every_event_ends(plan: list[tuple[str, bool]]) -> None:
    database = open_database("sqlite://")
    migrate(database)
    inbox = Inbox(database, {"Happened": Happened})
    events = [Happened(name=f"{number}", line=line) for number, (line, _) in enumerate(plan)]
    failing = {str(number) for number, (_, fails) in enumerate(plan) if fails}
    told: list[str] = []
    seen: list[str] = []
    done = threading.Event()

    def handle(event: Happened, session: Any) -> list[Any]:
        seen.append(event.name)
        if len(seen) == len(plan):
            done.set()
        if event.name in failing:
            raise KeyError(event.name)
        return []

    def on_error(event: Happened, error: Exception, reference: str) -> list[Any]:
        told.append(event.name)
        return []

    put(database, inbox, *events)
    hall = Hall(database, inbox, NoOutbox(), handle, on_error, workers=3)  # type: ignore[arg-type]
    hall.start()
    assert done.wait(30)
    hall.stop()
    with database.reading() as session:
        states = [row.state for row in session.scalars(select(InboxRow).order_by(InboxRow.id))]
    assert states == ["failed" if fails else "done" for _, fails in plan]
    assert sorted(told) == sorted(failing)
    database.close()
