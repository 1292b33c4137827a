"""Deliveries that come at the same time are stored together, and fail each for itself."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError

from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database
from stuf_bot.web.checks import Accepted, Errand
from stuf_bot.web.storing import Storing


def accepted(number: int, errand: Errand | None = None) -> Accepted:
    delivery = DeliveryReceived(source="github", delivery_id=str(number), kind="push", body={"n": number})
    return Accepted(delivery, "github", errand)


class Watched(Inbox):
    """An inbox that can be made to fail, and knows in how many transactions it was written."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, {"DeliveryReceived": DeliveryReceived})
        self.commits = 0
        self.error: tuple[str, Exception] | None = None
        self.on_put(lambda _: setattr(self, "commits", self.commits + 1))

    def put_all(self, session: Any, events: Any) -> list[bool]:
        if self.error and self.error[0] in {"all", *(event.delivery_id for event in events)}:
            raise self.error[1]
        return super().put_all(session, events)


def put_all(storing: Storing, numbers: list[int]) -> list[Any]:
    async def run() -> list[Any]:
        return await asyncio.gather(
            *(storing.put(accepted(number)) for number in numbers), return_exceptions=True
        )

    return asyncio.run(run())


def test_a_few_commits_do_for_many(database: Database) -> None:
    inbox = Watched(database)
    assert put_all(Storing(database, inbox), [*range(250), 7, 8]) == [True] * 250 + [False] * 2
    assert inbox.commits <= 4
    with database.reading() as session:
        assert inbox.waiting(session) == 250


def test_one_that_cannot_be_stored_does_not_take_the_others_with_it(database: Database) -> None:
    inbox = Watched(database)
    inbox.error = ("3", DataError("statement", {}, Exception("no")))
    results = put_all(Storing(database, inbox), [0, 1, 2, 3, 4, 5])
    assert [type(result) for result in results] == [bool] * 3 + [DataError] + [bool] * 2
    with database.reading() as session:
        assert inbox.waiting(session) == 5


def test_a_database_that_is_away_fails_all_at_once_and_none_for_ever(database: Database) -> None:
    inbox = Watched(database)
    storing = Storing(database, inbox)
    inbox.error = ("all", OperationalError("statement", {}, Exception("away")))
    assert all(isinstance(result, OperationalError) for result in put_all(storing, [1, 2, 3]))
    inbox.error = ("all", ZeroDivisionError())
    assert all(isinstance(result, ZeroDivisionError) for result in put_all(storing, [1, 2, 3]))
    inbox.error = None
    assert put_all(storing, [1, 2, 3]) == [True] * 3


def test_what_is_to_be_done_is_stored_with_it_once(database: Database) -> None:
    errands: list[tuple[str, str, Any]] = []
    storing = Storing(
        database,
        Watched(database),
        lambda _session, kind, key, payload: errands.append((kind, key, dict(payload))),
    )
    errand = Errand("sns.confirm", "m1", {"topic": "t"})

    async def run() -> list[bool]:
        return [await storing.put(accepted(1, errand)) for _ in range(2)]

    assert asyncio.run(run()) == [True, False]
    assert errands == [("sns.confirm", "m1", {"topic": "t"})]


def test_without_the_errand_there_is_no_delivery(database: Database) -> None:
    def fails(*_: Any) -> None:
        raise KeyError("unknown kind")

    inbox = Watched(database)
    storing = Storing(database, inbox, fails)
    with pytest.raises(KeyError):
        asyncio.run(storing.put(accepted(1, Errand("sns.confirm", "m1", {}))))
    with database.reading() as session:
        assert inbox.waiting(session) == 0
