"""Whatever Zulip refuses for good is told of: to who asked, else to the administrators, once, never in a circle."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Act, Card, ChangeChannel, Edit, EnsureChannel, Post, React, ResolveTopic
from stuf_bot.chat.refused import tell_in
from stuf_bot.places import Direct, Topic

HOME = (("channel", "stuf-admin"), ("topic", "STUF Bot"))
WORK = Topic(channel="general", topic="work")
TESS, OMAR = 9, 10


@pytest.fixture
def bot(realm: ZulipRealm, make_bot: Any) -> Any:
    """A bot that tells of what is refused, and sends when the test says so."""
    made = make_bot(realm, on_rejected=tell_in("stuf-admin"))
    made.intake.connect()
    return made


class Event:
    """Something that somebody asked."""

    sender_id = TESS
    message_id = 4711


def ask(bot: Any, *acts: Act, cause: str = "zulip:message:1") -> None:
    """Do this because Tess asked for it."""
    with bot.database.session() as session:
        bot.outbox.answer(session, acts, Event(), cause)
    bot.drain()


def to_tess(tess: Any) -> list[str]:
    found: list[str] = tess.reads_from_bot(("is", "dm"))
    return found


def archive(ada: Any, bot: Any, name: str) -> None:
    ada.call(f"streams/{bot.directory.channel_id(name)}", "DELETE")


def nobody_edits_topics(ada: Any) -> None:
    ada.call("realm", "PATCH", edit_topic_policy=2)


def deactivate(ada: Any, user_id: int) -> None:
    ada.call(f"users/{user_id}", "DELETE")


def posted(bot: Any, *acts: Act) -> None:
    bot.put(*acts, cause="before")
    bot.drain()


def arrange_archived(bot: Any, ada: Any) -> Act:
    archive(ada, bot, "general")
    return Post(to=WORK, content="lost")


def arrange_may_not_post(bot: Any, ada: Any) -> Act:
    private = {"invite_only": True, "history_public_to_subscribers": True}
    ada.call("users/me/subscriptions", subscriptions=[{"name": "board"}], principals=[9, 12], **private)
    number = int(bot.api.channel_id("board"))
    bot.directory.note_channel(number, "board", subscribed=True)
    ada.call("users/me/subscriptions", "DELETE", subscriptions=["board"], principals=[12])
    return Post(to=Topic(channel=number, topic="work"), content="lost")


def arrange_unknown(_bot: Any, _ada: Any) -> Act:
    return Post(to=Topic(channel="no-such", topic="work"), content="lost")


def arrange_left_person(_bot: Any, ada: Any) -> Act:
    deactivate(ada, OMAR)
    return Post(to=Direct(user_ids=(OMAR,)), content="lost")


def arrange_edit(bot: Any, ada: Any) -> Act:
    posted(bot, Post(to=WORK, content="v1", key="said"))
    ada.call(f"messages/{bot.message_id('said')}", "DELETE")
    return Edit(key="said", content="v2")


def arrange_reaction(_bot: Any, _ada: Any) -> Act:
    return React(message_id=999_999, emoji_name="eyes")


def arrange_emoji(bot: Any, ada: Any) -> Act:
    return React(message_id=ada.say("general", "work", "hello"), emoji_name="no_such_emoji", remove=False)


def arrange_topic(bot: Any, ada: Any) -> Act:
    posted(bot, Card(to=WORK, key="card", content="v1"))
    nobody_edits_topics(ada)
    return ResolveTopic(key="card")


def arrange_channel(_bot: Any, _ada: Any) -> Act:
    return EnsureChannel(name="x" * 61)


def arrange_description(bot: Any, _ada: Any) -> Act:
    return ChangeChannel(channel="general", description="news")


def arrange_archiving(bot: Any, _ada: Any) -> Act:
    return ChangeChannel(channel="general", archive=True)


CASES: list[tuple[Callable[[Any, Any], Act], str, str]] = [
    (arrange_archived, "post in `#general > work`", "not archived"),
    (arrange_may_not_post, "post in `#board > work`", "that I may post in it"),
    (arrange_unknown, "post in `#no-such > work`", "see that the channel is there"),
    (arrange_left_person, "write to @_**Omar Ops|10**", "tell them another way"),
    (arrange_edit, "change a message of mine", "ask me again"),
    (arrange_reaction, "react to a message", "nothing else depends on it"),
    (arrange_emoji, "react to a message", "nothing else depends on it"),
    (arrange_topic, "mark the topic of a message of mine as done", "by hand"),
    (arrange_channel, f"make the channel `#{'x' * 61}`", "add me to it"),
    (arrange_description, "change the channel `#general`", "takes an administrator"),
    (arrange_archiving, "archive the channel `#general`", "takes an administrator"),
]


@pytest.mark.parametrize(("arrange", "what", "hint"), CASES)
def test_who_asked_hears_what_was_refused_and_what_to_do(
    bot: Any, tess: Any, ada: Any, arrange: Any, what: str, hint: str
) -> None:
    act = arrange(bot, ada)
    ask(bot, act)
    (said,) = to_tess(tess)
    assert said.startswith("I could not ")
    assert what in said
    assert hint in said
    assert tess.reads_from_bot(*HOME) == []
    assert bot.waiting() == 0


@pytest.mark.parametrize(("arrange", "what", "hint"), CASES)
def test_where_nobody_asked_the_administrators_hear_of_it_once_a_day(
    bot: Any, tess: Any, ada: Any, moments: Any, arrange: Any, what: str, hint: str
) -> None:
    act = arrange(bot, ada)
    for cause in ("1", "2"):
        bot.put(act, cause=cause)
        bot.drain()
    (said,) = tess.reads_from_bot(*HOME)
    assert what in said
    assert hint in said
    assert to_tess(tess) == []
    moments.forward(86_400)
    bot.put(act, cause="3")
    bot.drain()
    assert len(tess.reads_from_bot(*HOME)) == 2


def test_several_acts_of_one_question_are_told_of_once(bot: Any, tess: Any) -> None:
    lost = [Post(to=Topic(channel="no-such", topic="work"), content=str(number)) for number in range(3)]
    ask(bot, *lost)
    ask(bot, *lost, cause="zulip:message:2")
    assert len(to_tess(tess)) == 2


def test_where_the_asker_is_gone_the_administrators_hear_of_it_without_an_address(
    bot: Any, ada: Any, tess: Any
) -> None:
    deactivate(ada, TESS)
    ask(bot, Post(to=Direct(user_ids=(TESS,)), content="the answer"), Post(to=WORK, content="other"))
    (said,) = ada.reads_from_bot(*HOME)
    assert "write to @_**Tess Architect|9**" in said
    assert "tess@" not in said
    assert "the answer" not in said


def test_an_asker_who_is_gone_and_a_channel_too(bot: Any, ada: Any) -> None:
    """Two refusals, one after the other: the second is the administrators' too, and then it ends."""
    deactivate(ada, TESS)
    ask(bot, Post(to=Topic(channel="no-such", topic="work"), content="lost"))
    (said,) = ada.reads_from_bot(*HOME)
    assert "write to @_**Tess Architect|9**" in said
    assert bot.waiting() == 0


def test_where_the_administrators_channel_itself_is_gone_it_ends_with_the_log(
    bot: Any, ada: Any, caplog: Any
) -> None:
    archive(ada, bot, "stuf-admin")
    bot.put(Post(to=WORK, content="fine"), Post(to=Topic(channel="stuf-admin", topic="x"), content="lost"))
    bot.drain()
    assert bot.waiting() == 0
    assert "Zulip refused a post" in caplog.text


def test_a_fault_of_the_program_is_told_of_and_the_others_go_on(
    bot: Any, tess: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bot.api, "react", lambda *_: 1 / 0)
    ask(bot, React(message_id=1, emoji_name="eyes"), Post(to=WORK, content="goes on"))
    assert tess.reads_from_bot(("channel", "general")) == ["goes on"]
    (said,) = to_tess(tess)
    assert "went wrong on my side" in said
    assert "ZeroDivision" not in said


def test_what_is_about_a_message_that_was_never_sent_is_not_told_of_again(bot: Any, tess: Any) -> None:
    nowhere = Topic(channel="no-such", topic="work")
    ask(
        bot,
        Card(to=nowhere, key="card", content="v1"),
        ResolveTopic(key="card"),
        Edit(key="card", content="v2"),
    )
    (said,) = to_tess(tess)
    assert "post in `#no-such > work`" in said


def test_an_edit_that_nobody_needs_is_left(bot: Any, tess: Any, ada: Any) -> None:
    act = arrange_edit(bot, ada)
    assert isinstance(act, Edit)
    ask(bot, act.model_copy(update={"needed": False}), Edit(key="never", content="x", needed=False))
    assert to_tess(tess) == []


def test_names_from_outside_stay_in_their_place(bot: Any, tess: Any) -> None:
    ask(bot, Post(to=Topic(channel="`@**all**`", topic="[x](http://example.org)"), content="lost"))
    (message,) = [m for m in tess.reads(("is", "dm")) if m["sender_id"] == 12]
    assert "wildcard_mentioned" not in message["flags"]
    shown = tess.call(f"messages/{message['id']}", "GET", apply_markdown=True)["message"]["content"]
    assert "href" not in shown
