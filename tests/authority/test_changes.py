"""Authority goes by user id, and by what the realm says at the moment of the act."""

import pytest
from house import CREATE, House

ASK = CREATE.format(slug="acme-audit")
PLAN = "Plan: create the STUF"
NOT_ALLOWED = "`create` is for members of @_*stuf-architects*"


def created(house: House, who: str = "tess", slug: str = "acme-audit") -> None:
    house.says(who, CREATE.format(slug=slug))
    house.says(who, "confirm")
    assert slug in house.stufs()


def test_a_namesake_has_no_ones_authority_but_their_own(house: House) -> None:
    created(house)
    house.change("pat", full_name="Tess Architect")
    assert NOT_ALLOWED in house.says("pat", ASK)
    assert "no STUF" in house.says("pat", "status acme-audit")
    assert f"Tess Architect|{house.ids['tess']}" in house.says("tess", "whoami")
    assert f"Tess Architect|{house.ids['pat']}" in house.says("pat", "whoami")


def test_of_two_namesakes_the_one_that_is_meant_becomes_a_ta(house: House) -> None:
    created(house)
    house.change("pat", full_name="Omar Ops")
    assert "Two people are called" in house.says("tess", "add architect acme-audit @**Omar Ops**")
    assert house.architects("acme-audit") == (house.ids["tess"],)
    meant = f"@**Omar Ops|{house.ids['pat']}**"
    assert "is a TA" in house.says("tess", f"add architect acme-audit {meant}")
    assert house.architects("acme-audit") == (house.ids["tess"], house.ids["pat"])
    assert "TA of `acme-audit`" in house.says("pat", "whoami")


def test_who_takes_the_name_of_who_asked_cannot_confirm(house: House) -> None:
    assert PLAN in house.says("tess", ASK)
    house.change("tess", full_name="Somebody Else")
    house.change("pat", full_name="Tess Architect")
    assert "Started" not in house.says("pat", "confirm")
    assert house.stufs() == []
    assert "Started" in house.says("tess", "confirm")


def test_an_address_that_changed_hands_gives_nothing(house: House) -> None:
    created(house)
    users = house.realm._world.users
    tess, pat = users[house.ids["tess"]], users[house.ids["pat"]]
    tess.email, pat.email = pat.email, tess.email
    house._clients["tess"], house._clients["pat"] = (
        house._client(house.realm.accounts["tess"]),
        house._client(house.realm.accounts["pat"]),
    )
    assert "no STUF" in house.says("pat", "status acme-audit")
    assert NOT_ALLOWED in house.says("pat", ASK)
    assert "being made" in house.says("tess", "status acme-audit")


def test_who_left_the_group_between_asking_and_confirming_may_not(house: House) -> None:
    assert PLAN in house.says("tess", ASK)
    house.members("stuf-architects", delete=["tess"], add=["pat"])
    assert NOT_ALLOWED in house.says("tess", "confirm")
    assert house.stufs() == []
    house.members("stuf-architects", add=["tess"])
    house.says("tess", ASK)
    assert "Started" in house.says("tess", "confirm")


def test_who_left_the_group_cannot_confirm_by_a_thumb_either(house: House) -> None:
    assert PLAN in house.says("tess", ASK)
    house.members("stuf-architects", delete=["tess"], add=["pat"])
    assert NOT_ALLOWED in house.reacts("tess", "tess", PLAN)
    assert house.stufs() == []


def test_groups_within_groups_count_while_they_are_within(house: House) -> None:
    inner = house.group("the-inner", "pat")
    middle = house.group("the-middle")
    outer = house.group_id("stuf-architects")
    assert NOT_ALLOWED in house.says("pat", ASK)
    house.call("ada", f"user_groups/{middle}/subgroups", add=[inner])
    house.call("ada", f"user_groups/{outer}/subgroups", add=[middle])
    assert PLAN in house.says("pat", ASK)
    house.call("ada", f"user_groups/{middle}/subgroups", delete=[inner])
    assert NOT_ALLOWED in house.says("pat", "confirm")
    assert house.stufs() == []


def test_a_group_is_known_by_its_name_now(house: House) -> None:
    number = house.group_id("stuf-architects")
    house.call("ada", f"user_groups/{number}", "PATCH", name="another-name")
    answer = house.says("tess", ASK)
    assert "`stuf-architects` (a user group that does not exist" in answer
    house.call("ada", f"user_groups/{number}", "PATCH", name="stuf-architects")
    assert PLAN in house.says("tess", ASK)


def test_a_group_that_is_deleted_gives_nothing_and_one_without_members_says_so(house: House) -> None:
    house.members("stuf-architects", delete=["tess"])
    assert "@_*stuf-architects* (a user group that has no members" in house.says("tess", ASK)
    house.call("ada", f"user_groups/{house.group_id('stuf-architects')}", "DELETE")
    assert "that does not exist" in house.says("tess", ASK)


def test_a_change_of_role_counts_at_once(house: House) -> None:
    created(house)
    assert "no STUF" in house.says("pat", "status acme-audit")
    house.change("pat", role=200)
    assert "administrator" in house.says("pat", "whoami")
    assert "being made" in house.says("pat", "status acme-audit")
    house.change("pat", role=400)
    assert "no STUF" in house.says("pat", "status acme-audit")


def test_guests_are_not_answered_until_they_are_members(house: House) -> None:
    house.change("tess", role=600)
    assert house.says("tess", "help") == ""
    assert house.says("tess", ASK) == ""
    house.change("tess", role=400)
    assert PLAN in house.says("tess", ASK)


def test_who_becomes_a_guest_cannot_confirm(house: House) -> None:
    assert PLAN in house.says("tess", ASK)
    house.change("tess", role=600)
    assert house.says("tess", "confirm") == ""
    assert house.reacts("tess", "tess", PLAN) == ""
    assert house.stufs() == []


def test_another_bot_is_nobody_whatever_its_groups(house: House) -> None:
    made = house.call("ada", "bots", full_name="Other Bot", short_name="other", bot_type=1)
    house.ids["other"] = int(made["user_id"])
    house.call("ada", f"user_groups/{house.group_id('stuf-architects')}/members", add=[made["user_id"]])
    email = house.realm._world.users[made["user_id"]].email
    account = type("Account", (), {"email": email, "api_key": made["api_key"]})
    house._clients["other"] = house._client(account)
    assert house.says("other", "help") == ""
    assert house.says("other", ASK) == ""


def test_a_deactivated_person_can_do_nothing_until_they_are_back(house: House) -> None:
    created(house)
    house.says("tess", "add architect acme-audit @**Pat Plain**")
    house.deactivate("pat")
    assert "Add another one first" in house.says("tess", "remove architect acme-audit me")
    assert "deactivated" in house.says("tess", "add architect acme-audit Pat Plain")
    house.reactivate("pat")
    assert "being made" in house.says("pat", "status acme-audit")


def test_what_changed_while_the_bot_heard_nothing_counts(house: House) -> None:
    assert PLAN in house.says("tess", ASK)
    house.app.intake.connected.clear()
    house.realm.drop_queues()
    house.members("stuf-architects", delete=["tess"], add=["pat"])
    assert NOT_ALLOWED in house.says("tess", "confirm")
    assert PLAN in house.says("pat", ASK)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (ASK, "members of @_*stuf-architects*"),
        ("audit", "members of @_*role:administrators*"),
        ("code reset @**Omar Ops**", "members of @_*role:administrators*"),
    ],
)
def test_who_is_refused_learns_who_may(house: House, text: str, who: str) -> None:
    assert who in house.says("pat", text)


def test_who_may_see_but_not_change_learns_whom_to_ask(house: House) -> None:
    created(house)
    answer = house.says("omar", "add architect acme-audit me")
    assert f"(@_**|{house.ids['tess']}**) and members of @_*role:administrators*" in answer
