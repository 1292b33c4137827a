"""200 calls a minute, and who may use how many of them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Lane, Post
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.zulip_api import RateLimited
from stuf_bot.places import Direct, Topic


class Watch:
    """Seconds, set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(steps=st.lists(st.tuples(st.sampled_from(Lane), st.floats(0, 20)), max_size=400))
def test_no_minute_ever_holds_more_than_its_calls(steps: list[tuple[Lane, float]]) -> None:
    watch = Watch()
    budget = Budget(calls=20, monotonic=watch)
    made: list[float] = []
    for lane, pause in steps:
        watch.now += pause / 10
        watch.now += budget.wait(lane)
        assert budget.wait(lane) == pytest.approx(0, abs=1e-6)
        budget.count(None)
        made.append(watch.now)
        assert len([moment for moment in made if moment > watch.now - 60 + 1e-6]) <= 20


def test_the_urgent_go_on_when_the_rest_has_to_wait() -> None:
    watch = Watch()
    budget = Budget(monotonic=watch)
    waits = []
    for _ in range(200):
        waits.append({lane: budget.wait(lane) for lane in Lane})
        budget.count(None)
    firsts = {lane: next(number for number, wait in enumerate(waits) if wait[lane] > 0) for lane in Lane}
    assert firsts == {
        Lane.INCIDENT: 194,
        Lane.REPLY: 184,
        Lane.OPERATION: 150,
        Lane.SENTRY: 120,
        Lane.REPOSITORY: 100,
    }
    watch.now += 61
    assert all(budget.wait(lane) == 0 for lane in Lane)


def test_calls_that_others_make_with_the_account_count_too() -> None:
    watch = Watch()
    budget = Budget(monotonic=watch)
    budget.count(40)
    assert budget.wait(Lane.OPERATION) > 0
    assert budget.wait(Lane.REPLY) == 0


def test_a_refusal_holds_everybody() -> None:
    watch = Watch()
    budget = Budget(monotonic=watch)
    budget.block(12.5)
    assert budget.wait(Lane.INCIDENT) == 12.5
    budget.block(1)
    watch.now += 12.5
    assert budget.wait(Lane.REPOSITORY) == 0


def test_a_429_is_waited_for_and_nothing_is_lost_or_doubled(
    realm: ZulipRealm, hand_bot: Any, tess: Any, moments: Any
) -> None:
    body = (
        '{"result":"error","code":"RATE_LIMIT_HIT","msg":"API usage exceeded rate limit","retry-after":57.4}'
    )
    for number in range(6):
        hand_bot.put(Post(to=Topic(channel="general", topic="many"), content=str(number)), cause=str(number))
    waits = []
    realm.fail_next("POST", "/api/v1/messages", 429, body, times=2)
    while hand_bot.waiting():
        wait = hand_bot.sender.step()
        if wait:
            waits.append(round(wait))
            moments.forward(wait)
    assert waits == [57, 57]
    assert tess.reads_from_bot(("channel", "general")) == [str(number) for number in range(6)]


def test_the_limit_is_what_zulip_says_it_is() -> None:
    budget = Budget(calls=200, monotonic=Watch())
    budget.count(999, 1000)
    for _ in range(500):
        budget.count()
    assert budget.wait(Lane.OPERATION) == 0


def test_within_the_budget_zulip_never_has_to_refuse(
    make_realm: Callable[..., ZulipRealm], make_bot: Any, moments: Any, monkeypatch: Any
) -> None:
    realm = make_realm(rate_limit=40)
    bot = make_bot(realm, calls=200)
    bot.intake.connect()
    refused: list[float] = []
    monkeypatch.setattr(bot.sender._budget, "block", refused.append)
    for number in range(60):
        bot.put(
            Post(to=Topic(channel="general", topic="many"), content=f"number {number}"), cause=str(number)
        )
    while bot.waiting():
        wait = bot.sender.step()
        if wait:
            moments.forward(wait)
    assert refused == []


def test_the_intake_waits_as_long_as_zulip_says(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    body = (
        '{"result":"error","code":"RATE_LIMIT_HIT","msg":"API usage exceeded rate limit","retry-after":0.4}'
    )
    realm.fail_next("POST", "/api/v1/register", 429, body)
    realm.fail_next("GET", "/api/v1/events", 429, body)
    bot = make_bot(realm)
    bot.start()
    tess.direct("hello")
    until(tess.reads_from_bot, "the answer")


def test_a_429_says_how_long(realm: ZulipRealm, hand_bot: Any) -> None:
    body = '{"result":"error","code":"RATE_LIMIT_HIT","msg":"API usage exceeded rate limit","retry-after":57.399}'
    realm.fail_next("POST", "/api/v1/messages", 429, body)
    with pytest.raises(RateLimited) as caught:
        hand_bot.api.send(Direct(user_ids=(9,)), "hello")
    assert caught.value.seconds == 57.399


def test_urgent_conversations_go_first_and_each_keeps_its_order(hand_bot: Any, tess: Any) -> None:
    slow, quick = Topic(channel="general", topic="slow"), Topic(channel="general", topic="quick")
    hand_bot.put(
        Post(to=slow, content="commit 1", lane=Lane.REPOSITORY),
        Post(to=quick, content="answer 1", lane=Lane.REPLY),
        Post(to=slow, content="commit 2", lane=Lane.REPOSITORY),
        Post(to=quick, content="incident", lane=Lane.INCIDENT),
    )
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "general")) == ["answer 1", "incident", "commit 1", "commit 2"]
