"""A burst of posts drains within the budget, and who is urgent does not wait for it."""

from collections.abc import Sequence
from typing import Any

import pytest

from stuf_bot.acts import Choice, Lane, Post
from stuf_bot.chat.budget import CALLS, SECONDS, Budget
from stuf_bot.chat.zulip_api import Unavailable
from stuf_bot.places import Direct, Topic
from tests.chat.test_exactly_once import Realm, World

URGENT_SECONDS = 2.0


class Metered(Realm):
    """Every call takes a twentieth of a second and counts; `made` are the moments of all."""

    def __init__(self, world: "Burst") -> None:
        super().__init__()
        self.world = world
        self.made: list[float] = []

    def _meet(self, moment: str) -> None:
        if moment == "before":
            self.world.forward(0.05)
            self.world.budget.count()
            self.made.append(self.world.seconds)
        super()._meet(moment)

    def send(self, to: Topic | Direct, content: str, choices: Sequence[Choice] = ()) -> int:
        if content == "answer":
            self.world.answered_at.append(self.world.seconds)
        return super().send(to, content, choices)


class Burst(World):
    """A world whose calls take time."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.answered_at: list[float] = []
        self.metered = Metered(self)
        super().__init__()

    def start(self) -> None:
        self.realm = self.metered
        super().start()
        self.budget = Budget(monotonic=lambda: self.seconds)
        self.sender._budget = self.budget

    def burst(self, count: int, topics: int) -> None:
        with self.database.session() as session:
            for number in range(count):
                to = Topic(channel=3, topic=f"topic {number % topics}")
                post = Post(to=to, content=f"news {number}", lane=Lane.REPOSITORY)
                self.outbox.put(session, post, f"push:{number}", 0)


def most_in_a_minute(moments: list[float]) -> int:
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - SECONDS:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize(("topics", "messages"), [(1, 6), (40, 40), (1000, 3000)])
def test_three_thousand_posts_drain_and_an_answer_never_waits(topics: int, messages: int) -> None:
    world = Burst()
    world.burst(3000, topics)
    asked_at: list[float] = []
    waited = 0.0
    while (wait := world.step("")) is not None:
        # Whoever asks does so at any time: somebody does while the sender waits.
        if wait > 0 and len(asked_at) < 20:
            world.forward(min(wait, 1.0))
            asked_at.append(world.seconds)
            world.put(Post(to=Direct(user_ids=(9,)), content="answer"))
        else:
            world.forward(wait)
            waited += wait
    if not asked_at:
        asked_at.append(world.seconds)
        world.put(Post(to=Direct(user_ids=(9,)), content="answer"))
        world.drain()
    assert len(world.realm.messages_) - len(world.answered_at) == messages
    assert len(world.answered_at) == len(asked_at)
    late = [done - asked for asked, done in zip(asked_at, world.answered_at, strict=True)]
    assert max(late) < URGENT_SECONDS
    assert most_in_a_minute(world.realm.made) <= CALLS
    world.database.close()


def test_an_answer_in_the_topic_of_the_burst_waits_for_what_is_before_it_only() -> None:
    world = Burst()
    world.burst(400, 1)
    world.put(Post(to=Topic(channel=3, topic="topic 0"), content="answer"))
    world.burst(0, 1)
    world.drain()
    assert [message["content"][:12] for message in world.realm.messages_] == ["**400 messag", "answer"]


def test_tries_grow_apart_and_not_all_at_once() -> None:
    world = World()
    pauses: list[float] = []
    scattered = iter([0.75, 1.25] * 10)
    world.sender._scatter = lambda: next(scattered)
    world.put(Post(to=Direct(user_ids=(9,)), content="answer"))
    for _ in range(8):
        world.step("lost before")
        # Every second step looks whether the last try arrived, and that is lost as well.
        ((due, _pause),) = world.sender._later.values()
        pauses.append(round(due - world.seconds, 2))
        world.forward(due - world.seconds)
    assert pauses == [0.75, 2.5, 3.0, 10.0, 12.0, 40.0, 45.0, 75.0]
    world.drain()
    assert world.realm.said(Direct(user_ids=(9,))) == ["answer"]
    assert world.sender._later == {}


def test_what_only_ever_fails_while_others_go_is_given_up_and_told_of(monkeypatch: Any) -> None:
    world = World()
    refused: list[Any] = []
    world.sender._on_rejected = lambda undone: refused.append(undone) or ()  # type: ignore[func-returns-value]
    real = world.realm.send

    def send(to: Any, content: str, choices: Any = ()) -> int:
        if content == "poison":
            raise Unavailable("Zulip answered 500")
        return real(to, content, choices)

    monkeypatch.setattr(world.realm, "send", send)
    world.put(Post(to=Topic(channel=3, topic="one"), content="poison"))
    world.put(Post(to=Topic(channel=3, topic="one"), content="after it"))
    for number in range(200):
        world.put(Post(to=Direct(user_ids=(9,)), content=f"fine {number}"))
        world.step("")
        world.step("")
        world.forward(30)
    world.drain()
    assert [undone.error.code for undone in refused] == ["UNAVAILABLE"]
    assert world.realm.said(Topic(channel=3, topic="one")) == ["after it"]


def test_while_nothing_goes_nothing_is_given_up() -> None:
    world = World()
    world.put(Post(to=Direct(user_ids=(9,)), content="answer"))
    for _ in range(300):
        world.step("lost before")
        world.forward(61)
    world.drain()
    assert world.realm.said(Direct(user_ids=(9,))) == ["answer"]
