"""What is over is forgotten in the end; what is open never is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from relay_desk import PULL, Desk, pull
from sqlalchemy import select

from stuf_bot.acts import Card, Post
from stuf_bot.places import Topic
from stuf_bot.relays import News, Objects, Relay, Subject
from stuf_bot.relays.keys import card_key, news_key
from stuf_bot.store.relay_tables import ObjectRow, SubjectRow, TraceRow


def keeps(desk: Desk, *keys: str) -> None:
    """A source remembers something of each."""
    with desk.database.session() as session:
        for key in keys:
            Objects(lambda: desk.now).keep(session, key, "acme-audit", {"known": key})


def known(desk: Desk) -> tuple[list[str], list[str]]:
    """The keys of the subjects, and of the objects."""
    with desk.database.reading() as session:
        subjects = session.scalars(select(SubjectRow.key).order_by(SubjectRow.key)).all()
        objects = session.scalars(select(ObjectRow.key).order_by(ObjectRow.key)).all()
        return list(subjects), list(objects)


def test_what_is_done_goes_after_half_a_year_with_all_that_was_known(desk: Desk) -> None:
    desk.says(pull("pull-requests", "merged", done=True))
    keeps(desk, PULL.key)
    desk.waits(days=179)
    assert known(desk) == ([PULL.key], [PULL.key])
    desk.waits(days=2)
    assert known(desk) == ([], [])
    with desk.database.reading() as session:
        assert session.scalar(select(TraceRow)) is None


def test_what_is_open_stays(desk: Desk) -> None:
    desk.says(pull("pull-requests", "opened"))
    keeps(desk, PULL.key)
    desk.waits(days=1000)
    assert known(desk) == ([PULL.key], [PULL.key])


def test_what_something_is_still_learned_of_stays(desk: Desk) -> None:
    desk.says(pull("pull-requests", "merged", done=True))
    desk.now += timedelta(days=170)
    keeps(desk, PULL.key)
    desk.waits(days=20)
    assert known(desk) == ([PULL.key], [PULL.key])


@pytest.mark.parametrize(
    "key", ["trends:acme-audit:errors", "deployments:acme-audit", "github:acme/stuf-x:access"]
)
def test_settings_stay_though_their_topic_is_done(desk: Desk, key: str) -> None:
    about = Subject(key, "acme-audit", "trend")
    desk.says(Relay(about, "trends", card="card", news=(News("n", "said"),), done=True))
    keeps(desk, key)
    desk.waits(days=400)
    assert known(desk) == ([], [key])


def test_old_runs_go_and_what_has_no_topic_else_stays(desk: Desk) -> None:
    kept = ["deployments:acme-audit", "operation:1:record", "sentry:user:7", "trends:acme-audit"]
    keeps(desk, "github:acme/stuf-x:run:7", *kept)
    desk.waits(days=100)
    keeps(desk, "github:acme/stuf-x:run:8")
    desk.waits(days=100)
    assert known(desk) == ([], sorted(["github:acme/stuf-x:run:8", *kept]))


def test_what_comes_back_is_said_under_its_old_names(desk: Desk) -> None:
    desk.says(pull("pull-requests", "merged", done=True))
    desk.waits(days=200)
    card, post = desk.says(pull("pull-requests", "reopened", done=False))
    assert (card.key, post.key) == (card_key(PULL.key), news_key(PULL.key, "reopened"))  # type: ignore[union-attr]


def test_a_later_stuf_of_the_name_does_not_inherit_the_names_of_forgotten_messages(desk: Desk) -> None:
    desk.says(pull("pull-requests", "merged", done=True))
    desk.waits(days=200)
    assert known(desk) == ([], [])
    with desk.database.session() as session:
        desk.relays.forget(session, "acme-audit")
    card, post = desk.says(pull("pull-requests", "merged"))
    assert isinstance(card, Card)
    assert isinstance(post, Post)
    assert (card.key, post.key) == (card_key(PULL.key, 1), news_key(PULL.key, "merged", 1))
    with desk.database.session() as session:
        desk.relays.forget(session, "acme-audit")
    assert desk.says(pull("pull-requests", "merged"))[0].key == card_key(PULL.key, 2)  # type: ignore[union-attr]


def test_many_are_forgotten_bit_by_bit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stuf_bot.relays.ageing.AT_ONCE", 2)
    for number in range(3):
        about = replace(PULL, key=f"github:acme/stuf-x:pull:{number}", label=f"#{number}")
        desk.says(Relay(about, "pull-requests", card="card", done=True))
        assert desk.cards[0].to == Topic(channel="stuf-acme-audit", topic=about.topic)
    desk.waits(days=200)
    assert len(known(desk)[0]) == 1
    desk.waits(minutes=1)
    assert known(desk)[0] == []
