"""Any sequence of posts, cards, lost answers, kills, power cuts and waits ends with each thing said once, in order."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from stuf_bot.acts import Card, Choice, FilePart, Lane, Post
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.sender import Sender
from stuf_bot.chat.zulip_api import Rejected, Unavailable
from stuf_bot.places import Direct, Topic
from stuf_bot.store.database import open_database
from stuf_bot.store.tables import Base

REALM = {
    "user_id": 12,
    "full_name": "STUF Bot",
    "realm_message_content_edit_limit_seconds": 600,
    "realm_users": [{"user_id": 9, "full_name": "Tess Architect"}],
    "subscriptions": [{"stream_id": 3, "name": "general"}],
}
PLACES: Sequence[Topic | Direct] = (
    Topic(channel=3, topic="one"),
    Topic(channel=3, topic="two"),
    Direct(user_ids=(9,)),
)
# Few words, so that equal messages meet.
WORDS = st.sampled_from(["yes", "no"])


class Killed(BaseException):
    """The process ends here."""


class Realm:
    """Zulip at the boundary of the facade: messages, and the fault that the next call meets."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.messages_: list[dict[str, Any]] = []
        self.fault = ""
        self.uploads = 0

    def _meet(self, moment: str) -> None:
        fault, wanted = self.fault, {"before": "lost before", "after": "lost after"}[moment]
        if fault == wanted:
            self.fault = ""
            raise Unavailable(fault)
        if fault == f"killed {moment}":
            self.fault = ""
            raise Killed

    def send(self, to: Topic | Direct, content: str, choices: Sequence[Choice] = ()) -> int:
        self._meet("before")
        number = 100 + 3 * len(self.messages_)
        self.messages_.append({"id": number, "to": to, "content": content, "at": self.now})
        self._meet("after")
        return number

    def edit(self, message_id: int, content: str) -> None:
        self._meet("before")
        message = next(message for message in self.messages_ if message["id"] == message_id)
        if self.now - message["at"] > timedelta(seconds=600):
            raise Rejected("BAD_REQUEST", "The time limit for editing this message has passed")
        message["content"] = content
        self._meet("after")

    def message(self, message_id: int) -> dict[str, Any]:
        self._meet("before")
        to = next(message["to"] for message in self.messages_ if message["id"] == message_id)
        return {"id": message_id, "stream_id": to.channel, "subject": to.topic}

    def messages(
        self, anchor: int | str, *, before: int = 0, after: int = 0, narrow: Sequence[dict[str, Any]] = ()
    ) -> tuple[list[dict[str, Any]], bool]:
        self._meet("before")
        direct = [one["operand"] for one in narrow if one["operator"] == "dm"]
        channel = [one["operand"] for one in narrow if one["operator"] == "channel"]
        found = [
            {
                "id": message["id"],
                "content": message["content"],
                "type": "private" if isinstance(message["to"], Direct) else "stream",
                "display_recipient": [{"id": 9}, {"id": 12}],
                "stream_id": getattr(message["to"], "channel", None),
                "subject": getattr(message["to"], "topic", ""),
                "timestamp": message["at"].timestamp(),
            }
            for message in self.messages_
            if not (direct and not isinstance(message["to"], Direct))
            and not (channel and isinstance(message["to"], Direct))
            and (anchor == "newest" or message["id"] > int(anchor))
        ]
        return found, True

    def upload(self, name: str, content: bytes) -> str:
        self._meet("before")
        self.uploads += 1
        self._meet("after")
        return f"/user_uploads/{self.uploads}/{name}"

    def said(self, place: Topic | Direct) -> list[str]:
        return [message["content"] for message in self.messages_ if message["to"] == place]


def _all_of(session: Session, name: str) -> list[tuple[Any, ...]]:
    found = session.connection().exec_driver_sql(f"SELECT * FROM {name}")
    return [tuple(row) for row in found]


class World:
    """One database and one realm; senders come and go."""

    def __init__(self) -> None:
        self.realm = Realm()
        self.database = open_database("sqlite://")
        Base.metadata.create_all(self.database.engine)
        self.seconds = 1000.0
        self.put_ = 0
        self._durable: dict[str, list[tuple[Any, ...]]] = {}
        real = self.database.session

        @contextmanager
        def session(*, durable: bool = True) -> Iterator[Session]:
            with real(durable=durable) as opened:
                yield opened
                opened.flush()
                if durable or opened.info.get("insists"):
                    self._durable = {name: _all_of(opened, name) for name in ("outbox", "posted")}

        self.database.session = session  # type: ignore[method-assign]
        # On a database in memory it would be one more session.
        self.database.reading = real  # type: ignore[method-assign]
        self.start()

    def power_cut(self) -> None:
        """What was noted since the last commit that waited for the disk is gone, and the bot starts again."""
        with self.database.engine.begin() as connection:
            for name, rows in self._durable.items():
                connection.exec_driver_sql(f"DELETE FROM {name}")
                for row in rows:
                    marks = ", ".join("?" for _ in row)
                    connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", row)
        self.start()

    def start(self) -> None:
        directory = Directory()
        directory.load(REALM)
        self.outbox = Outbox(channel_id=directory.channel_id, clock=lambda: self.realm.now)
        self.sender = Sender(
            self.database,
            self.outbox,
            self.realm,  # type: ignore[arg-type]
            directory,
            Budget(calls=10_000, monotonic=lambda: self.seconds),
            clock=lambda: self.realm.now,
            monotonic=lambda: self.seconds,
        )

    def put(self, act: Post | Card) -> None:
        self.put_ += 1
        with self.database.session() as session:
            self.outbox.put(session, act, f"event:{self.put_}", 0)

    def forward(self, seconds: float) -> None:
        self.seconds += seconds
        self.realm.now += timedelta(seconds=seconds)

    def step(self, fault: str) -> float | None:
        self.realm.fault = fault
        try:
            return self.sender.step()
        except Killed:
            self.start()
            return 0.0
        finally:
            self.realm.fault = ""

    def drain(self) -> None:
        while (wait := self.step("")) is not None:
            self.forward(wait)


FAULTS = ["", "", "lost before", "lost after", "killed before", "killed after"]
ACTION = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 2), WORDS),
    st.tuples(st.just("card"), st.integers(0, 1), WORDS),
    st.tuples(st.just("step"), st.sampled_from(FAULTS), st.none()),
    st.tuples(st.just("step"), st.sampled_from(FAULTS), st.none()),
    st.tuples(st.just("forward"), st.sampled_from([1, 3, 70]), st.none()),
    st.tuples(st.sampled_from(["restart", "power cut"]), st.none(), st.none()),
)


@settings(max_examples=120, deadline=None)
@given(actions=st.lists(ACTION, max_size=40))
@example(
    actions=[
        ("card", 1, "yes"),
        ("card", 1, "yes"),
        ("step", "", None),
        ("step", "", None),
        ("power cut", None, None),
    ]
)
def test_everything_is_said_once_and_in_order(actions: list[tuple[str, Any, Any]]) -> None:
    world = World()
    expected: dict[int, list[str]] = {0: [], 1: [], 2: []}
    cards: dict[int, str] = {}
    for action, what, word in actions:
        if action == "post":
            # The messages of a place begin with its number, the cards' with another sign.
            expected[what].append(word)
            world.put(Post(to=PLACES[what], content=word))
        elif action == "card":
            cards[what] = f"card: {word} {world.put_}"
            world.put(Card(to=PLACES[what], key=f"card:{what}", content=cards[what]))
        elif action == "step":
            world.step(what)
        elif action == "forward":
            world.forward(what)
        elif action == "power cut":
            world.power_cut()
        else:
            world.start()
    world.drain()
    for number, place in enumerate(PLACES):
        said = world.realm.said(place)
        assert [content for content in said if content in {"yes", "no"}] == expected[number]
        shown = [content for content in said if content.startswith("card:")]
        assert shown == ([cards[number]] if number in cards else [])
    world.database.close()


@settings(max_examples=80, deadline=None)
@given(
    actions=st.lists(
        st.one_of(
            st.tuples(st.just("card"), WORDS),
            st.tuples(st.just("step"), st.sampled_from(FAULTS)),
            st.tuples(st.just("forward"), st.sampled_from([1, 200, 595, 601])),
        ),
        max_size=30,
    )
)
def test_a_card_that_outlives_the_edit_limit_still_ends_current(actions: list[tuple[str, Any]]) -> None:
    """There may be several messages of it, but the newest one says what holds, and none says it twice."""
    world = World()
    last = ""
    for action, what in actions:
        if action == "card":
            last = f"{what} {world.put_}"
            world.put(Card(to=PLACES[0], key="card", content=last))
        elif action == "step":
            world.step(what)
        else:
            world.forward(what)
    world.drain()
    said = world.realm.said(PLACES[0])
    assert said[-1:] == ([last] if last else [])
    assert said.count(last) <= 1
    world.database.close()


BURST = st.one_of(
    st.tuples(st.just("burst"), st.integers(1, 25)),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("step"), st.sampled_from(FAULTS)),
    st.tuples(st.just("step"), st.sampled_from(FAULTS)),
    st.tuples(st.just("forward"), st.sampled_from([1, 3, 70])),
    st.tuples(st.sampled_from(["restart", "power cut"]), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(actions=st.lists(BURST, max_size=25))
def test_a_burst_is_said_once_and_in_order_folded_or_not(actions: list[tuple[str, Any]]) -> None:
    """Every number once; and what stands in one message comes before what stands in the next."""
    world = World()
    number = 0
    for action, what in actions:
        if action == "burst":
            for _ in range(what):
                number += 1
                world.put(Post(to=PLACES[0], content=f"number {number};", lane=Lane.REPOSITORY))
        elif action == "answer":
            number += 1
            files = (FilePart(name="a.txt", content=b"a"),) if what else ()
            world.put(Post(to=PLACES[0], content=f"number {number};", files=files))
        elif action == "step":
            world.step(what)
        elif action == "forward":
            world.forward(what)
        elif action == "power cut":
            world.power_cut()
        else:
            world.start()
    world.drain()
    messages = [
        sorted(int(found) for found in re.findall(r"number (\d+);", content))
        for content in world.realm.said(PLACES[0])
    ]
    assert [one for message in messages for one in message] == list(range(1, number + 1))
    world.database.close()
