"""Cards, topics, channels and the limits of a realm."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Card, Choice, EnsureChannel, Lane, Post, React, ResolveTopic
from stuf_bot.chat.content import CONTENT_LENGTH
from stuf_bot.chat.zulip_api import Unavailable
from stuf_bot.places import Direct, Topic

WORK = Topic(channel="stuf-admin", topic="work")
SEEN = (("channel", "stuf-admin"), ("topic", "work"))


def card(content: str, **options: Any) -> Card:
    return Card(to=WORK, key="operation:1", content=content, **options)


def counted(bot: Any) -> list[str]:
    """Every call that goes to Zulip from now on."""
    calls: list[str] = []
    real = bot.api.call

    def call(path: str, method: str, request: Any, **options: Any) -> Any:
        calls.append(f"{method} {path.split('/', maxsplit=1)[0]}")
        return real(path, method, request, **options)

    bot.api.call = call
    return calls


def test_a_card_is_posted_once_and_edited_from_then_on(hand_bot: Any, tess: Any) -> None:
    for number in (1, 2, 3):
        hand_bot.put(card(f"step {number}"), cause=str(number))
        hand_bot.drain()
        assert tess.reads_from_bot(*SEEN) == [f"step {number}"]


def test_of_waiting_versions_only_the_newest_is_sent(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(card("step 0"), cause="0")
    hand_bot.drain()
    calls = counted(hand_bot)
    for number in range(1, 20):
        hand_bot.put(card(f"step {number}"), cause=str(number))
    hand_bot.drain()
    assert calls == ["PATCH messages"]
    assert tess.reads_from_bot(*SEEN) == ["step 19"]


def test_a_hundred_quick_changes_cost_a_few_edits(hand_bot: Any, tess: Any, moments: Any) -> None:
    """Also where the sender is quicker than the changes; what is seen is at most two seconds old."""
    hand_bot.put(card("step 0"), cause="0")
    hand_bot.drain()
    calls, begun = counted(hand_bot), moments.monotonic()

    def most() -> float:
        """Five at once, and one every two seconds; a busy machine needs some itself."""
        return 5 + (moments.monotonic() - begun) / 2

    for number in range(1, 101):
        hand_bot.put(card(f"step {number}"), cause=str(number))
        hand_bot.drain()
        moments.forward(0.02)
    assert len(calls) <= most()
    moments.forward(2)
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 100"]
    assert len(calls) <= most() + 1


def test_what_is_said_after_a_quick_change_does_not_wait_for_it(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(card("step 0"), cause="0")
    for number in range(1, 20):
        hand_bot.drain()
        hand_bot.put(card(f"step {number}"), cause=str(number))
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) != ["step 19"]
    hand_bot.put(Post(to=WORK, content="the end"), cause="end")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 19", "the end"]


def test_an_unchanged_card_costs_no_call(hand_bot: Any) -> None:
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    calls = counted(hand_bot)
    hand_bot.put(card("step 1 "), cause="2")
    hand_bot.drain()
    assert calls == []


def test_a_version_that_comes_while_another_is_being_sent_is_sent_after(
    hand_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    real = hand_bot.api.edit

    def edit(message_id: int, content: str) -> None:
        real(message_id, content)
        if content == "step 2":
            hand_bot.put(card("step 3"), cause="3")

    monkeypatch.setattr(hand_bot.api, "edit", edit)
    hand_bot.put(card("step 2"), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 3"]


def test_past_the_edit_limit_a_new_card_is_posted_without_trying(
    hand_bot: Any, tess: Any, moments: Any
) -> None:
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    moments.forward(601)
    calls = counted(hand_bot)
    hand_bot.put(card("step 2"), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 1", "step 2"]
    # It goes where the former one stands by now.
    assert calls == ["GET messages", "POST messages", "PATCH messages"]
    hand_bot.put(card("step 3"), cause="3")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 1", "step 3"]


def test_past_the_edit_limit_a_card_that_may_not_come_anew_waits_for_one_that_may(
    hand_bot: Any, tess: Any, moments: Any
) -> None:
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    moments.forward(500)
    hand_bot.put(card("step 2").model_copy(update={"anew": False}), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 2"]
    moments.forward(101)
    calls = counted(hand_bot)
    hand_bot.put(card("step 3").model_copy(update={"anew": False}), cause="3")
    hand_bot.drain()
    assert (calls, tess.reads_from_bot(*SEEN)) == ([], ["step 2"])
    # Of two that wait, the newest is sent, and anew where either may.
    hand_bot.put(card("step 4"), cause="4")
    hand_bot.put(card("step 5").model_copy(update={"anew": False}), cause="5")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 2", "step 5"]


def test_where_the_server_refuses_an_edit_a_new_card_is_posted(
    realm: ZulipRealm, hand_bot: Any, tess: Any, ada: Any
) -> None:
    """The old one could be edited a moment ago, and can be after: it points to the new one."""
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    refusal = (
        '{"result":"error","code":"BAD_REQUEST","msg":"The time limit for editing this message has passed"}'
    )
    realm.fail_next("PATCH", "/api/v1/messages/", 400, refusal)
    hand_bot.put(card("step 2"), cause="2")
    hand_bot.drain()
    old, new = tess.reads_from_bot(*SEEN)
    assert new == "step 2"
    assert f"near/{hand_bot.message_id('operation:1')}" in old
    assert "moved" in old


def test_a_deleted_card_is_posted_again(hand_bot: Any, tess: Any, ada: Any) -> None:
    hand_bot.put(card("step 1"), cause="1")
    hand_bot.drain()
    ada.call(f"messages/{hand_bot.message_id('operation:1')}", "DELETE")
    hand_bot.put(card("step 2"), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 2"]


@pytest.mark.parametrize("limit", [None, 0, 100_000])
def test_the_realm_says_how_long_editing_works(
    make_realm: Callable[..., ZulipRealm], make_bot: Any, moments: Any, limit: int | None
) -> None:
    bot = make_bot(make_realm(edit_limit_seconds=limit, rate_limit=100_000))
    bot.intake.connect()
    bot.put(card("step 1"), cause="1")
    bot.drain()
    first = bot.message_id("operation:1")
    moments.forward(3600)
    bot.put(card("step 2"), cause="2")
    bot.drain()
    assert (bot.message_id("operation:1") == first) == (limit != 0)


def test_a_topic_is_resolved_and_opened_again(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(card("step 1"), ResolveTopic(key="operation:1"))
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "stuf-admin"), ("topic", "✔ work")) == ["step 1"]
    hand_bot.put(card("step 2"), ResolveTopic(key="operation:1", done=False), cause="2")
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 2"]
    hand_bot.put(ResolveTopic(key="operation:1", done=False), cause="3")
    hand_bot.drain()
    assert hand_bot.waiting() == 0


def test_a_topic_that_flaps_is_marked_once_as_it_stands_in_the_end(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(card("step 1"))
    hand_bot.drain()
    for number in range(6):
        hand_bot.put(ResolveTopic(key="operation:1", done=number % 2 == 0), cause=str(number))
    assert hand_bot.waiting() == 1
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == ["step 1"]
    hand_bot.put(ResolveTopic(key="operation:1", done=False), cause="again")
    hand_bot.put(ResolveTopic(key="operation:1"), cause="at last")
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "stuf-admin"), ("topic", "✔ work")) == ["step 1"]


def test_a_post_waits_for_its_channel_whatever_its_lane(hand_bot: Any, tess: Any) -> None:
    there = Topic(channel="stuf-acme", topic="news")
    hand_bot.put(
        EnsureChannel(name="stuf-acme", description="Acme", subscribers=(9, 4711), lane=Lane.REPOSITORY),
        Post(to=there, content="one", lane=Lane.INCIDENT),
        Post(to=there, content="two", lane=Lane.INCIDENT),
    )
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "stuf-acme")) == ["one", "two"]
    assert hand_bot.directory.is_subscribed(hand_bot.directory.channel_id("stuf-acme"))


def test_what_comes_once_the_channel_is_there_keeps_its_place(hand_bot: Any, tess: Any) -> None:
    there = Topic(channel="stuf-acme", topic="news")
    hand_bot.put(EnsureChannel(name="stuf-acme", subscribers=(9,)), Post(to=there, content="one"))
    assert hand_bot.sender.step() == 0.0
    hand_bot.put(Post(to=there, content="two", lane=Lane.INCIDENT), cause="later")
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "stuf-acme")) == ["one", "two"]


def test_what_waits_for_a_channel_stays_first_where_the_bot_hears_of_the_channel_before_it_is_noted(
    hand_bot: Any, tess: Any, moments: Any, monkeypatch: Any
) -> None:
    there = Topic(channel="stuf-acme", topic="news")
    hand_bot.put(EnsureChannel(name="stuf-acme", subscribers=(9,)), Post(to=there, content="one"))
    with monkeypatch.context() as broken:

        def lost(name: str) -> int:
            hand_bot.directory.note_channel(find(name), name, subscribed=True)
            raise Unavailable("Zulip answered 502")

        find = hand_bot.api.channel_id
        broken.setattr(hand_bot.api, "channel_id", lost)
        hand_bot.sender.step()
    hand_bot.put(Post(to=there, content="two", lane=Lane.INCIDENT), cause="later")
    hand_bot.sender.step()
    assert tess.reads_from_bot(("channel", "stuf-acme")) == []
    moments.forward(60)
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "stuf-acme")) == ["one", "two"]


def test_an_unknown_channel_is_never_sent_to(hand_bot: Any, ada: Any, make_bot: Any) -> None:
    """Zulip would have Notification Bot write to the bot's owner."""
    calls = counted(hand_bot)
    hand_bot.put(Post(to=Topic(channel="no-such", topic="t"), content="lost"))
    hand_bot.put(Post(to=Topic(channel=4711, topic="t"), content="lost"), cause="2")
    hand_bot.drain()
    assert "POST messages" not in calls
    assert ada.reads(("is", "dm")) == []
    assert hand_bot.waiting() == 0


def test_what_zulip_refuses_can_be_said_elsewhere(realm: ZulipRealm, make_bot: Any, tess: Any) -> None:
    def elsewhere(undone: Any) -> list[Post]:
        return [Post(to=Direct(user_ids=(9,)), content=f"not posted: {undone.error.code}")]

    bot = make_bot(realm, on_rejected=elsewhere)
    bot.intake.connect()
    bot.put(Post(to=Topic(channel="no-such", topic="t"), content="lost"))
    bot.drain()
    assert tess.reads_from_bot() == ["not posted: BAD_REQUEST"]


def test_the_bot_subscribes_itself_where_it_posts(realm: ZulipRealm, hand_bot: Any, tess: Any) -> None:
    tess.call("users/me/subscriptions", subscriptions=[{"name": "another"}])
    hand_bot.intake.listen()
    hand_bot.put(Post(to=Topic(channel="another", topic="t"), content="confirm?", key="plan"))
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "another")) == ["confirm?"]
    tess.react(hand_bot.message_id("plan"), "thumbs_up")
    while not (heard := _taken(hand_bot)):
        hand_bot.intake.listen()
    assert heard.startswith("reactions:")


def _taken(bot: Any) -> str | None:
    with bot.database.reading() as session:
        taken = next(iter(bot.inbox.ordered(session)), None)
    return taken[1] if taken else None


def test_too_long_a_card_is_cut_with_a_note(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(card("```text\n" + "line of a log\n" * 2000 + "```"))
    hand_bot.drain()
    (said,) = tess.reads_from_bot(*SEEN)
    assert len(said) <= CONTENT_LENGTH
    assert said.endswith("\n```\n\n*(Cut here: the rest is too long for one message.)*")


def test_a_long_topic_is_shortened_and_still_one_place(hand_bot: Any, tess: Any) -> None:
    to = Topic(channel="stuf-admin", topic="a topic that goes on and on " * 5)
    hand_bot.put(Card(to=to, key="c", content="v1"), Post(to=to, content="said"), ResolveTopic(key="c"))
    hand_bot.drain()
    topics = {m["subject"] for m in tess.reads(("channel", "stuf-admin")) if m["sender_id"] == 12}
    (topic,) = topics
    assert topic.startswith("✔ a topic that goes on")
    assert len(topic) <= 52


def test_choices_become_buttons(hand_bot: Any, tess: Any) -> None:
    choices = (Choice(label="Yes, start", reply="confirm"), Choice(label="No", reply="cancel"))
    hand_bot.put(Post(to=WORK, content="Start? Type `confirm` or `cancel`.", choices=choices))
    hand_bot.drain()
    (message,) = [m for m in tess.reads(*SEEN) if m["sender_id"] == 12]
    (widget,) = [s for s in message["submessages"] if s["msg_type"] == "widget"]
    form = json.loads(widget["content"])
    assert form["widget_type"] == "zform"
    assert form["extra_data"]["heading"] == "Start? Type confirm or cancel."
    assert [c["reply"] for c in form["extra_data"]["choices"]] == ["confirm", "cancel"]


def test_a_reaction_that_is_there_or_cannot_be_is_no_obstacle(hand_bot: Any, tess: Any) -> None:
    said = tess.say("stuf-admin", "work", "hello")
    for cause in ("1", "2"):
        hand_bot.put(React(message_id=said, emoji_name="eyes"), cause=cause)
    hand_bot.put(React(message_id=999_999, emoji_name="eyes"), cause="3")
    hand_bot.drain()
    assert hand_bot.waiting() == 0
    assert [r["emoji_name"] for r in tess.reads(*SEEN)[0]["reactions"]] == ["eyes"]
