"""Who are the TAs of a STUF, who may change that, and what being one gives."""

from pathlib import Path

import pytest
from asked import BLOCK
from sqlalchemy import update
from talk import ADA, GUEST, OMAR, PAT, TESS, TOPIC, FakeChannels, FakeDirectory, Talk, open_talk

from provisioning import architects
from provisioning.refusals import LastArchitect, UnknownStuf
from provisioning.tables import StufRow
from stuf_bot.acts import EnsureChannel, Post
from stuf_bot.audit import Tag
from stuf_bot.audit.reading import Wanted, entries
from stuf_bot.messages import Effect
from stuf_bot.places import Direct, Person, Topic
from stuf_bot.policy import Policy, Way

GUS = f"@**Gus Guest|{GUEST}**"
SECRET_ROOM = 7


@pytest.fixture(autouse=True)
def created(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")


def now(talk: Talk) -> tuple[int, ...]:
    with talk.database.session() as session:
        stuf = talk.fleet.get(session, "acme-audit")
    assert stuf is not None
    return stuf.architects


def test_who_asked_for_it_is_the_first(talk: Talk) -> None:
    assert now(talk) == (TESS,)
    answer = talk.says(TESS, "architects acme-audit")
    assert f"@_**|{TESS}**" in answer
    assert "`add architect acme-audit @…`" in answer


def test_who_is_added_may_act_reads_along_and_is_told(talk: Talk) -> None:
    assert "no STUF" in talk.says(PAT, "status acme-audit")
    assert "is a TA of `acme-audit` now" in talk.says(TESS, "add architect acme-audit @**Pat Plain**")
    channels = [act for act in talk.acts if isinstance(act, EnsureChannel)]
    assert [(act.name, act.subscribers) for act in channels] == [("stuf-acme-audit", (PAT,))]
    told = [act for act in talk.acts if isinstance(act, Post) and act.to == Direct(user_ids=(PAT,))]
    assert f"@_**Tess Architect|{TESS}** has made you a TA" in told[0].content
    assert now(talk) == (TESS, PAT)
    assert f"TAs: @_**|{TESS}**, @_**|{PAT}**" in talk.says(PAT, "status acme-audit")
    assert "cannot be undone" in talk.says(PAT, "abandon acme-audit")
    assert "TA of `acme-audit`" in talk.says(PAT, "whoami")


def test_who_is_removed_may_no_more_and_is_told(talk: Talk) -> None:
    talk.says(TESS, "add architect acme-audit @**Pat Plain**")
    answer = talk.says(PAT, "remove architect acme-audit @**Tess Architect**")
    assert "no TA of `acme-audit` any more" in answer
    assert f"@_**Pat Plain|{PAT}** has ended" in answer
    assert now(talk) == (PAT,)
    assert "no STUF" in talk.says(TESS, "status acme-audit")


def test_the_last_one_stays(talk: Talk) -> None:
    assert "Add another one first" in talk.says(TESS, "remove architect acme-audit me")
    assert "Add another one first" in talk.says(ADA, "remove architect acme-audit @**Tess Architect**")
    assert now(talk) == (TESS,)


def test_who_can_do_nothing_does_not_count_as_another_one(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.says(TESS, "add architect acme-audit @**Pat Plain**")
    monkeypatch.setitem(FakeDirectory.accounts, PAT, Person(PAT, "Pat Plain", is_active=False))
    assert "Add another one first" in talk.says(TESS, "remove architect acme-audit me")
    assert now(talk) == (TESS, PAT)


def test_administrators_may_and_operators_learn_who_does(talk: Talk) -> None:
    answer = talk.says(OMAR, "add architect acme-audit me")
    assert f"decided by its TAs (@_**|{TESS}**) and members of @_*administrators*" in answer
    assert "no STUF" in talk.says(PAT, "add architect acme-audit me")
    assert now(talk) == (TESS,)
    assert "is a TA" in talk.says(ADA, f"add architect acme-audit {OMAR}")
    assert now(talk) == (TESS, OMAR)


def test_only_who_can_use_the_bot_becomes_one(talk: Talk) -> None:
    assert "cannot use me" in talk.says(TESS, f"add architect acme-audit {GUS}")
    assert "is a bot" in talk.says(TESS, "add architect acme-audit STUF Bot")
    assert "already" in talk.says(TESS, "add architect acme-audit me")
    assert "is no TA" in talk.says(TESS, "remove architect acme-audit @**Pat Plain**")
    assert now(talk) == (TESS,)


def test_a_plan_is_shown_on_demand_and_checked_again(talk: Talk) -> None:
    assert "**Plan: make @_**Pat Plain|11** a TA" in talk.says(
        TESS, "add architect acme-audit @**Pat Plain** --plan"
    )
    assert now(talk) == (TESS,)
    with talk.database.session() as session:
        architects.add(session, "acme-audit", OMAR, added_by=TESS, at=talk.now)
        architects.remove(session, "acme-audit", TESS)
    assert "no STUF" in talk.says(TESS, "confirm")
    assert now(talk) == (OMAR,)


def test_changes_are_on_record_with_the_person(talk: Talk) -> None:
    talk.says(TESS, "add architect acme-audit @**Pat Plain**")
    talk.says(TESS, "remove architect acme-audit @**Pat Plain**")
    tags = (Tag.ARCHITECT_ADDED, Tag.ARCHITECT_REMOVED)
    with talk.database.session() as session:
        noted = list(entries(session, Wanted(stuf="acme-audit", tags=tags)))
    assert [(entry.tag, entry.actor_id, entry.details["person"]) for entry in noted] == [
        (Tag.ARCHITECT_ADDED, TESS, PAT),
        (Tag.ARCHITECT_REMOVED, TESS, PAT),
    ]


def test_a_stuf_that_is_gone_takes_its_tas_along(talk: Talk) -> None:
    with talk.database.session() as session:
        session.execute(update(StufRow).values(state="gone"))
    assert "no STUF" in talk.says(TESS, "architects acme-audit")
    with talk.database.session() as session, pytest.raises(UnknownStuf):
        architects.add(session, "acme-audit", PAT, added_by=TESS, at=talk.now)


def test_the_store_itself_keeps_the_last_one(talk: Talk) -> None:
    with talk.database.session() as session:
        assert not architects.remove(session, "acme-audit", PAT)
        assert not architects.add(session, "acme-audit", TESS, added_by=TESS, at=talk.now)
        with pytest.raises(LastArchitect):
            architects.remove(session, "acme-audit", TESS)


def test_who_is_not_in_the_channel_adds_nobody_to_it(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    with talk.database.session() as session:
        session.execute(update(StufRow).values(channel="secret-room"))
    assert "ask somebody who is in it" in talk.says(TESS, "add architect acme-audit @**Omar Ops** --plan")
    answer = talk.says(TESS, "confirm")
    assert "is a TA of `acme-audit` now. You are not in" in answer
    assert "ask somebody who is in it to add them" in answer
    assert now(talk) == (TESS, OMAR)
    assert not [act for act in talk.acts if isinstance(act, EnsureChannel)]
    monkeypatch.setitem(FakeChannels.members, "secret-room", {PAT, TESS})
    talk.says(TESS, "add architect acme-audit @**Pat Plain**")
    channels = [act for act in talk.acts if isinstance(act, EnsureChannel)]
    assert [(act.name, act.subscribers) for act in channels] == [("secret-room", (PAT,))]


@pytest.mark.parametrize("said", ["add architect {} @**Pat Plain**", "remove architect {} @**Omar Ops**"])
def test_a_plan_is_void_for_the_next_stuf_of_the_same_name(talk: Talk, said: str) -> None:
    talk.says(TESS, "add architect acme-audit @**Omar Ops**")
    talk.says(TESS, f"@**STUF Bot** {said.format('acme-audit')} --plan", TOPIC)
    key = talk.posts[-1].key
    with talk.database.session() as session:
        session.execute(update(StufRow).values(state="gone"))
    created_again(talk)
    assert "**Plan: " in talk.reacts(TESS, key)
    assert now(talk) == (TESS, OMAR)


def created_again(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        architects.add(session, "acme-audit", OMAR, added_by=TESS, at=talk.now)


def test_a_second_person_is_asked_in_the_stufs_channel(tmp_path: Path) -> None:
    talk = open_talk(tmp_path / "two.sqlite", Policy({Effect.CHANGES: Way.TWO_PEOPLE}))
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        session.execute(update(StufRow).values(channel="secret-room"))
        architects.add(session, "acme-audit", OMAR, added_by=TESS, at=talk.now)
    for said in ("add architect acme-audit @**Pat Plain**", "remove architect acme-audit @**Omar Ops**"):
        talk.says(TESS, said)
        assert {post.to.channel for post in talk.posts if isinstance(post.to, Topic)} == {SECRET_ROOM}
    talk.database.close()
