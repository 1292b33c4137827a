"""Whatever people do to a topic, its card goes on living, and the bot does not run in circles."""

from typing import Any

import pytest

from stuf_bot.acts import Card, ChangeChannel, Edit, EnsureChannel, Post, React, ResolveTopic
from stuf_bot.chat.refused import tell_in
from stuf_bot.places import Topic

WORK = Topic(channel="stuf-admin", topic="work")
CARD = "operation:1"


def card(content: str) -> Card:
    return Card(to=WORK, key=CARD, content=content)


def shown(person: Any, channel: str, topic: str) -> list[str]:
    found: list[str] = person.reads_from_bot(("channel", channel), ("topic", topic))
    return found


def counted(bot: Any) -> list[str]:
    """Every call that goes to Zulip from now on."""
    calls: list[str] = []
    real = bot.api.call

    def call(path: str, method: str, request: Any, **options: Any) -> Any:
        calls.append(f"{method} {path}")
        return real(path, method, request, **options)

    bot.api.call = call
    return calls


@pytest.fixture
def bot(realm: Any, make_bot: Any) -> Any:
    """A bot that has posted its card, and tells of what is refused."""
    made = make_bot(realm, on_rejected=tell_in("stuf-admin"))
    made.intake.connect()
    made.put(card("v1"), cause="1")
    made.drain()
    return made


def again(bot: Any, *acts: Any, cause: str) -> list[str]:
    """Send; gives the calls that it cost."""
    calls = counted(bot)
    bot.put(*acts, cause=cause)
    bot.drain()
    assert bot.waiting() == 0
    return calls


def moved(person: Any, bot: Any, **where: Any) -> None:
    person.call(f"messages/{bot.message_id(CARD)}", "PATCH", propagate_mode="change_all", **where)


def test_a_topic_that_somebody_renamed_holds_the_card(bot: Any, tess: Any) -> None:
    moved(tess, bot, topic="other name")
    again(bot, card("v2"), ResolveTopic(key=CARD), cause="2")
    assert shown(tess, "stuf-admin", "✔ other name") == ["v2"]
    again(bot, ResolveTopic(key=CARD, done=False), card("v3"), cause="3")
    assert shown(tess, "stuf-admin", "other name") == ["v3"]
    assert shown(tess, "stuf-admin", "work") == []


def test_a_topic_that_somebody_resolved_or_opened_is_left_as_wanted(bot: Any, tess: Any) -> None:
    moved(tess, bot, topic="✔ work")
    assert again(bot, ResolveTopic(key=CARD), cause="2") == [f"GET messages/{bot.message_id(CARD)}"]
    moved(tess, bot, topic="work")
    again(bot, ResolveTopic(key=CARD), cause="3")
    assert shown(tess, "stuf-admin", "✔ work") == ["v1"]


def test_done_again_and_again(bot: Any, tess: Any) -> None:
    for number in range(4):
        again(bot, ResolveTopic(key=CARD, done=number % 2 == 0), cause=f"resolve {number}")
        assert shown(tess, "stuf-admin", "✔ work" if number % 2 == 0 else "work") == ["v1"]


def test_what_belongs_beside_a_card_goes_where_that_stands(bot: Any, tess: Any) -> None:
    moved(tess, bot, topic="✔ other name")
    beside = bot.message_id(CARD)
    again(bot, Post(to=WORK, content="said", beside=beside), cause="2")
    assert shown(tess, "stuf-admin", "✔ other name") == ["v1", "said"]
    assert shown(tess, "stuf-admin", "work") == []


def test_what_belongs_beside_a_deleted_card_goes_where_it_was(bot: Any, ada: Any, tess: Any) -> None:
    beside = bot.message_id(CARD)
    ada.call(f"messages/{beside}", "DELETE")
    again(bot, Post(to=WORK, content="said", beside=beside), cause="2")
    assert shown(tess, "stuf-admin", "work") == ["said"]


def test_a_card_that_is_too_old_comes_again_in_the_resolved_topic(bot: Any, tess: Any, moments: Any) -> None:
    again(bot, ResolveTopic(key=CARD), cause="2")
    moments.forward(700)
    again(bot, card("v2"), cause="3")
    assert shown(tess, "stuf-admin", "✔ work")[-1] == "v2"
    assert shown(tess, "stuf-admin", "work") == []


def test_a_card_in_another_channel_is_still_the_card(bot: Any, ada: Any, tess: Any) -> None:
    moved(ada, bot, stream_id=bot.directory.channel_id("general"))
    again(bot, card("v2"), ResolveTopic(key=CARD), cause="2")
    assert shown(tess, "general", "✔ work") == ["v2"]


def test_a_card_that_was_moved_out_of_sight_is_posted_where_it_belongs(bot: Any, ada: Any, tess: Any) -> None:
    ada.call("users/me/subscriptions", subscriptions=[{"name": "board"}], invite_only=True)
    moved(ada, bot, stream_id=int(ada.call("get_stream_id", "GET", stream="board")["stream_id"]))
    calls = again(bot, card("v2"), cause="2")
    assert shown(tess, "stuf-admin", "work") == ["v2"]
    assert len(calls) <= 4


def test_a_deleted_card_comes_again_once_for_each_deletion(bot: Any, ada: Any, tess: Any) -> None:
    tess.say("stuf-admin", "work", "looks good")
    for number in (2, 3):
        ada.call(f"messages/{bot.message_id(CARD)}", "DELETE")
        again(bot, card(f"v{number}"), cause=str(number))
        assert shown(tess, "stuf-admin", "work") == [f"v{number}"]
    assert again(bot, card("v4"), cause="4") == [f"PATCH messages/{bot.message_id(CARD)}"]


def test_a_topic_whose_card_was_deleted_is_resolved_all_the_same(bot: Any, ada: Any, tess: Any) -> None:
    tess.say("stuf-admin", "work", "looks good")
    ada.call(f"messages/{bot.message_id(CARD)}", "DELETE")
    again(bot, ResolveTopic(key=CARD), cause="2")
    narrow = (("channel", "stuf-admin"), ("topic", "✔ work"))
    assert [m["content"] for m in tess.reads(*narrow) if m["sender_id"] == 9] == ["looks good"]


def test_a_topic_that_is_gone_needs_no_end(bot: Any, ada: Any, tess: Any) -> None:
    ada.call(f"messages/{bot.message_id(CARD)}", "DELETE")
    again(bot, ResolveTopic(key=CARD), cause="2")
    assert shown(tess, "stuf-admin", "STUF Bot") == []
    again(bot, card("v2"), cause="3")
    assert shown(tess, "stuf-admin", "work") == ["v2"]


@pytest.mark.parametrize("heard", [False, True])
def test_a_renamed_channel_is_still_the_place(
    bot: Any, ada: Any, tess: Any, moments: Any, heard: bool
) -> None:
    """Also for who knows it by its old name only, and once its card can no longer be edited."""
    number = bot.directory.channel_id("stuf-admin")
    ada.call(f"streams/{number}", "PATCH", new_name="renamed")
    if heard:
        bot.directory.apply(
            {"type": "stream", "op": "update", "stream_id": number, "property": "name", "value": "renamed"}
        )
    again(bot, card("v2"), Post(to=WORK, content="said"), cause="2")
    moments.forward(700)
    again(bot, card("v3"), cause="3")
    assert shown(tess, "renamed", "work") == ["v2", "said", "v3"]


def test_a_new_channel_with_an_old_name_is_another_one(bot: Any, ada: Any, tess: Any) -> None:
    number = bot.directory.channel_id("stuf-admin")
    ada.call(f"streams/{number}", "PATCH", new_name="renamed")
    bot.directory.apply(
        {"type": "stream", "op": "update", "stream_id": number, "property": "name", "value": "renamed"}
    )
    again(
        bot,
        EnsureChannel(name="stuf-admin", subscribers=(9,)),
        Card(to=WORK, key="operation:2", content="first in the new one"),
        cause="2",
    )
    assert shown(tess, "stuf-admin", "work") == ["first in the new one"]
    assert shown(tess, "renamed", "work") == ["v1"]


def test_an_archived_channel_is_told_of_once_and_costs_little(
    bot: Any, ada: Any, tess: Any, moments: Any
) -> None:
    general = Topic(channel="general", topic="work")
    bot.put(Card(to=general, key="operation:2", content="v1"))
    bot.drain()
    ada.call(f"streams/{bot.directory.channel_id('general')}", "DELETE")
    moments.forward(700)
    calls: list[str] = counted(bot)
    for number in range(2, 12):
        bot.put(Card(to=general, key="operation:2", content=f"v{number}"), cause=str(number))
        bot.drain()
    (said,) = shown(tess, "stuf-admin", "STUF Bot")
    assert "`#general > work`" in said
    # For each it is asked where the former card stands, and it is tried there.
    assert len(calls) <= 22
    assert bot.waiting() == 0


def test_a_post_is_edited_by_its_key(bot: Any, tess: Any) -> None:
    again(
        bot,
        Post(to=WORK, content="plan", key="plan:1"),
        Edit(key="plan:1", content="plan, done with"),
        cause="2",
    )
    assert shown(tess, "stuf-admin", "work") == ["v1", "plan, done with"]
    assert again(bot, Edit(key="plan:1", content="plan, done with"), cause="3") == []


def test_a_reaction_comes_and_goes_and_may_go_twice(bot: Any, tess: Any) -> None:
    said = tess.say("stuf-admin", "work", "hello")
    again(bot, React(message_id=said, emoji_name="eyes"), cause="2")
    again(bot, React(message_id=said, emoji_name="eyes", remove=True), cause="3")
    again(bot, React(message_id=said, emoji_name="eyes", remove=True), cause="4")
    assert tess.reads(("channel", "stuf-admin"), ("topic", "work"))[-1]["reactions"] == []
    assert shown(tess, "stuf-admin", "STUF Bot") == []


def test_a_channel_is_described_renamed_and_archived_once_all_is_said(
    realm: Any, make_bot: Any, ada: Any, tess: Any
) -> None:
    ada.call("users/12", "PATCH", role=200)
    bot = make_bot(realm)
    bot.intake.connect()
    bot.put(ChangeChannel(channel="general", description="News", name="news"))
    bot.drain()
    (found,) = [one for one in tess.call("streams", "GET")["streams"] if one["name"] == "news"]
    assert found["description"] == "News"
    number = int(found["stream_id"])
    bot.put(
        Post(to=Topic(channel=number, topic="end"), content="goodbye"),
        ChangeChannel(channel=number, archive=True),
        cause="end",
    )
    with bot.database.session() as session:
        session.connection().exec_driver_sql("UPDATE outbox SET lane = 0 WHERE kind = 'change_channel'")
    bot.drain()
    assert bot.waiting() == 0
    assert "news" not in {one["name"] for one in tess.call("streams", "GET")["streams"]}
    account = realm._world.messages.values()
    assert [one.content for one in account if one.topic == "end" and one.sender_id == 12] == ["goodbye"]
    bot.put(ChangeChannel(channel=number, archive=True), cause="again")
    bot.drain()
    assert bot.waiting() == 0
