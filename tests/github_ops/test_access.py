"""Who may read a repository: every change is told, whatever the rules, by whom, and what to do about it."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from github_desk import OCTO, REPOSITORY, Desk

from handlers.github.installation_hooks import WANTED
from stuf_bot.acts import Lane

Json = dict[str, Any]
TEAM = {
    "id": 3,
    "name": "auditors",
    "permission": "push",
    "html_url": "https://github.com/orgs/acme/teams/auditors",
}
STRANGER = {"login": "stranger", "html_url": "https://github.com/stranger"}
ACME = {"login": "acme", "html_url": "https://github.com/acme"}
APP = {"id": 9, "app_slug": "some-app", "account": ACME, "repository_selection": "selected"}
HERE = {"full_name": "acme/stuf-acme-audit", "name": "stuf-acme-audit"}

CHANGES: list[tuple[str, Json, str]] = [
    (
        "member",
        {"action": "added", "member": STRANGER, "changes": {"permission": {"to": "write"}}},
        "may read and change",
    ),
    ("member", {"action": "removed", "member": STRANGER}, "may no longer read"),
    (
        "member",
        {"action": "edited", "member": STRANGER, "changes": {"permission": {"from": "read", "to": "admin"}}},
        "**administers**",
    ),
    ("team_add", {"team": TEAM}, "may read and change"),
    ("team", {"action": "removed_from_repository", "team": TEAM}, "may no longer read"),
    (
        "deploy_key",
        {"action": "created", "key": {"id": 5, "title": "laptop", "read_only": False}},
        "may read and change",
    ),
    ("deploy_key", {"action": "deleted", "key": {"id": 5, "title": "laptop"}}, "no longer opens"),
    ("public", {}, "**Everybody** may read"),
    ("repository", {"action": "publicized"}, "**Everybody** may read"),
    ("repository", {"action": "privatized"}, "is private now"),
    (
        "repository",
        {"action": "transferred", "changes": {"owner": {"from": {"user": {"login": "acme"}}}}},
        "transferred",
    ),
    ("installation_repositories", {"repositories_added": [HERE], "installation": APP}, "may read"),
    (
        "installation_repositories",
        {"repositories_removed": [HERE], "installation": APP},
        "**no longer** read",
    ),
]


@pytest.mark.parametrize(("kind", "payload", "said"), CHANGES)
def test_a_change_of_who_may_read_it_is_always_told(desk: Desk, kind: str, payload: Json, said: str) -> None:
    body: Json = {"repository": REPOSITORY, **payload}
    if kind == "installation_repositories":
        # They name no repository but those that are concerned.
        del body["repository"]
    (told,) = desk.hears_body(kind, {"sender": OCTO, **body})
    (news,) = told.news
    assert told.kind == "access"
    assert told.subject.stuf == "acme-audit"
    assert told.subject.topic == "access stuf-acme-audit"
    assert news.always
    assert said in news.text
    assert "@_**|42**" in news.text
    assert "Next: " in news.text
    assert "/acme/stuf-acme-audit/settings/access" in news.text
    assert said in desk.card
    assert told.lane is (
        Lane.INCIDENT if "**Everybody**" in said or said == "transferred" else Lane.OPERATION
    )


def test_the_card_is_the_same_in_any_order(desk: Desk) -> None:
    told = [change[:2] for change in CHANGES[3:7]]
    cards = set()
    for order in permutations(told):
        one = desk.afresh()
        for kind, payload in order:
            one.hears(kind, **payload)
        cards.add(one.card)
    assert len(cards) == 1


def test_what_github_tells_under_two_names_is_told_once(desk: Desk) -> None:
    desk.hears("public")
    desk.hears("repository", action="publicized")
    desk.hears("team_add", team=TEAM)
    desk.hears("team", action="added_to_repository", team=TEAM)
    assert len(desk.news) == 2


def test_the_same_again_is_told_again(desk: Desk) -> None:
    added = {"action": "added", "member": STRANGER}
    desk.hears("member", **added)
    desk.hears("member", action="removed", member=STRANGER)
    desk.now += timedelta(minutes=1)
    desk.hears("member", **added)
    desk.now += timedelta(minutes=11)
    desk.hears("member", **added)
    assert len(desk.news) == 4


FLEET: list[tuple[str, Json, str]] = [
    ("membership", {"action": "added", "member": STRANGER, "team": TEAM}, "is in the team"),
    ("membership", {"action": "removed", "member": STRANGER, "team": TEAM}, "is no longer in the team"),
    ("team", {"action": "deleted", "team": TEAM}, "**removed** the team"),
    (
        "organization",
        {"action": "member_added", "membership": {"user": STRANGER, "role": "admin"}},
        "as `admin`",
    ),
    (
        "organization",
        {"action": "member_removed", "membership": {"user": STRANGER}},
        "is no longer in the organization",
    ),
    (
        "organization",
        {"action": "member_invited", "invitation": {"login": "stranger", "role": "direct_member"}},
        "is invited into the organization",
    ),
    (
        "organization",
        {"action": "renamed", "changes": {"login": {"from": "old"}}},
        "**renamed** the organization",
    ),
    ("installation", {"action": "suspend", "installation": APP}, "**suspended**"),
    ("installation", {"action": "new_permissions_accepted", "installation": APP}, "**gave more rights** to"),
    (
        "installation_target",
        {"changes": {"login": {"from": "old"}}, "account": ACME, "installation": APP},
        "`old`",
    ),
    (
        "personal_access_token_request",
        {
            "action": "approved",
            "personal_access_token_request": {"id": 1, "owner": STRANGER, "repositories": [HERE]},
        },
        "`acme/stuf-acme-audit`",
    ),
    ("github_app_authorization", {"action": "revoked"}, "took back"),
]


@pytest.mark.parametrize(("kind", "payload", "said"), FLEET)
def test_what_concerns_every_repository_is_told_to_the_fleet(
    desk: Desk, kind: str, payload: Json, said: str
) -> None:
    (told,) = desk.hears_body(kind, {"sender": OCTO, "organization": ACME, **payload})
    (news,) = told.news
    assert told.kind == "access"
    assert told.subject.stuf == ""
    assert news.always
    assert said in news.text


def test_an_address_that_was_invited_is_not_shown(desk: Desk) -> None:
    invitation = {"login": None, "email": "ana@example.org", "role": "direct_member"}
    desk.hears_body(
        "organization",
        {"action": "member_invited", "organization": ACME, "sender": OCTO, "invitation": invitation},
    )
    assert "ana@" not in desk.card + desk.texts[0]
    assert "somebody is invited" in desk.texts[0]


def test_a_repository_that_was_renamed_is_still_its_stufs(desk: Desk) -> None:
    now = {**REPOSITORY, "name": "other", "full_name": "acme/other"}
    desk.hears(
        "repository",
        action="renamed",
        repository=now,
        changes={"repository": {"name": {"from": "stuf-acme-audit"}}},
    )
    (told,) = desk.relays
    assert (told.kind, told.subject.stuf) == ("repository", "acme-audit")
    assert "rename it back" in desk.texts[0]


def test_one_that_was_deleted_or_archived(desk: Desk) -> None:
    desk.hears("repository", action="archived")
    desk.hears("repository", action="deleted")
    assert "archived" in desk.texts[0]
    (news,) = desk.relays[1].news
    assert news.always
    assert desk.relays[1].lane is Lane.INCIDENT
    assert "restores it within 90 days" in news.text


def test_properties_are_quiet(desk: Desk) -> None:
    values = [{"property_name": "tier", "value": ["gold", "audited"]}]
    desk.hears("custom_property_values", action="updated", new_property_values=values, old_property_values=[])
    assert "`tier` `none` → `gold, audited`" in desk.card
    desk.hears("custom_property", action="created", definition={"property_name": "tier"})
    assert not desk.news


def test_a_webhook_says_what_it_does_not_tell_and_when_it_goes(desk: Desk) -> None:
    desk.hears("ping", hook={"id": 1, "events": ["push"]})
    assert all(f"`{name}`" in desk.card for name in WANTED if name != "push")
    assert "tick them" in desk.card
    desk.now += timedelta(minutes=1)
    desk.hears("ping", hook={"id": 1, "events": ["*"]})
    assert "it tells everything that I read" in desk.card
    desk.hears("meta", action="deleted", hook={"id": 1})
    (news,) = desk.news.values()
    assert news.always
    assert "sets it up again" in news.text
