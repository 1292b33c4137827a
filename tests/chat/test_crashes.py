"""Nothing is said twice and nothing is lost, whatever dies between two steps."""

from typing import Any

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Card, EnsureChannel, Post, React, ResolveTopic
from stuf_bot.places import Direct, Topic

IN_TOPIC = Topic(channel="stuf-admin", topic="work")
SEEN = (("channel", "stuf-admin"), ("topic", "work"))


class Killed(BaseException):
    """The process ends here."""


def die(*_: Any, **__: Any) -> None:
    raise Killed


def send_and_die(bot: Any, monkeypatch: Any) -> None:
    """Zulip has the message, and the process ends before that is noted."""
    with monkeypatch.context() as patch:
        patch.setattr(bot.sender._waiting, "done", die)
        with pytest.raises(Killed):
            bot.sender.step()


@pytest.mark.parametrize("to", [IN_TOPIC, Direct(user_ids=(9,)), Direct(user_ids=(9, 11))])
def test_killed_between_sending_and_noting(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, to: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(Post(to=to, content="once"), Post(to=to, content="after"))
    send_and_die(first, monkeypatch)
    second = make_bot(realm)
    second.intake.connect()
    second.drain()
    assert [m for m in tess.reads_from_bot() if m in {"once", "after"}] == ["once", "after"]
    assert second.waiting() == 0


def test_killed_before_sending(realm: ZulipRealm, make_bot: Any, tess: Any) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(Post(to=IN_TOPIC, content="once"))
    second = make_bot(realm)
    second.intake.connect()
    second.drain()
    assert tess.reads_from_bot(*SEEN) == ["once"]


@pytest.mark.parametrize("renamed", [False, True])
def test_equal_messages_are_told_apart_after_a_crash(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, renamed: bool
) -> None:
    """Two posts say the same: the one that was sent and noted is not taken for the one that was not."""
    first = make_bot(realm)
    first.intake.connect()
    first.put(Post(to=IN_TOPIC, content="same", key="a"), Post(to=IN_TOPIC, content="same", key="b"))
    first.sender.step()
    send_and_die(first, monkeypatch)
    if renamed:
        number = first.message_id("a")
        tess.call(f"messages/{number}", "PATCH", topic="✔ work", propagate_mode="change_all")
    second = make_bot(realm)
    second.intake.connect()
    second.drain()
    in_channel = tess.reads_from_bot(("channel", "stuf-admin"))
    assert in_channel == ["same", "same"]
    assert second.message_id("a") != second.message_id("b")


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("status", [500, 502])
def test_an_answer_that_is_lost(
    realm: ZulipRealm, hand_bot: Any, tess: Any, moments: Any, after_effect: bool, status: int
) -> None:
    realm.fail_next("POST", "/api/v1/messages", status, after_effect=after_effect)
    hand_bot.put(Post(to=IN_TOPIC, content="once"), Post(to=IN_TOPIC, content="then"))
    hand_bot.put(Post(to=Direct(user_ids=(9,)), content="elsewhere"), cause="other")
    hand_bot.sender.step()
    hand_bot.drain()
    assert "then" not in tess.reads_from_bot(*SEEN)
    assert tess.reads_from_bot(("is", "dm")) == ["elsewhere"], "one place does not wait for another"
    moments.forward(2)
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["once", "then"]


def test_killed_within_the_hall(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, until: Any
) -> None:
    """The handler ran but nothing was committed: it runs again, and its acts count once."""
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("help")
    first.intake.listen()
    with monkeypatch.context() as patch:
        patch.setattr(first.inbox, "done", die)
        with pytest.raises(Killed):
            first.hall._once(1)
    second = make_bot(realm)
    second.start()
    until(tess.reads_from_bot, "the answer")
    assert tess.reads_from_bot() == ["heard: help"]


def test_killed_before_the_event_is_stored(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, until: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("help")
    with monkeypatch.context() as patch:
        patch.setattr(first.inbox, "put", die)
        with pytest.raises(Killed):
            first.intake.listen()
    second = make_bot(realm)
    second.start()
    until(tess.reads_from_bot, "the answer")
    assert tess.reads_from_bot() == ["heard: help"]
    assert second.handled[0].caught_up


def test_killed_after_the_event_is_stored(realm: ZulipRealm, make_bot: Any, tess: Any, until: Any) -> None:
    """Stored, not acknowledged: the next queue and the catch-up tell of it again, and it is known."""
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("help")
    first.intake.listen()
    second = make_bot(realm)
    second.start()
    tess.direct("more")
    until(lambda: len(tess.reads_from_bot()) == 2, "both answers")
    assert tess.reads_from_bot() == ["heard: help", "heard: more"]


def test_every_other_act_may_be_begun_again(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    said = tess.say("stuf-admin", "work", "hello")
    acts: list[Any] = [
        Card(to=IN_TOPIC, key="card", content="v1"),
        React(message_id=said, emoji_name="eyes"),
        EnsureChannel(name="stuf-acme", subscribers=(9,)),
        ResolveTopic(key="card"),
    ]
    for act in acts:
        bot = make_bot(realm)
        bot.intake.connect()
        bot.put(act, cause=act.kind)
        send_and_die(bot, monkeypatch)
        again = make_bot(realm)
        again.intake.connect()
        again.drain()
        assert again.waiting() == 0
    resolved = tess.reads(("channel", "stuf-admin"), ("topic", "✔ work"))
    assert [m["content"] for m in resolved if m["sender_id"] == 12] == ["v1"]
    assert [r["emoji_name"] for r in resolved[0]["reactions"]] == ["eyes"]
    subscribed = [c["name"] for c in tess.call("users/me/subscriptions", "GET")["subscriptions"]]
    assert "stuf-acme" in subscribed


def test_the_first_version_of_a_card_is_found_again_though_a_newer_one_waits(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(Card(to=IN_TOPIC, key="card", content="v1"), cause="1")
    send_and_die(first, monkeypatch)
    second = make_bot(realm)
    second.put(Card(to=IN_TOPIC, key="card", content="v2"), cause="2")
    second.intake.connect()
    second.drain()
    assert tess.reads_from_bot(*SEEN) == ["v2"]


def test_a_new_card_after_the_edit_limit_is_found_again(
    realm: ZulipRealm, make_bot: Any, tess: Any, moments: Any, monkeypatch: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(Card(to=IN_TOPIC, key="card", content="v1"), cause="1")
    first.drain()
    moments.forward(700)
    first.put(Card(to=IN_TOPIC, key="card", content="v2"), cause="2")
    assert first.sender.step() == 0.0  # It is too old to edit, so the row becomes a new message.
    send_and_die(first, monkeypatch)
    second = make_bot(realm)
    second.put(Card(to=IN_TOPIC, key="card", content="v3"), cause="3")
    second.intake.connect()
    second.drain()
    assert tess.reads_from_bot(*SEEN) == ["v1", "v3"]


def test_the_same_key_is_posted_once_for_ever(hand_bot: Any, tess: Any) -> None:
    for cause in ("1", "2"):
        hand_bot.put(Post(to=IN_TOPIC, content=f"ready ({cause})", key="ready:acme"), cause=cause)
        hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["ready (1)"]


def test_the_database_fails_after_sending(hand_bot: Any, tess: Any, monkeypatch: Any) -> None:
    """The note fails once: the message is looked for, not sent again."""
    hand_bot.put(Post(to=IN_TOPIC, content="once"))
    send_and_die(hand_bot, monkeypatch)
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["once"]
