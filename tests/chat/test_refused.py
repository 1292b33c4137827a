"""A post that Zulip refuses for good is told of, once a place, and never in a circle."""

from stuf_bot.acts import Card, Post, React
from stuf_bot.chat.refused import tell_in
from stuf_bot.chat.zulip_api import Rejected
from stuf_bot.places import Direct, Topic

NO = Rejected("STREAM_DOES_NOT_EXIST", "Channel '@**all**' does not exist")
TOLD = tell_in("stuf-admin")


def test_a_refused_post_or_card_is_told_of_in_the_administrators_channel() -> None:
    to = Topic(channel="stuf-acme", topic="provision")
    (post,) = TOLD(Card(to=to, key="k", content="c"), NO)
    assert post.to == Topic(channel="stuf-admin", topic="STUF Bot")
    assert "`#stuf-acme > provision`" in post.content
    assert "`Channel '@**all**' does not exist`" in post.content
    (again,) = TOLD(Post(to=to, content="d"), NO)
    assert again.key == post.key


def test_nothing_is_told_of_what_nobody_misses_or_of_the_telling_itself() -> None:
    assert not list(TOLD(React(message_id=1, emoji_name="+1"), NO))
    assert not list(TOLD(Post(to=Direct(user_ids=(9,)), content="c"), NO))
    assert not list(TOLD(Post(to=Topic(channel="stuf-admin", topic="x"), content="c"), NO))
