"""People, groups and channels, from `register` and the events that change them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stuf_bot.chat.directory import Directory

CONTRACTS = Path(os.environ.get("STUF_CONTRACTS") or Path(__file__).parents[3] / "shared" / "contracts")
RECORDED = CONTRACTS / "zulip-transcripts"
STATE: dict[str, Any] = {
    "user_id": 12,
    "full_name": "STUF Bot",
    "zulip_feature_level": 278,
    "realm_message_content_edit_limit_seconds": 600,
    "realm_allow_message_editing": True,
    "realm_users": [
        {"user_id": 8, "full_name": "Ada Admin", "role": 100, "is_bot": False},
        {"user_id": 9, "full_name": "Tess Architect", "role": 400, "is_bot": False},
        {"user_id": 10, "full_name": "Gus Guest", "role": 600, "is_guest": True},
        {"user_id": 12, "full_name": "STUF Bot", "role": 400, "is_bot": True},
    ],
    "realm_non_active_users": [{"user_id": 7, "full_name": "Gone", "role": 400}],
    "cross_realm_bots": [{"user_id": 6, "full_name": "Notification Bot", "is_bot": True}],
    "realm_user_groups": [
        {"id": 10, "name": "role:owners", "members": [8], "direct_subgroup_ids": []},
        {"id": 11, "name": "role:administrators", "members": [], "direct_subgroup_ids": [10]},
        {"id": 14, "name": "role:members", "members": [9, 12], "direct_subgroup_ids": [11]},
        {"id": 17, "name": "round", "members": [], "direct_subgroup_ids": [18]},
        {"id": 18, "name": "about", "members": [9], "direct_subgroup_ids": [17]},
        {"id": 19, "name": "closed", "members": [9], "direct_subgroup_ids": [], "deactivated": True},
    ],
    "streams": [{"stream_id": 3, "name": "general"}],
    "subscriptions": [{"stream_id": 4, "name": "stuf-admin"}],
    "never_subscribed": [{"stream_id": 5, "name": "other"}],
    "unsubscribed": [],
}


@pytest.fixture
def directory() -> Directory:
    made = Directory()
    made.load(STATE)
    return made


def change(directory: Directory, sort: str, op: str, **more: Any) -> None:
    directory.apply({"type": sort, "op": op, **more})


def test_people(directory: Directory) -> None:
    assert directory.me.name == "STUF Bot"
    tess, gus, gone = directory.person(9), directory.person(10), directory.person(7)
    assert tess is not None
    assert (tess.mention, tess.is_guest, tess.is_active) == ("@**Tess Architect|9**", False, True)
    assert gus is not None
    assert gus.is_guest
    assert gone is not None
    assert not gone.is_active
    assert directory.person(4711) is None


def test_groups_hold_the_groups_within(directory: Directory) -> None:
    assert directory.group_members("role:members") == {8, 9, 12}
    assert directory.group_members("role:administrators") == {8}
    assert directory.group_members("no such group") is None
    assert directory.groups_of(8) == {"role:owners", "role:administrators", "role:members"}


def test_groups_that_hold_each_other_and_closed_ones(directory: Directory) -> None:
    assert directory.group_members("round") == {9}
    assert directory.groups_of(9) == {"role:members", "round", "about"}
    assert directory.group_members("closed") is None


def test_every_change_is_followed(directory: Directory) -> None:
    change(directory, "user_group", "add_members", group_id=10, user_ids=[9])
    assert "role:owners" in directory.groups_of(9)
    change(directory, "user_group", "remove_members", group_id=10, user_ids=[9, 4711])
    assert "role:owners" not in directory.groups_of(9)
    change(directory, "user_group", "add", group={"id": 20, "name": "stuf-operators", "members": [10]})
    change(directory, "user_group", "add_subgroups", group_id=20, direct_subgroup_ids=[10])
    assert directory.group_members("stuf-operators") == {8, 10}
    change(directory, "user_group", "remove_subgroups", group_id=20, direct_subgroup_ids=[10])
    change(directory, "user_group", "update", group_id=20, data={"name": "watch"})
    assert directory.group_members("watch") == {10}
    change(directory, "user_group", "remove", group_id=20)
    assert directory.group_members("watch") is None
    change(directory, "realm_user", "add", person={"user_id": 13, "full_name": "New", "role": 400})
    change(directory, "realm_user", "update", person={"user_id": 13, "full_name": "Newer"})
    change(directory, "realm_user", "remove", person={"user_id": 13})
    newer = directory.person(13)
    assert newer is not None
    assert (newer.name, newer.is_active) == ("Newer", False)


def test_channels_come_change_and_go(directory: Directory) -> None:
    assert directory.channel_id("STUF-admin") == 4
    assert (directory.is_subscribed(4), directory.is_subscribed(3)) == (True, False)
    change(directory, "stream", "create", streams=[{"stream_id": 9, "name": "new"}])
    change(directory, "subscription", "add", subscriptions=[{"stream_id": 9, "name": "new"}])
    change(directory, "stream", "update", stream_id=9, property="name", value="newer")
    assert (directory.channel_id("newer"), directory.channel_id("new")) == (9, None)
    assert directory.is_subscribed(9)
    change(directory, "subscription", "remove", subscriptions=[{"stream_id": 9, "name": "newer"}])
    assert not directory.is_subscribed(9)
    change(directory, "stream", "delete", streams=[{"stream_id": 9, "name": "newer"}])
    assert directory.channel_name(9) is None


def test_the_edit_limit_follows_the_realm(directory: Directory) -> None:
    assert directory.edit_limit_seconds == 600
    change(directory, "realm", "update_dict", data={"message_content_edit_limit_seconds": None})
    assert directory.edit_limit_seconds is None
    change(directory, "realm", "update", property="allow_message_editing", value=False)
    assert directory.edit_limit_seconds == 0


def test_somebody_nobody_told_of_is_asked_for_once() -> None:
    asked: list[int] = []

    def fetch(user_id: int) -> dict[str, Any] | None:
        asked.append(user_id)
        return {"user_id": user_id, "full_name": "Late Comer", "role": 400} if user_id == 20 else None

    directory = Directory(fetch)
    directory.load(STATE)
    late = directory.person(20)
    assert late is not None
    assert late.name == "Late Comer"
    assert [directory.person(user_id) for user_id in (20, 21, 21)] == [late, None, None]
    assert asked == [20, 21]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded exchanges are not on this machine")
def test_the_recorded_server_is_understood() -> None:
    directory = Directory()
    directory.load(json.loads((RECORDED / "30-register.json").read_text())["response"])
    assert directory.me.user_id == 12
    assert directory.group_members("role:members") >= {8, 9, 10, 11}
    assert directory.groups_of(8) >= {"role:owners", "role:administrators", "role:members", "role:everyone"}
    assert directory.channel_id("incidents") == 4
    assert directory.edit_limit_seconds == 600
    for file in sorted(RECORDED.glob("A9*.json")):
        for event in json.loads(file.read_text())["response"].get("events", ()):
            directory.apply(event)
    assert directory.channel_name(14) == "new-public-2"
    pat, omar = directory.person(11), directory.person(10)
    assert pat is not None
    assert pat.name == "Pat Plain"
    assert omar is not None
    assert omar.is_active


def test_a_group_that_is_deactivated_counts_again_when_it_is_back(directory: Directory) -> None:
    change(directory, "user_group", "update", group_id=18, data={"deactivated": True})
    assert directory.group_members("about") is None
    assert directory.groups_of(9) == {"role:members"}
    change(directory, "user_group", "add_members", group_id=18, user_ids=[8])
    change(directory, "user_group", "update", group_id=18, data={"deactivated": False, "name": "back"})
    assert directory.group_members("back") == {8, 9}
    assert {"back", "round"} <= directory.groups_of(8)
