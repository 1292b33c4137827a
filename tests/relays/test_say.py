"""One object, one topic, one living card."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from relay_desk import NOW, PULL, Desk, pull

from stuf_bot.acts import Card, Lane, Post, ResolveTopic
from stuf_bot.places import Topic
from stuf_bot.relays import News, Objects, Relay, Subject, book
from stuf_bot.relays.hours import Quiet

TO = Topic(channel="stuf-acme-audit", topic="#12 Make it quicker")


def test_the_card_comes_first_and_the_news_below_it(desk: Desk) -> None:
    card, post = desk.says(pull("pull-requests", "opened"))
    assert isinstance(card, Card)
    assert isinstance(post, Post)
    assert card.to == post.to == TO
    assert (card.content, post.content) == ("the card", "said opened")
    assert post.key == "relay:github:acme/stuf-x:pull:12:opened"


def test_a_changed_title_keeps_the_topic(desk: Desk) -> None:
    desk.says(pull())
    desk.says(replace(pull("reviews", "r1"), subject=replace(PULL, title="Another title")))
    assert {act.to for act in (*desk.cards, *desk.posts)} == {TO}
    with desk.database.reading() as session:
        found = desk.relays.subject_at(session, "STUF-acme-audit", "✔ #12 renamed by somebody")
        assert found == replace(PULL, title="Another title")
        assert desk.relays.subject_at(session, "stuf-other", "#12 Make it quicker") is None
        assert desk.relays.subject_at(session, "stuf-acme-audit", "#123 Make it quicker") is None


def test_news_are_said_once(desk: Desk) -> None:
    desk.says(pull("pull-requests", "opened"))
    desk.says(pull("pull-requests", "opened"))
    assert desk.posts == []
    assert [card.content for card in desk.cards] == ["the card"]


def test_done_and_reopened_only_when_it_changes(desk: Desk) -> None:
    desk.says(pull(done=False))
    assert desk.marks == []
    desk.says(pull(done=True))
    assert [mark.done for mark in desk.marks] == [True]
    desk.says(pull(done=True))
    assert desk.marks == []
    desk.says(pull())
    assert desk.marks == []
    desk.says(pull(done=False))
    assert [mark.done for mark in desk.marks] == [False]


def test_a_topic_that_begins_done_is_resolved_after_its_news(desk: Desk) -> None:
    acts = desk.says(pull("pull-requests", "merged", done=True))
    assert [type(act) for act in acts] == [Card, Post, ResolveTopic]


def test_what_a_person_marked_is_not_marked_again(desk: Desk) -> None:
    desk.says(pull(done=False))
    with desk.database.session() as session:
        desk.relays.marked(session, "stuf-acme-audit", "#12 Make it quicker", done=True)
    desk.says(pull(done=True))
    assert desk.marks == []
    desk.says(pull(done=False))
    assert [mark.done for mark in desk.marks] == [False]


def test_what_comes_to_a_resolved_topic_goes_beside_its_card(desk: Desk) -> None:
    desk.says(pull(done=True))
    desk.sent["relay:github:acme/stuf-x:pull:12:card"] = 4711
    desk.says(pull("comments", "c1"))
    assert [post.beside for post in desk.posts] == [4711]


def test_a_burst_asks_nothing_and_a_calm_topic_does(desk: Desk) -> None:
    desk.sent["relay:github:acme/stuf-x:pull:12:card"] = 4711
    desk.says(pull())
    desk.says(pull("comments", "c1"))
    assert [post.beside for post in desk.posts] == [None]
    desk.now += timedelta(hours=1)
    desk.says(pull("comments", "c2"))
    assert [post.beside for post in desk.posts] == [4711]


def test_who_is_asked_is_mentioned_once(desk: Desk) -> None:
    desk.says(Relay(PULL, "reviews", news=(News("ask", "asked for a review", asks=(9, 10, 9)),)))
    assert desk.posts[0].content == "@**|9** @**|10** asked for a review"


def test_the_fleets_relays_go_to_its_channel_and_those_of_gone_stufs_nowhere(desk: Desk) -> None:
    desk.says(Relay(Subject("aws:1", "", "disk", "is full"), "alarms", card="full"))
    assert desk.cards[0].to == Topic(channel="stuf-admin", topic="disk is full")
    assert desk.says(Relay(Subject("aws:2", "gone", "disk"), "alarms", card="full")) == []


def test_muted_news_still_change_the_card_and_begin_no_topic(desk: Desk) -> None:
    assert desk.says(pull("checks", "ok", status="success")) == []
    desk.says(pull("pull-requests", "opened"))
    assert len(desk.cards) == len(desk.posts) == 1
    desk.says(pull("checks", "ok2", status="success", card="now green", done=True))
    assert desk.posts == []
    assert [card.content for card in desk.cards] == ["now green"]
    assert [mark.done for mark in desk.marks] == [True]


def test_the_card_of_a_muted_object_is_there_once_something_is_told(desk: Desk) -> None:
    desk.says(pull("checks", "ok", status="success", card="as it was", done=True))
    acts = desk.says(Relay(PULL, "checks", status="failure", news=(News("bad", "it failed"),)))
    assert [type(act) for act in acts] == [Card, Post, ResolveTopic]
    assert desk.cards[0].content == "as it was"


def test_incidents_and_what_is_always_said_are_never_muted(desk: Desk) -> None:
    with desk.database.session() as session:
        book.add(session, "acme-audit", "mute", {}, until=None, person_id=9, now=NOW)
        book.set_quiet(session, "acme-audit", Quiet(0, 23 * 60, "UTC"))
    desk.says(Relay(PULL, "access", card="c", news=(News("a", "may read now", always=True),)))
    assert [post.content for post in desk.posts] == ["may read now"]
    desk.says(pull("alarms", "down", lane=Lane.INCIDENT))
    assert [post.content for post in desk.posts] == ["said down"]


def test_own_acts_are_quiet_but_for_deployments(desk: Desk) -> None:
    assert desk.says(pull("pushes", "p", actor="stuf-bot[bot]")) == []
    assert desk.says(pull("comments", "c", own=True)) == []
    desk.says(pull("deployments", "d", actor="stuf-bot[bot]"))
    assert len(desk.posts) == 1


def test_who_is_asked_to_act_is_asked_by_the_bot_as_well(desk: Desk) -> None:
    asks = Relay(PULL, "reviews", own=True, card="c", news=(News("ask", "please", asks=(9,)),))
    assert len(desk.says(asks)) == 2
    with desk.database.session() as session:
        book.add(session, "acme-audit", "mute", {"kind": ["reviews"]}, until=None, person_id=9, now=NOW)
    assert desk.says(replace(asks, news=(News("ask2", "please", asks=(9,)),))) == desk.cards


def test_what_is_muted_or_waits_brings_no_new_card(desk: Desk) -> None:
    desk.says(pull("pull-requests", "opened"))
    desk.says(pull("checks", "ok", status="success"))
    assert [card.anew for card in desk.cards] == [False]
    desk.says(pull("checks", "red", status="failure"))
    desk.says(pull())
    assert [card.anew for card in desk.cards] == [True]
    with desk.database.session() as session:
        book.set_quiet(session, "acme-audit", Quiet(0, 23 * 60, "UTC"))
    desk.says(pull("comments", "c1"))
    assert [card.anew for card in desk.cards] == [False]


def test_the_size_of_a_change_is_no_phone_number(desk: Desk) -> None:
    desk.says(pull(card="2 commits, +1500 -2000 in 3 files, +44 7700 900123"))
    assert desk.cards[0].content == "2 commits, +1500 -2000 in 3 files, …"


def test_another_channel_holds_for_new_topics(desk: Desk) -> None:
    desk.says(pull())
    with desk.database.session() as session:
        book.set_channel(session, "acme-audit", "quality")
    desk.says(pull("comments", "c"))
    assert desk.posts[0].to == TO
    desk.says(Relay(replace(PULL, key="github:acme/stuf-x:pull:13", label="#13"), "issues", card="c"))
    assert desk.cards[0].to == Topic(channel="quality", topic="#13 Make it quicker")


def test_what_is_personal_is_neither_told_nor_kept(desk: Desk) -> None:
    mail = "ana@example.org"
    subject = replace(PULL, title=f"for {mail}")
    desk.says(Relay(subject, "issues", card=f"by {mail}", news=(News("n", f"{mail} +44 7700 900123"),)))
    shown = str([*desk.cards, *desk.posts])
    assert "for …" in shown
    objects = Objects()
    with desk.database.session() as session:
        objects.keep(session, "k", "acme-audit", {"a": [{"b": mail}], "n": 7})
        assert objects.read(session, "k") == {"a": [{"b": "…"}], "n": 7}
    assert mail not in shown
    folder = Path(desk.database.engine.url.database or "").parent
    assert not any(b"900123" in file.read_bytes() for file in folder.glob("relays.sqlite*"))
