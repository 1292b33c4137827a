"""Cards whose messages can soon be edited no more: the old ones point to the new ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stuf_bot.acts import Card
from stuf_bot.chat.delivery import nears_edit_limit
from stuf_bot.housekeeping import Housekeeping
from stuf_bot.places import Topic

WORK = Topic(channel="stuf-admin", topic="work")
SEEN = (("channel", "stuf-admin"), ("topic", "work"))


def card(content: str) -> Card:
    return Card(to=WORK, key="operation:1", content=content)


def test_a_card_that_nears_the_edit_limit_points_to_the_one_that_follows_it(
    hand_bot: Any, tess: Any, moments: Any
) -> None:
    shown: list[int | None] = []
    for minute in range(31):
        hand_bot.put(card(f"minute {minute}"), cause=str(minute))
        hand_bot.drain()
        if hand_bot.message_id("operation:1") not in shown:
            shown.append(hand_bot.message_id("operation:1"))
        moments.forward(61)
    *old, new = tess.reads_from_bot(*SEEN)
    assert new == "minute 30"
    assert len(old) == len(shown) - 1 == 3
    for said, following in zip(old, shown[1:], strict=True):
        assert "moved" in said
        assert f"near/{following}" in said


def test_a_card_that_does_not_change_is_put_again_before_the_edit_limit(
    hand_bot: Any, tess: Any, moments: Any
) -> None:
    drawn = [card("running"), Card(to=WORK, key="operation:2", content="not posted yet")]
    keeping = Housekeeping(
        hand_bot.database,
        hand_bot.outbox,
        tidy={},
        clock=moments.utc,
        refresh=lambda _session, _now: drawn,
        edit_limit=lambda: hand_bot.directory.edit_limit_seconds,
    )
    hand_bot.put(drawn[0], cause="1")
    hand_bot.drain()
    for _ in range(25):
        moments.forward(61)
        keeping.tidy()
        hand_bot.drain()
    *old, new = tess.reads_from_bot(*SEEN)
    assert new == "running"
    assert len(old) == 3
    assert all("moved" in said for said in old)


def test_an_unchanged_card_past_the_edit_limit_stays(hand_bot: Any, tess: Any, moments: Any) -> None:
    hand_bot.put(card("done"), cause="1")
    hand_bot.drain()
    moments.forward(601)
    hand_bot.put(card("done"), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["done"]


@pytest.mark.parametrize(
    ("limit", "age", "nears"),
    [
        *[(600, 479, False), (600, 481, True), (600, 600, False), (40, 31, True), (40, 29, False)],
        *[(0, 0, False), (0, 9, False), (None, 10**6, False)],
    ],
)
def test_how_near_the_edit_limit_is_near(limit: int | None, age: int, nears: bool) -> None:
    posted = datetime(2026, 1, 1, tzinfo=UTC)
    assert nears_edit_limit(posted, posted + timedelta(seconds=age), limit) is nears
