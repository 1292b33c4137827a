"""Uploads under the rules of their STUF."""

from datetime import timedelta

from talk import TESS, Talk

from stuf_bot.acts import Post
from stuf_bot.places import Topic
from stuf_bot.relays import Relays

HERE = Topic(channel="stuf-acme-audit", topic="uploads acme-audit")


def arrives(talk: Talk, upload: str) -> str:
    """The texts of what is said of an upload."""
    body = {"upload_id": upload, "size": 1500}
    return talk.delivers("stuf", "upload.completed", body, "acme-audit")


def test_an_upload_is_told_in_the_topic_of_uploads(talk: Talk) -> None:
    assert "a file arrived (1.5 kB). Upload `card`" in arrives(talk, "card")
    assert [act.to for act in talk.acts if isinstance(act, Post)] == [HERE]
    assert arrives(talk, "card") == ""
    assert "Upload `u2`" in arrives(talk, "u2")
    assert len(talk.acts) == 1


def test_uploads_can_be_muted(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit mute uploads")
    assert arrives(talk, "u1") == ""
    talk.says(TESS, "relays acme-audit unmute 1")
    # What was muted is not said later.
    assert arrives(talk, "u1") == ""
    assert "Upload `u2`" in arrives(talk, "u2")


def test_uploads_wait_in_quiet_hours_and_are_said_as_one(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit batch 30m")
    assert arrives(talk, "u1") + arrives(talk, "u2") == ""
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "stuf-admin")
    with talk.database.session() as session:
        acts = relays.release(session, talk.now + timedelta(minutes=31))
    (post,) = [act for act in acts if isinstance(act, Post)]
    assert post.to == HERE
    assert post.content.index("`u1`") < post.content.index("`u2`")


def test_their_topic_says_why_and_offers_the_rule(talk: Talk) -> None:
    arrives(talk, "u1")
    assert "`uploads`, object `uploads acme-audit`" in talk.says(TESS, "@**STUF Bot** why", HERE)
    rule = "relays acme-audit mute uploads object:uploads?acme-audit"
    assert f"`@STUF Bot {rule}`" in talk.says(TESS, "@**STUF Bot** mute", HERE)
    talk.says(TESS, rule)
    assert arrives(talk, "u2") == ""
