"""What is kept of deliveries, and what was seen of objects, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from stuf_bot import deliveries, seen
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database
from stuf_bot.store.tables import Base

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tables(database: Database) -> Iterator[None]:
    Base.metadata.create_all(database.engine)
    yield
    Base.metadata.drop_all(database.engine)


def _delivery(number: int, kind: str = "k") -> DeliveryReceived:
    return DeliveryReceived(source="github", delivery_id=f"d{number}", kind=kind, body={"number": number})


def test_a_kept_one_is_handed_out_once_until_it_is_kept_again(database: Database) -> None:
    with database.session() as session:
        deliveries.unknown(session, _delivery(1), NOW)
        (kept,) = deliveries.newest(session)
        assert deliveries.again(session, kept.id, 8, NOW) == _delivery(1)
        assert deliveries.again(session, kept.id, 8, NOW) is None
        assert deliveries.replaying(session, kept.key)
        deliveries.failed(session, _delivery(1), NOW, "ab12")
        assert not deliveries.settle(session, kept.key)
        assert not deliveries.replaying(session, kept.key)
        found = deliveries.find(session, kept.id)
        assert found is not None
        assert (found.why, found.reference, found.replays, found.replayed_by) == ("failed", "ab12", 1, 8)
        deliveries.again(session, kept.id, 8, NOW)
        assert deliveries.settle(session, kept.key)
        assert deliveries.newest(session) == []
        assert deliveries.again(session, kept.id, 8, NOW) is None


def test_bounds_hold(database: Database) -> None:
    with database.session() as session:
        for number in range(deliveries.MOST_OF_A_KIND + 3):
            deliveries.unknown(session, _delivery(number), NOW)
        kept = deliveries.newest(session)
        assert len(kept) == deliveries.MOST_OF_A_KIND
        assert kept[-1].delivery_id == "d3"
        deliveries.tidy(session, NOW + deliveries.KEEP + timedelta(seconds=1))
        assert deliveries.newest(session) == []


def test_counts_of_several_at_once_add_up(database: Database) -> None:
    def count(_: int) -> None:
        with database.session() as session:
            deliveries.count(session, NOW, "github", "accepted")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(20)))
    with database.session() as session:
        deliveries.count(session, NOW + timedelta(hours=1), "github", "forged", 5)
        assert deliveries.counts(session, NOW) == {"github": {"accepted": 20, "forged": 5}}
        assert deliveries.counts(session, NOW + timedelta(hours=1)) == {"github": {"forged": 5}}
        deliveries.tidy(session, NOW + deliveries.KEEP_COUNTS + timedelta(days=1))
        assert deliveries.counts(session, NOW) == {"github": {"forged": 5}}


def test_the_newest_state_is_what_was_seen(database: Database) -> None:
    with database.session() as session:
        seen.note(session, [("b", NOW), ("a", NOW)])
        seen.note(session, [("a", NOW - timedelta(days=1)), ("b", NOW + timedelta(days=1))])
        assert [seen.up_to(session, key) for key in "abc"] == [NOW, NOW + timedelta(days=1), None]
        seen.look(session, "acme/control", NOW)
        seen.look(session, "acme/control", NOW + timedelta(hours=1))
        assert seen.looked(session, "acme/control") == NOW + timedelta(hours=1)
        seen.tidy(session, NOW + seen.KEEP + timedelta(hours=1))
        assert [seen.up_to(session, key) for key in "ab"] == [None, NOW + timedelta(days=1)]
