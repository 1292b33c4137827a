"""A power cut takes the last notes of the database; what was said before it is not said again."""

from typing import Any

from sqlalchemy import delete

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Post
from stuf_bot.places import Topic
from stuf_bot.store.tables import InboxRow, OutboxRow, PostedRow

SEEN = (("channel", "stuf-admin"), ("topic", "work"))
IN_TOPIC = Topic(channel="stuf-admin", topic="work")


def forget(bot: Any) -> None:
    """What the last transactions wrote is gone: the message, its answer, and that it was posted."""
    with bot.database.session() as session:
        for table in (InboxRow, OutboxRow, PostedRow):
            session.execute(delete(table))


def heard_again(bot: Any) -> int:
    """Read what waits in the realm as after a gap, and answer it; gives how many were answered."""
    bot.intake.connect()
    with bot.database.reading() as session:
        waiting = bot.inbox.waiting(session)
    for _ in range(waiting):
        with bot.database.reading() as session:
            entry, _order = bot.inbox.ordered(session)[0]
        bot.hall._once(entry)
    bot.drain()
    return int(waiting)


def test_a_message_that_is_read_again_is_not_answered_again(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("help")
    tess.direct("help")
    with monkeypatch.context() as patch:
        # How far it has read is among the notes that are lost.
        patch.setattr("stuf_bot.chat.cursor.advance", lambda *_: None)
        assert heard_again(first) == 2
    forget(first)
    second = make_bot(realm)
    assert heard_again(second) == 2
    assert [(event.caught_up, event.perhaps_answered) for event in second.handled] == [(True, True)] * 2
    assert tess.reads_from_bot() == ["heard: help", "heard: help"]


def test_after_an_absence_without_a_power_cut_nothing_is_looked_for(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    """Every call counts, and a thousand that waited would take two thousand."""
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("before")
    assert heard_again(first) == 1
    tess.direct("one")
    tess.direct("two")
    second = make_bot(realm)
    second.intake.connect()
    monkeypatch.setattr(second.api, "messages", None)
    monkeypatch.setattr(second.intake, "connect", lambda: None)
    assert heard_again(second) == 2
    assert tess.reads_from_bot() == ["heard: before", "heard: one", "heard: two"]


def test_an_equal_answer_to_an_earlier_question_is_none_to_this_one(hand_bot: Any, tess: Any) -> None:
    tess.say("stuf-admin", "work", "question")
    hand_bot.put(Post(to=IN_TOPIC, content="yes"), cause="1")
    hand_bot.drain()
    forget(hand_bot)
    asked = tess.say("stuf-admin", "work", "and again?")
    with hand_bot.database.session() as session:
        hand_bot.outbox.put(session, Post(to=IN_TOPIC, content="yes"), "2", 0, unsure=True, mark=asked)
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["yes", "yes"]
