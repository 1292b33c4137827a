"""Comments that no webhook told are told when the issue is read, once."""

from datetime import timedelta

from little_sentry import BOT, COLLEEN
from sentry_room import Room
from talk import TESS


def lost(room: Room) -> None:
    """The webhooks up to now do not arrive."""
    room.heard = len(room.sentry.sent)


def looks_later(room: Room) -> None:
    room.sentry.now += timedelta(hours=7)
    room.talk.now += timedelta(hours=7)
    room.looks()


def test_what_was_missed_is_told_once(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.says("1", "it was the policy", COLLEEN)
    lost(room)
    looks_later(room)
    (news,) = room.news()
    assert "💬 colleen in Sentry" in news or "in Sentry" in news
    assert "it was the policy" in news
    looks_later(room)
    room.settle()
    assert len(room.news()) == 1


def test_a_webhook_that_comes_late_tells_nothing_twice(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.says("1", "it was the policy", COLLEEN)
    late = room.sentry.sent[-1]
    lost(room)
    looks_later(room)
    room.deliver(late)
    assert len(room.news()) == 1


def test_of_many_the_newest_are_told_in_their_order(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    for number in range(8):
        room.sentry.says("1", f"word {number}", COLLEEN)
    lost(room)
    looks_later(room)
    assert [text[-6:].strip("`\n ")[-1] for text in room.news()] == ["3", "4", "5", "6", "7"]
    looks_later(room)
    assert len(room.news()) == 5


def test_what_the_bot_wrote_is_not_told(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.says(TESS, "comment looking at it", "1")
    room.settle()
    room.sentry.says("1", "Tess Architect (in Zulip): looking at it", BOT)
    lost(room)
    looks_later(room)
    assert room.news() == []
