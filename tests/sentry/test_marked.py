"""Marks of an issue's topic: they do in Sentry what they say, where the person may."""

import pytest
from sentry_room import Room, changed, open_room
from talk import OMAR, PAT, TESS


def test_marking_the_topic_does_the_same_in_sentry(room: Room, issue: str) -> None:
    room.marks_topic(TESS, issue, done=True)
    room.settle()
    assert room.sentry.issues["1"]["status"] == "resolved"
    assert "✅ resolved" in room.card()
    room.marks_topic(OMAR, issue, done=False)
    room.settle()
    assert room.sentry.issues["1"]["status"] == "unresolved"
    assert not room.done()


def test_a_mark_by_somebody_who_may_not_is_taken_back(room: Room, issue: str) -> None:
    room.marks_topic(PAT, issue, done=True)
    room.settle()
    assert room.sentry.issues["1"]["status"] == "unresolved"
    assert not room.done()
    assert any("So I have taken the mark back" in text for text in room.said.values())


def test_a_mark_that_sentry_refuses_is_taken_back(room: Room, issue: str) -> None:
    room.sentry.refuses = "You may not do that."
    room.marks_topic(TESS, issue, done=True)
    room.settle()
    assert not room.done()


def test_marks_are_nobodys_business_where_the_setting_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    room = open_room(tmp_path_factory.mktemp("room") / "bot.sqlite", resolve_with_topic=False)
    room.sentry.raises("1")
    room.settle()
    room.marks_topic(TESS, "1", done=True)
    assert changed(room) == []
    room.talk.database.close()
