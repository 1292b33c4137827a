"""`why` and `mute`, by messages."""

from dataclasses import replace

from relay_desk import PULL, pull
from relay_talk import HERE, rules, told
from talk import OMAR, PAT, TESS, Talk

from stuf_bot.acts import Card, Lane
from stuf_bot.places import Topic
from stuf_bot.relays import News, Relay, Subject


def test_why_names_the_rule_that_let_it_through(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit only branch:main")
    told(talk, pull("checks", "red", status="failure", branch="main", actor="octo"))
    answer = talk.says(TESS, "@**STUF Bot** why", HERE)
    assert "`checks`, branch `main`, status `failure`, actor `octo`, object `#12`" in answer
    assert "rule `1` of `acme-audit` lets it through: `only everything branch:main`" in answer
    assert "`@STUF Bot mute`" in answer


def test_why_says_that_no_rule_spoke_or_that_it_is_always_told(talk: Talk) -> None:
    told(talk, pull("pull-requests", "opened"))
    assert "no rule of `acme-audit` speaks against it" in talk.says(TESS, "@**STUF Bot** why", HERE)
    told(talk, pull("alarms", "down", lane=Lane.INCIDENT))
    assert "because it is urgent" in talk.says(TESS, "@**STUF Bot** why", HERE)
    told(talk, Relay(PULL, "access", news=(News("a", "who", always=True),)))
    assert "is always told" in talk.says(TESS, "@**STUF Bot** why", HERE)
    assert "no rule mutes it" in talk.says(TESS, "@**STUF Bot** mute", HERE)


def test_why_and_mute_say_nothing_to_who_may_not_see_it(talk: Talk) -> None:
    told(talk, pull("pull-requests", "opened"))
    for word in ("why", "mute"):
        assert "not a topic of something" in talk.says(PAT, f"@**STUF Bot** {word}", HERE)
        assert "not a topic of something" in talk.says(TESS, word)
        nowhere = Topic(channel="stuf-acme-audit", topic="new stufs")
        assert "not a topic of something" in talk.says(TESS, f"@**STUF Bot** {word}", nowhere)


def test_a_quoted_relay_is_explained_wherever_it_is_quoted(talk: Talk) -> None:
    told(talk, pull("checks", "red", status="failure", branch="main"))
    told(talk, pull("comments", "c1", actor="octo"))
    talk.outbox.keys[55] = "relay:github:acme/stuf-x:pull:12:red"
    link = "https://zulip.example.org/#narrow/stream/5-stuf/topic/x/near/55"
    quote = f"@_**STUF Bot|12** [said]({link}):\n```quote\nsaid red\n```\n"
    assert "status `failure`" in talk.says(TESS, f"{quote}why")
    assert "status `failure`" in talk.says(TESS, f"{quote}@**STUF Bot** why", HERE)
    assert "actor `octo`" in talk.says(TESS, "@**STUF Bot** why", HERE)
    assert "status:failure object:#12" in talk.says(TESS, f"{quote}mute")
    assert "not a topic of something" in talk.says(PAT, f"{quote}why")


def test_mute_offers_the_narrowest_rule_and_a_thumb_runs_it(talk: Talk) -> None:
    red = pull("checks", "red", status="failure", branch="main", actor="octo")
    told(talk, red)
    answer = talk.says(TESS, "@**STUF Bot** mute", HERE)
    narrow = "relays acme-audit mute checks branch:main status:failure actor:octo object:#12"
    assert f"`@STUF Bot {narrow}`" in answer
    assert "`@STUF Bot relays acme-audit mute checks object:#12`" in answer
    key = talk.posts[0].key
    assert key is not None
    assert "Done: rule 1" in talk.reacts(TESS, key)
    assert rules(talk) == [f"1. {narrow.removeprefix('relays acme-audit ')}"]
    assert [type(act) for act in told(talk, replace(red, news=(News("red2", "again"),)))] == [Card]
    assert len(told(talk, replace(red, status="error", news=(News("red3", "again"),)))) == 2


def test_a_viewer_may_ask_why_and_not_mute(talk: Talk) -> None:
    told(talk, Relay(Subject("aws:alarm:1", "", "disk", "is full"), "alarms", card="full"))
    where = Topic(channel="stuf-admin", topic="✔ disk is full")
    assert "`alarms`" in talk.says(OMAR, "@**STUF Bot** why", where)
    assert "`@STUF Bot relays fleet mute alarms object:disk`" in talk.says(OMAR, "@**STUF Bot** mute", where)
    assert "not a topic" in talk.says(TESS, "@**STUF Bot** why", where)
