"""A plan is good once, also when several people answer it at the same moment; on both databases."""

import threading
from datetime import UTC, datetime, timedelta

from stuf_bot.chat import plans
from stuf_bot.chat.listening import WAITING
from stuf_bot.places import Topic, conversation
from stuf_bot.store.conversation_tables import PlanRow, store_place
from stuf_bot.store.database import Database
from stuf_bot.store.migrations import migrate

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOM = Topic(channel=5, topic="removals")
AT_ONCE = 6


def shown(database: Database) -> None:
    migrate(database)
    with database.session() as session:
        session.add(
            PlanRow(
                id="k3f9ab",
                kind="Abandon",
                payload={"stuf": "acme-audit"},
                digest="0",
                person_id=9,
                place=store_place(ROOM),
                shown_in=store_place(ROOM),
                asked_in=conversation(ROOM),
                way="two-people",
                title="remove the STUF `acme-audit`",
                stuf="acme-audit",
                cause="",
                state="open",
                created_at=NOW,
                expires_at=NOW + timedelta(minutes=15),
            )
        )


def test_of_several_who_answer_at_once_one_finds_it_waiting(database: Database) -> None:
    shown(database)
    ready = threading.Barrier(AT_ONCE)
    carried_out: list[int] = []

    def answer(number: int) -> None:
        ready.wait()
        with database.session() as session:
            if number % 2:
                row = plans.find(session, "k3f9ab")
            else:
                row = next(iter(plans.waiting(session, place=ROOM)), None)
            if row is not None and row.state in WAITING:
                plans.end(row, "confirmed")
                carried_out.append(number)

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carried_out) == 1


def test_a_plan_that_expires_while_it_is_answered_ends_in_one_way(database: Database) -> None:
    shown(database)
    ready = threading.Barrier(2)
    ends: list[str] = []

    def answer() -> None:
        ready.wait()
        with database.session() as session:
            row = plans.find(session, "k3f9ab")
            if row is not None and row.state in WAITING:
                plans.end(row, "confirmed")
                ends.append("confirmed")

    def expire() -> None:
        ready.wait()
        with database.session() as session:
            ends.extend("expired" for _ in plans.expire(session, NOW + timedelta(minutes=15)))

    threads = [threading.Thread(target=each) for each in (answer, expire)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 1
