"""The outbox on both databases, without Zulip: order, keys, newest versions."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from stuf_bot.acts import Act, Card, ChangeChannel, EnsureChannel, Lane, Post, React, ResolveTopic
from stuf_bot.chat import cursor
from stuf_bot.chat.content import fingerprint
from stuf_bot.chat.delivery import Done
from stuf_bot.chat.entry import Entry
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.waiting import Waiting
from stuf_bot.messages import MessageReceived
from stuf_bot.places import Direct, Topic
from stuf_bot.store.database import Database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import OutboxRow

NOW = datetime(2030, 1, 1, tzinfo=UTC)
WORK = Topic(channel="stuf-acme", topic="work")


class Box:
    """An outbox, and a Zulip that gives numbers."""

    def __init__(self, database: Database) -> None:
        migrate(database)
        self.database = database
        self.outbox = Outbox(channel_id={"known": 7}.get, clock=lambda: NOW)
        self.waiting = Waiting(database, self.outbox, lambda: NOW)
        self.number = 100

    def put(self, *acts: Act, cause: str = "test") -> None:
        with self.database.session() as session:
            for position, act in enumerate(acts):
                self.outbox.put(session, act, cause, position)

    def next(self) -> Entry | None:
        head = self.waiting.head()
        return self.waiting.read(head) if head else None

    def send(self) -> str | None:
        """Do the next one; gives what was said."""
        entry = self.next()
        if entry is None:
            return None
        act = entry.job(keep=lambda _: None).act
        new = isinstance(act, Post) or (isinstance(act, Card) and entry.known is None)
        self.number += new
        content = fingerprint(act.content) if isinstance(act, Post | Card) else None
        self.waiting.done(entry, Done(self.number if new else None, content))
        return getattr(act, "content", act.kind)

    def send_all(self) -> list[str]:
        return list(iter(self.send, None))

    def message_id(self, key: str) -> int | None:
        with self.database.reading() as session:
            return self.outbox.message_id(session, key)


@pytest.fixture
def box(database: Database) -> Box:
    return Box(database)


def said(content: str, *, key: str | None = None, lane: Lane = Lane.REPLY, topic: str = "work") -> Post:
    return Post(to=Topic(channel="known", topic=topic), content=content, key=key, lane=lane)


def card(content: str) -> Card:
    return Card(to=WORK, key="card", content=content)


def test_places_keep_their_order_and_the_urgent_place_goes_first(box: Box) -> None:
    box.put(
        said("slow 1", lane=Lane.REPOSITORY, topic="slow"),
        said("quick 1", topic="quick"),
        said("slow 2", lane=Lane.REPOSITORY, topic="slow"),
        said("quick 2", topic="quick"),
        said("urgent", lane=Lane.INCIDENT, topic="slow"),
    )
    assert box.send_all() == ["slow 1", "slow 2", "urgent", "quick 1", "quick 2"]


def test_keys_are_for_ever_and_long_ones_fit(box: Box) -> None:
    long = "x" * 1000
    box.put(said("one", key=long), said("two", key=long + "y"), said("one again", key=long), cause="1")
    assert box.send_all() == ["one", "two"]
    box.put(said("once more", key=long), cause="2")
    assert box.send_all() == []
    assert box.message_id(long) == 101
    with box.database.reading() as session:
        assert box.outbox.key_of(session, 999) is None


def test_the_same_cause_says_each_of_its_things_once(box: Box) -> None:
    for _ in range(2):
        box.put(said("one"), said("two"), cause="event:1")
        assert box.send_all() in (["one", "two"], [])
    assert box.number == 102


def test_the_first_version_stands_and_of_later_ones_the_newest(box: Box) -> None:
    box.put(card("v1"), cause="1")
    box.put(card("v2"), cause="2")
    assert box.send_all() == ["v1", "v2"]
    for number in range(3, 9):
        box.put(card(f"v{number}"), cause=str(number))
    assert box.send_all() == ["v8"]
    assert box.number == 101


def test_a_version_that_comes_while_one_is_sent_is_not_lost(box: Box) -> None:
    box.put(card("v1"), cause="1")
    box.send_all()
    box.put(card("v2"), cause="2")
    entry = box.next()
    assert entry is not None
    box.put(card("v3"), cause="3")
    box.waiting.done(entry, Done())
    assert box.send_all() == ["v3"]


def test_versions_from_many_threads_end_with_the_last(box: Box) -> None:
    box.put(card("v0"), cause="0")
    box.send_all()
    stop = threading.Event()
    sent: list[str] = []

    def send() -> None:
        while not stop.is_set():
            sent.extend(box.send_all())

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(1, 40):
        box.put(card(f"v{number}"), cause=str(number))
    stop.set()
    sender.join()
    sent += box.send_all()
    assert sent[-1] == "v39"
    assert [int(version[1:]) for version in sent] == sorted({int(version[1:]) for version in sent})


def test_a_card_stays_in_line_when_its_channel_gets_its_id(box: Box) -> None:
    """By name before, by id after: were these two lines, an old version could come last."""
    by_id = card("v2").model_copy(update={"to": Topic(channel=9, topic="work")})
    box.put(card("v1"), cause="1")
    box.put(by_id, cause="2")
    with box.database.reading() as session:
        assert len(set(session.scalars(select(OutboxRow.conversation)))) == 1
    assert box.send_all() == ["v1", "v2"]


def test_a_post_waits_for_its_channel_and_not_for_one_that_failed(box: Box) -> None:
    box.put(EnsureChannel(name="stuf-acme", lane=Lane.REPOSITORY), card("v1"))
    entry = box.next()
    assert entry is not None
    assert entry.kind == "ensure_channel"
    box.waiting.failed(entry, "BAD_REQUEST", ())
    assert box.send_all() == ["v1"]


def test_what_waits_by_name_joins_what_comes_by_id(box: Box) -> None:
    box.put(EnsureChannel(name="100%_new"), Post(to=Topic(channel="100%_new", topic="a:b"), content="one"))
    box.put(Post(to=Topic(channel="100xxnew", topic="a:b"), content="elsewhere"), cause="2")
    entry = box.next()
    assert entry is not None
    box.waiting.done(entry, Done(channel_id=44))
    box.put(Post(to=Topic(channel=44, topic="a:b"), content="two"), cause="3")
    with box.database.reading() as session:
        lines = list(session.scalars(select(OutboxRow.conversation).order_by(OutboxRow.id)))
    assert lines[1:] == ["topic:44:a:b", "topic:100xxnew:a:b", "topic:44:a:b"]


def test_a_channel_is_closed_after_all_that_waits_for_it(box: Box) -> None:
    box.put(
        said("one", topic="a", lane=Lane.REPOSITORY),
        said("two", topic="b", lane=Lane.REPOSITORY),
        ChangeChannel(channel="known", archive=True, lane=Lane.INCIDENT),
        said("later", topic="c"),
    )
    assert box.send_all() == ["one", "two", "change_channel", "later"]


def test_a_fold_is_decided_once_and_its_posts_end_with_it(box: Box) -> None:
    posts = [said(f"news {number}", key=f"news:{number}", lane=Lane.SENTRY) for number in range(15)]
    box.put(*posts, said("answer"))
    head = box.waiting.head()
    assert head is not None
    assert box.waiting.fold(head)
    box.put(said("later", lane=Lane.SENTRY), cause="later")
    again = box.waiting.head()
    assert again is not None
    assert (again.id, again.lane) == (head.id, Lane.REPLY)
    entry = box.waiting.read(again)
    act = entry.act()
    assert isinstance(act, Post)
    assert act.content.startswith("**15 messages, folded:**")
    assert "later" not in act.content
    box.waiting.done(entry, Done(4711, "hash"))
    assert {box.message_id(f"news:{number}") for number in range(15)} == {4711}
    with box.database.reading() as session:
        assert box.outbox.keys_of(session, 4711) == tuple(f"news:{number}" for number in range(15))
        assert set(session.scalars(select(OutboxRow.payload).where(OutboxRow.state == "done"))) == {""}
    assert box.send_all() == ["answer", "later"]


def test_a_fold_that_failed_is_over_for_all_of_it(box: Box) -> None:
    box.put(*(said(f"news {number}", lane=Lane.SENTRY) for number in range(15)))
    head = box.waiting.head()
    assert head is not None
    box.waiting.fold(head)
    box.waiting.failed(box.waiting.read(head), "BAD_REQUEST", ())
    assert box.send_all() == []
    with box.database.reading() as session:
        assert set(session.scalars(select(OutboxRow.state))) == {"failed"}


def test_a_few_are_no_burst(box: Box) -> None:
    box.put(*(said(f"news {number}", lane=Lane.SENTRY) for number in range(10)))
    head = box.waiting.head()
    assert head is not None
    assert not box.waiting.fold(head)


def test_a_conversation_that_has_to_wait_is_passed_over_with_all_that_waits_for_it(box: Box) -> None:
    box.put(EnsureChannel(name="stuf-acme"), card("v1"), said("other"))
    head = box.waiting.head()
    assert head is not None
    assert head.conversation == "channel:stuf-acme"
    other = box.waiting.head({"channel:stuf-acme"})
    assert other is not None
    assert other.conversation == "topic:7:work"
    assert box.waiting.head({"channel:stuf-acme", "topic:7:work"}) is None


def test_a_row_knows_who_asked_and_why(box: Box) -> None:
    event = MessageReceived(
        message_id=50,
        sender_id=9,
        sender_name="Tess",
        place=Direct(user_ids=(9,)),
        content="help",
        sent_at=NOW,
        perhaps_answered=True,
    )
    with box.database.session() as session:
        box.outbox.answer(session, [said("one"), React(message_id=50, emoji_name="eyes")], event, event.key)
        box.outbox.answer(session, [said("two")], event.model_copy(update={"perhaps_answered": False}), "2")
    with box.database.reading() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
    assert [(row.asker, row.cause, row.unsure, row.mark) for row in rows] == [
        (9, "zulip:message:50", True, 50),
        (9, "zulip:message:50", True, 50),
        (9, "2", False, 0),
    ]


def test_a_renamed_channel_is_found_by_the_name_it_had(database: Database) -> None:
    migrate(database)
    now = {"acme": 7}
    outbox = Outbox(channel_id=lambda name: now.get(name.casefold()), clock=lambda: NOW)

    def lines(name: str, cause: str) -> str:
        with database.session() as session:
            outbox.put(session, Post(to=Topic(channel=name, topic="t"), content="c"), cause, 0)
            newest = select(OutboxRow.conversation).order_by(OutboxRow.id.desc()).limit(1)
            return session.scalars(newest).one()

    assert lines("Acme", "1") == "topic:7:t"
    now.clear()
    assert lines("ACME", "2") == "topic:7:t"
    assert lines("other", "3") == "topic:other:t"
    now["acme"] = 8
    assert lines("acme", "4") == "topic:8:t"


def test_resolving_waits_for_what_is_still_to_be_said_there(box: Box) -> None:
    box.put(card("v1"), Post(to=WORK, content="the end"), ResolveTopic(key="card", lane=Lane.INCIDENT))
    assert box.send_all() == ["v1", "the end", "resolve_topic"]


def test_what_failed_is_said_elsewhere_but_not_for_ever(box: Box) -> None:
    instead = Post(to=Direct(user_ids=(9,)), content="not posted")
    box.put(said("one"))
    for expected in (1, 0):
        entry = box.next()
        assert entry is not None
        box.waiting.failed(entry, "BAD_REQUEST", [instead])
        with box.database.reading() as session:
            assert box.outbox.waiting(session) == expected


def test_what_is_sent_is_forgotten(box: Box) -> None:
    box.put(said("for one reader only"))
    box.send_all()
    with box.database.reading() as session:
        assert set(session.scalars(select(OutboxRow.payload))) == {""}


def test_a_row_remembers_the_newest_message_before_it(box: Box) -> None:
    box.put(said("before the bot was ever connected"))
    with box.database.session() as session:
        cursor.begin(session, 50, NOW)
    box.put(said("after"), cause="2")
    box.send_all()
    box.put(said("after our own"), cause="3")
    with box.database.session() as session:
        cursor.advance(session, 40, NOW + timedelta(minutes=1))
        mark = cursor.read(session)
    assert mark is not None
    assert (mark.message_id, mark.floor, mark.seen_at) == (50, 50, NOW + timedelta(minutes=1))
    with box.database.reading() as session:
        assert list(session.scalars(select(OutboxRow.mark).order_by(OutboxRow.id))) == [0, 50, 102]
