"""Whose account it is, by the custom profile fields of Zulip."""

from typing import Any

from stuf_bot.chat.directory import Directory

ACCOUNT = {"is_bot": False, "role": 400, "is_active": True}


def directory(**more: Any) -> Directory:
    made = Directory()
    made.load(
        {
            "user_id": 12,
            "custom_profile_fields": [
                {"id": 3, "name": "GitHub username", "type": 7},
                {"id": 4, "name": "Pet", "type": 1},
            ],
            "realm_users": [
                {
                    **ACCOUNT,
                    "user_id": 8,
                    "full_name": "Ada",
                    "profile_data": {"3": {"value": "ada-l"}, "4": {"value": "cat"}},
                },
                {**ACCOUNT, "user_id": 9, "full_name": "Tess", "profile_data": {}},
                {"user_id": 12, "full_name": "Bot", "is_bot": True},
            ],
            **more,
        }
    )
    return made


def test_the_field_is_found_by_its_name() -> None:
    assert directory().profiles("github USERNAME") == {8: "ada-l"}
    assert directory().profiles("Sentry username") == {}
    assert directory(custom_profile_fields=[]).profiles("GitHub username") == {}


def test_changes_count_at_once() -> None:
    realm = directory()
    said = {"user_id": 9, "custom_profile_field": {"id": 3, "value": "tess-a"}}
    realm.apply({"type": "realm_user", "op": "update", "person": said})
    assert realm.profiles("GitHub username") == {8: "ada-l", 9: "tess-a"}
    gone = {"user_id": 8, "custom_profile_field": {"id": 3, "value": None}}
    realm.apply({"type": "realm_user", "op": "update", "person": gone})
    assert realm.profiles("GitHub username") == {9: "tess-a"}
    realm.apply({"type": "realm_user", "op": "update", "person": {"user_id": 9, "is_active": False}})
    assert realm.profiles("GitHub username") == {}


def test_new_people_and_renamed_fields_count() -> None:
    realm = directory()
    added = {**ACCOUNT, "user_id": 20, "full_name": "New", "profile_data": {"3": {"value": "newbie"}}}
    realm.apply({"type": "realm_user", "op": "add", "person": added})
    realm.apply({"type": "custom_profile_fields", "fields": [{"id": 3, "name": "Code forge", "type": 7}]})
    assert realm.profiles("Code forge") == {8: "ada-l", 20: "newbie"}
    assert realm.profiles("GitHub username") == {}
