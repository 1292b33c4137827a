"""What is unusual is told at once, with a picture, once; what is usual again resolves its topic."""

from typing import Any

import pytest
from talk import OMAR, PAT, TESS

import handlers
from stuf_bot.acts import Card, Drawing, Post, ResolveTopic
from stuf_bot.chat.files import content_of
from stuf_bot.messages import ErrandEnded, MessageReceived
from stuf_bot.places import Topic
from stuf_bot.relays import Relays

ERRORS = "trend-errors errors against the usual"


def says_there(talk: Any, text: str, topic: str = ERRORS) -> str:
    """Something that Tess writes in the STUF's channel."""
    talk.last += 1
    said: str = talk.hears(
        MessageReceived(
            message_id=talk.last,
            sender_id=TESS,
            sender_name="Tess",
            place=Topic(channel=7, topic=topic),
            channel_name="stuf-acme-audit",
            content=f"@**STUF Bot** {text}",
            sent_at=talk.now,
        )
    )
    return said


def files(talk: Any) -> list[bytes]:
    """The pictures as they are sent: drawn from what was kept, and not before."""
    posts = [Post.model_validate_json(post.model_dump_json()) for post in talk.posts]
    parts = [part for post in posts for part in post.files]
    assert all(isinstance(part, Drawing) for part in parts)
    return [content_of(part, handlers.drawings()) or b"" for part in parts]


def test_usual_hours_are_not_told(watched: Any) -> None:
    for _ in range(5):
        assert watched.passes(3.0) == ""
    assert watched.talk.acts == []


def test_an_unusual_hour_is_told_with_its_picture_and_once(watched: Any) -> None:
    said = watched.passes(60.0)
    assert "Errors of `acme-audit`: 60" in said
    assert "Usual then are 0 to" in said
    assert "`false alarm`" in said
    (picture,) = files(watched.talk)
    assert picture.startswith(b"\x89PNG")
    (card, post) = watched.talk.acts
    assert isinstance(card, Card)
    assert isinstance(post, Post)
    assert card.to == post.to
    # It goes on: the card says so, nobody is called again.
    watched.passes(70.0)
    assert watched.talk.posts == []
    assert [type(act) for act in watched.talk.acts] == [Card]


def test_usual_again_it_is_resolved_after_two_hours_and_the_next_is_told_anew(watched: Any) -> None:
    watched.passes(60.0)
    watched.passes(2.0)
    assert not any(isinstance(act, ResolveTopic) for act in watched.talk.acts)
    watched.passes(2.0)
    assert any(isinstance(act, ResolveTopic) and act.done for act in watched.talk.acts)
    watched.passes(2.0)
    assert watched.talk.acts == []
    assert "Errors of `acme-audit`: 90" in watched.passes(90.0)


def test_the_same_hour_heard_twice_is_judged_once(watched: Any) -> None:
    watched.passes(60.0)
    watched.passes(2.0)
    series = {"acme-audit": {"errors": watched._series(watched.errors)}}
    for _ in range(3):
        watched.hears(series)
    assert watched.talk.acts == []


def test_the_next_stuf_of_a_name_has_pictures_too(watched: Any) -> None:
    watched.passes(60.0)
    watched.passes(2.0)
    with watched.talk.database.session() as session:
        Relays(lambda _session, _slug: None, "stuf-admin").forget(session, "acme-audit")
    assert "Errors of `acme-audit`: 60" in watched.passes(60.0)
    (picture,) = files(watched.talk)
    assert picture.startswith(b"\x89PNG")


def test_a_false_alarm_raises_the_threshold_once(watched: Any) -> None:
    watched.passes(60.0)
    talk = watched.talk
    said = says_there(talk, "false alarm")
    assert "from 5 spreads away" in said
    assert "has not been marked already" in says_there(talk, "false alarm")
    assert "begins with `trend-`" in talk.says(TESS, "false alarm")


def test_a_higher_threshold_tells_less(watched: Any) -> None:
    talk = watched.talk
    assert "told from 20 spreads away" in talk.says(TESS, "threshold acme-audit errors 20")
    assert watched.passes(25.0) == ""
    assert "told from 2 spreads away" in talk.says(OMAR, "threshold acme-audit errors 2")
    assert "Errors of `acme-audit`: 26" in watched.passes(26.0)


@pytest.mark.parametrize(
    "command",
    ["threshold acme-audit errors 0", "threshold acme-audit smell 4", "threshold acme-audit errors"],
)
def test_what_is_no_threshold_is_refused(watched: Any, command: str) -> None:
    said = watched.talk.says(TESS, command)
    assert "told from" not in said
    assert "threshold" in said


def test_the_week_is_shown_to_those_who_may_see_the_stuf(watched: Any) -> None:
    talk = watched.talk
    assert "no measures of `acme-audit` yet" in talk.says(TESS, "trends acme-audit")
    watched.passes(60.0, throughput=1200.0, latency=840.0)
    said = talk.says(TESS, "trends acme-audit")
    assert "Errors: 394" in said
    assert "unusual since" in said
    assert "Requests: 12,000 (nothing is known of the week before)" in said
    assert "Latency: 840 ms" in said
    assert files(talk)[0].startswith(b"\x89PNG")
    assert "no STUF" in talk.says(PAT, "trends acme-audit")
    assert files(talk) == []


def test_every_hour_each_stuf_with_a_project_is_asked_for(watched: Any) -> None:
    hour = ErrandEnded(
        number=9,
        kind="sentry.hour",
        errand="1",
        within="sentry.hour",
        payload={},
        succeeded=True,
        result={"projects": {"acme-audit": "41", "beta": "42"}},
    )
    watched.talk.hears(hour)
    asked = [payload for (kind, _), payload in watched.talk.errands.put_in.items() if kind == "sentry.trends"]
    assert asked == [{"projects": {"acme-audit": "41"}}, {"projects": {"beta": "42"}}]
