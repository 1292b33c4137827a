"""Deliveries through the whole hall: what reaches Zulip, by the rules."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_desk import OCTO, REPOSITORY, run

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from asked import BLOCK
from talk import TESS, Talk, open_talk

from stuf_bot.acts import Card, Post, ResolveTopic
from stuf_bot.messages import DeliveryReceived


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A bot that is asked to make acme-audit."""
    talk = open_talk(tmp_path / "bot.sqlite")
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    yield talk
    talk.database.close()


def delivered(talk: Talk, number: int, kind: str, **payload: Any) -> list[Any]:
    body = {"repository": REPOSITORY, "sender": OCTO, **payload}
    delivery = DeliveryReceived(source="github", delivery_id=f"d{number}", kind=kind, body=body)
    with talk.database.session() as session:
        return talk.core.dispatcher.handle(delivery, session)


def test_green_runs_are_quiet_a_red_one_begins_a_topic_a_green_one_ends_it(talk: Talk) -> None:
    assert delivered(talk, 1, "workflow_run", **run(1, None)) == []
    assert delivered(talk, 2, "workflow_run", **run(1, "success")) == []
    assert delivered(talk, 3, "workflow_run", **run(2, "cancelled")) == []
    acts = delivered(talk, 4, "workflow_run", **run(3, "failure"))
    assert [type(act) for act in acts] == [Card, Post]
    assert acts[0].to.topic == "tests on main"
    acts = delivered(talk, 5, "workflow_run", **run(4, "success"))
    assert [type(act) for act in acts] == [Card, Post, ResolveTopic]
    assert acts[2].done


def test_a_change_of_access_is_told_though_it_is_muted(talk: Talk) -> None:
    assert "mute" in talk.says(TESS, "relays acme-audit mute access")
    talk.says(TESS, "confirm")
    acts = delivered(talk, 1, "member", action="added", member={"login": "stranger"})
    assert [act.content for act in acts if isinstance(act, Post) and "may read" in act.content]


def test_what_lacks_its_object_says_nothing(talk: Talk) -> None:
    assert delivered(talk, 1, "deployment", action="created") == []
