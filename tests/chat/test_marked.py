"""A topic that somebody resolves or reopens reaches the bot; its own marks do not."""

from typing import Any

from stuf_bot.acts import Card, ResolveTopic
from stuf_bot.messages import TopicMarked
from stuf_bot.places import Topic

WORK = Topic(channel="stuf-admin", topic="work")


def test_a_person_resolves_and_reopens_what_the_bot_began(bot: Any, tess: Any, until: Any) -> None:
    bot.put(Card(to=WORK, key="card", content="v1"))
    message_id = until(lambda: bot.message_id("card"), "the card is posted")
    tess.call(f"messages/{message_id}", "PATCH", topic="✔ work", propagate_mode="change_all")
    until(lambda: len(marks(bot)) == 1, "the mark is heard")
    tess.call(f"messages/{message_id}", "PATCH", topic="work", propagate_mode="change_all")
    until(lambda: len(marks(bot)) == 2, "the mark is heard")
    assert [(one.topic, one.done, one.user_id, one.channel_name) for one in marks(bot)] == [
        ("work", True, 9, "stuf-admin"),
        ("work", False, 9, "stuf-admin"),
    ]
    bot.put(ResolveTopic(key="card"), cause="done")
    until(lambda: tess.reads(("channel", "stuf-admin"), ("topic", "✔ work")), "the bot resolves")
    tess.call(f"messages/{message_id}", "PATCH", topic="work", propagate_mode="change_all")
    until(lambda: len(marks(bot)) == 3, "the mark is heard")
    assert marks(bot)[-1].done is False


def marks(bot: Any) -> list[TopicMarked]:
    return [event for event in bot.handled if isinstance(event, TopicMarked)]


def test_a_mark_that_a_gap_took_is_read_from_what_the_server_wrote(
    realm: Any, make_bot: Any, tess: Any, until: Any, moments: Any
) -> None:
    bot = make_bot(realm)
    bot.start()
    bot.put(Card(to=WORK, key="card", content="v1"))
    message_id = until(lambda: bot.message_id("card"), "the card is posted")
    bot.stop()
    tess.call(f"messages/{message_id}", "PATCH", topic="✔ work", propagate_mode="change_all")
    # Nobody but the server itself is believed.
    tess.say("stuf-admin", "other", "@_**Tess Architect|9** has marked this topic as resolved.")
    moments.forward(600)
    later = make_bot(realm)
    later.start()
    until(lambda: marks(later), "the mark is heard")
    tess.direct("now")
    until(
        lambda: any(getattr(event, "content", "") == "now" for event in later.handled), "what came after it"
    )
    assert [(one.topic, one.done, one.user_id) for one in marks(later)] == [("work", True, 9)]
