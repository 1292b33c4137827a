"""Quiet hours and batches: what is not urgent waits, and is said together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from relay_desk import PULL, Desk, pull

from stuf_bot.acts import Card, Drawing, FilePart, Lane, Post, ResolveTopic
from stuf_bot.relays import News, book
from stuf_bot.relays.hours import Quiet
from stuf_bot.relays.waiting import MOST_FILES, TOGETHER

OTHER = replace(PULL, key="github:acme/stuf-x:pull:13", label="#13", title="Fix it")
NIGHT = Quiet(22 * 60, 7 * 60, "Europe/Berlin")


def set_quiet(desk: Desk, quiet: Quiet) -> None:
    with desk.database.session() as session:
        book.set_quiet(session, "acme-audit", quiet)


def set_batch(desk: Desk, batch: timedelta) -> None:
    with desk.database.session() as session:
        book.set_batch(session, "acme-audit", batch)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-23T20:59", None),
        ("2026-11-23T21:00", "2026-11-24T06:00"),
        ("2026-11-24T05:59", "2026-11-24T06:00"),
        ("2026-11-24T06:00", None),
        ("2026-07-01T20:00", "2026-07-02T05:00"),
        ("2026-10-24T21:30", "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_are_those_of_the_time_zone(now: str, ends: str | None) -> None:
    found = NIGHT.ends(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None)


def test_quiet_hours_always_end_later(desk: Desk) -> None:
    odd = Quiet(2 * 60, 2 * 60 + 30, "Europe/Berlin")
    at = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    while at < datetime(2026, 10, 25, 4, 0, tzinfo=UTC):
        ends = odd.ends(at)
        assert ends is None or ends > at
        at += timedelta(minutes=5)


def test_what_comes_at_night_is_one_post_in_the_morning(desk: Desk) -> None:
    set_quiet(desk, NIGHT)
    desk.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert desk.says(pull("pull-requests", "opened")) == []
    assert desk.says(pull("comments", "c1", card="newer", done=True)) == []
    assert desk.says(pull("comments", "c1")) == []
    assert desk.waits(hours=1) == []
    acts = desk.waits(hours=6)
    assert [type(act) for act in acts] == [Card, Post, ResolveTopic]
    assert desk.cards[0].content == "the card"
    assert desk.posts[0].content == "said opened\n\nsaid c1"
    assert desk.waits(hours=1) == []


def test_several_topics_become_one_post_with_links(desk: Desk) -> None:
    set_quiet(desk, NIGHT)
    desk.says(pull("pull-requests", "opened"))
    desk.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    desk.says(pull("comments", "c1"))
    desk.says(replace(pull("comments", "c2"), subject=OTHER))
    desk.waits(hours=7, minutes=1)
    assert [card.to.topic for card in desk.cards] == ["#13 Fix it"]  # type: ignore[union-attr]
    assert len(desk.posts) == 1
    assert desk.posts[0].to.topic == TOGETHER  # type: ignore[union-attr]
    assert "#**stuf-acme-audit>#12 Make it quicker**\nsaid c1" in desk.posts[0].content
    assert "#**stuf-acme-audit>#13 Fix it**\nsaid c2" in desk.posts[0].content


def test_urgent_news_do_not_wait_and_bring_the_card(desk: Desk) -> None:
    set_quiet(desk, NIGHT)
    desk.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    desk.says(pull("pull-requests", "opened"))
    acts = desk.says(pull("alarms", "down", lane=Lane.INCIDENT))
    assert [type(act) for act in acts] == [Card, Post]
    desk.waits(hours=8)
    assert [post.content for post in desk.posts] == ["said opened"]
    assert desk.cards == []


def test_a_card_without_news_waits_too(desk: Desk) -> None:
    set_quiet(desk, NIGHT)
    desk.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert desk.says(pull()) == []
    assert desk.says(pull(card="newest")) == []
    acts = desk.waits(hours=8)
    assert [(type(act), getattr(act, "content", "")) for act in acts] == [(Card, "newest")]


def test_a_batch_gathers_the_news_of_a_stuf(desk: Desk) -> None:
    set_batch(desk, timedelta(minutes=30))
    desk.says(pull("pull-requests", "opened"))
    desk.waits(minutes=20)
    assert desk.acts == []
    desk.says(replace(pull("comments", "c2"), subject=OTHER))
    desk.waits(minutes=10)
    assert len(desk.posts) == 1
    assert len(desk.cards) == 2
    desk.says(pull("comments", "c3"))
    assert desk.waits(minutes=29) == []
    desk.waits(minutes=1)
    assert [post.content for post in desk.posts] == ["said c3"]


def test_a_batch_that_ends_at_night_waits_for_the_morning(desk: Desk) -> None:
    set_quiet(desk, NIGHT)
    set_batch(desk, timedelta(minutes=30))
    desk.now = datetime(2026, 11, 23, 20, 50, tzinfo=UTC)
    desk.says(pull("comments", "c1"))
    assert desk.waits(minutes=40) == []
    desk.waits(hours=9)
    assert [post.content for post in desk.posts] == ["said c1"]


def test_what_waits_survives_another_hand(desk: Desk) -> None:
    """Nothing is kept in the process: another one releases it."""
    set_batch(desk, timedelta(minutes=30))
    desk.says(pull("comments", "c1"))
    with desk.database.session() as session:
        acts = type(desk.relays)(lambda _s, slug: slug, "home").release(
            session, desk.now + timedelta(hours=1)
        )
    assert [type(act) for act in acts] == [Card, Post]


def with_files(*keys: str) -> tuple[News, ...]:
    parts = (FilePart(name="a.txt", content=b"\x00a"), Drawing(name="b.png", draw="b", of={"n": [1]}))
    return tuple(News(key, key, files=parts) for key in keys)


def test_files_of_news_are_on_its_post(desk: Desk) -> None:
    news = with_files("now")
    desk.says(replace(pull(), news=news))
    assert [post.files for post in desk.posts] == [news[0].files]


def test_files_wait_with_their_news_and_the_newest_go(desk: Desk) -> None:
    set_batch(desk, timedelta(minutes=15))
    news = with_files("one", "two", "three")
    assert desk.says(replace(pull(), news=news)) == []
    desk.says(replace(pull(), subject=OTHER, news=(News("plain", "plain"),)))
    desk.waits(minutes=15)
    (post,) = desk.posts
    assert post.files == (news[0].files * 3)[-MOST_FILES:]
