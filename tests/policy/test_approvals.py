"""`approvals`: what waits, shown to whom it concerns."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from talk import ADA, OMAR, PAT, TESS, Talk

from stuf_bot.places import Topic
from stuf_bot.policy import Way

Opened = Callable[..., Talk]
ROOM = Topic(channel=5, topic="removals")
MENTION = "@**STUF Bot**"
NOTHING = "No plan waits for you"


def asks(talk: Talk, who: int = TESS, place: Topic | None = ROOM) -> str:
    """Ask for the removal; gives the plan's id."""
    talk.says(who, f"{MENTION} abandon acme-audit" if place else "abandon acme-audit", place)
    return next(post.key for post in talk.posts if post.key).split(":")[1]


def test_nothing_waits(with_stuf: Opened) -> None:
    assert NOTHING in with_stuf().says(TESS, "approvals")


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        (Way.SELF, "Type `confirm` there"),
        (Way.TYPED, "Type `confirm acme-audit` there"),
        (Way.CODE, "then send me your one-time code"),
        (Way.TWO_PEOPLE, "waits for a second person, who types `approve {plan}`"),
    ],
)
def test_who_asked_sees_how_it_is_answered(with_stuf: Opened, way: Way, answer: str) -> None:
    talk = with_stuf(way)
    plan = asks(talk)
    told = talk.says(TESS, "approvals")
    assert "One plan waits" in told
    assert f"`{plan}`: remove the STUF `acme-audit`, asked for by @_**Tess Architect|{TESS}**" in told
    assert "until <time:2026-11-23T09:15:00+0000>" in told
    assert answer.format(plan=plan) in told


def test_a_link_leads_to_the_very_message(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    assert "in #**stuf-admin>removals**." in talk.says(TESS, "approvals")
    talk.outbox.keys[4711] = f"plan:{plan}"
    assert "in #**stuf-admin>removals@4711**." in talk.says(TESS, "approvals")


def test_a_plan_in_a_direct_message_has_no_link(with_stuf: Opened) -> None:
    talk = with_stuf(Way.SELF)
    asks(talk, place=None)
    assert "in our direct messages" in talk.says(TESS, "approvals")


def test_those_who_may_approve_see_it_and_nobody_else(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    for who in (OMAR, ADA):
        assert f"Type `approve {plan}`, or react with 👍" in talk.says(who, "approvals")
        assert f"Type `@STUF Bot approve {plan}`" in talk.says(who, f"{MENTION} approvals", ROOM)
    assert NOTHING in talk.says(PAT, "approvals")


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.CODE])
def test_what_only_the_asker_answers_concerns_the_asker_alone(with_stuf: Opened, way: Way) -> None:
    talk = with_stuf(way)
    asks(talk)
    assert NOTHING in talk.says(OMAR, "approvals")


def test_what_was_answered_is_over_or_too_old_waits_no_longer(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    asks(talk)
    talk.says(TESS, "cancel")
    assert NOTHING in talk.says(TESS, "approvals")
    plan = asks(talk)
    talk.now += timedelta(minutes=15)
    assert NOTHING in talk.says(TESS, "approvals")
    assert NOTHING in talk.says(OMAR, "approvals")
    plan = asks(talk)
    talk.reacts(OMAR, f"plan:{plan}")
    assert NOTHING in talk.says(TESS, "approvals")


def test_several_are_listed_the_oldest_first(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    talk.now += timedelta(minutes=1)
    other = asks(talk, OMAR, Topic(channel=5, topic="elsewhere"))
    told = talk.says(OMAR, "approvals")
    assert "2 plans wait" in told
    assert told.index(plan) < told.index(other)


def test_they_are_remembered_across_a_restart(with_stuf: Opened, opened: Opened) -> None:
    plan = asks(with_stuf(Way.TWO_PEOPLE))
    assert f"approve {plan}" in opened(Way.TWO_PEOPLE).says(OMAR, "approvals")


def test_a_plan_that_waits_for_a_code_says_so(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    asks(talk)
    assert "code enrol" in talk.says(TESS, f"{MENTION} confirm", ROOM)
    assert "Type `confirm` there" in talk.says(TESS, "approvals")
