"""The whole way: somebody says something, and the bot answers."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Act, Post
from stuf_bot.messages import TopicMarked
from stuf_bot.places import Topic

MENTION = "@**STUF Bot**"


def eventually(until: Callable[..., Any], person: Any, *texts: str, narrow: Any = ()) -> list[str]:
    return until(
        lambda: (found := person.reads_from_bot(*narrow)) and len(found) >= len(texts) and found, str(texts)
    )


def test_a_direct_message_is_answered(bot: Any, tess: Any, until: Any) -> None:
    tess.direct("help")
    assert eventually(until, tess, "one") == ["heard: help"]


def test_a_mention_in_a_channel_is_answered_in_its_topic(bot: Any, tess: Any, until: Any) -> None:
    tess.say("stuf-admin", "a topic", f"{MENTION} list")
    narrow = [("channel", "stuf-admin"), ("topic", "a topic")]
    assert eventually(until, tess, "one", narrow=narrow) == [f"heard: {MENTION} list"]


def test_what_is_not_meant_for_the_bot_is_not_answered(bot: Any, tess: Any, pat: Any, until: Any) -> None:
    tess.say("stuf-admin", "t", "hello everybody")
    tess.say("stuf-admin", "t", "@**all** hello")
    tess.say("stuf-admin", "t", "`@**STUF Bot**` is how one calls it")
    tess.say("stuf-admin", "t", "@_**STUF Bot** is silent")
    tess.direct("last")
    eventually(until, tess, "one", narrow=[("is", "dm")])
    assert [event.content for event in bot.handled] == ["last"]


def test_the_bot_never_answers_itself(bot: Any, tess: Any, until: Any) -> None:
    bot.put(Post(to=Topic(channel="stuf-admin", topic="t"), content=f"I am {MENTION}, ask @**all**"))
    until(lambda: tess.reads_from_bot(("channel", "stuf-admin")), "the bot's own message")
    tess.direct("last")
    eventually(until, tess, "one", narrow=[("is", "dm")])
    assert [event.content for event in bot.handled] == ["last"]


def test_the_answers_to_one_person_keep_their_order(bot: Any, tess: Any, pat: Any, until: Any) -> None:
    said = [f"number {number}" for number in range(15)]
    for text in said:
        tess.direct(text)
        pat.direct(text)
    for person in (tess, pat):
        assert eventually(until, person, *said, narrow=[("is", "dm")]) == [f"heard: {text}" for text in said]


def test_a_mention_added_by_an_edit_is_heard_once(bot: Any, tess: Any, until: Any) -> None:
    number = tess.say("stuf-admin", "t", "list")
    tess.call(f"messages/{number}", "PATCH", content=f"{MENTION} list")
    tess.call(f"messages/{number}", "PATCH", content=f"{MENTION} list all")
    tess.direct("last")
    until(lambda: len(bot.handled) == 2, "two messages")
    edited = next(event for event in bot.handled if event.edited)
    assert edited.content.startswith(f"{MENTION} list")
    assert (edited.channel_name, edited.place.topic) == ("stuf-admin", "t")


def test_resolving_a_topic_with_a_mention_in_it_is_no_new_command(bot: Any, tess: Any, until: Any) -> None:
    number = tess.say("stuf-admin", "t", f"{MENTION} list")
    until(lambda: len(bot.handled) == 1, "the mention")
    tess.call(f"messages/{number}", "PATCH", topic="✔ t", propagate_mode="change_all")
    tess.direct("last")
    until(lambda: len(bot.handled) == 3, "the mark, and the last")
    marked = [event for event in bot.handled if isinstance(event, TopicMarked)]
    said = [event.content for event in bot.handled if event not in marked]
    assert len(marked) == 1
    assert said == [f"{MENTION} list", "last"]


def test_a_reaction_to_what_the_bot_said_is_heard(bot: Any, tess: Any, until: Any) -> None:
    bot.put(Post(to=Topic(channel="general", topic="plan"), content="confirm?", key="plan:1"))
    posted = until(lambda: bot.message_id("plan:1"), "the plan is posted")
    tess.react(posted, "thumbs_up")
    other = tess.say("general", "plan", "something else")
    tess.react(other, "thumbs_up")
    eventually(until, tess, "one", narrow=[("is", "dm")])
    assert [(event.message_id, event.user_id, event.emoji_name) for event in bot.handled] == [
        (posted, tess.user_id, "thumbs_up")
    ]
    with bot.database.reading() as session:
        assert bot.outbox.key_of(session, posted) == "plan:1"
        assert bot.outbox.key_of(session, other) is None


def test_where_a_dialogue_is_open_no_mention_is_needed(
    realm: ZulipRealm, make_bot: Any, tess: Any, pat: Any, until: Any
) -> None:
    bot = make_bot(realm, listens=lambda place, sender: sender == tess.user_id and place.topic == "form")
    bot.start()
    tess.say("stuf-admin", "form", "Acme Audit")
    pat.say("stuf-admin", "form", "not asked")
    tess.say("stuf-admin", "another", "not there")
    tess.direct("last")
    until(lambda: len(bot.handled) == 2, "two messages")
    assert {event.content for event in bot.handled} == {"Acme Audit", "last"}


def test_a_handler_that_fails_is_told_to_the_asker_once(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    def broken(event: Any, session: Session) -> Iterable[Act]:
        raise ZeroDivisionError

    bot = make_bot(realm, broken)
    bot.start()
    tess.direct("help")
    (answer,) = eventually(until, tess, "one")
    assert answer.startswith("went wrong, reference ")
    until(lambda: bot.waiting() == 0, "all is done")
