"""The realm as `register` tells it, and how each event changes it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from stuf_bot.places import Person

Json = dict[str, Any]

_GUEST = 600


@dataclass
class Group:
    """A user group: accounts and groups directly in it."""

    name: str
    members: set[int]
    subgroups: set[int]
    active: bool = True


@dataclass
class Channel:
    """A channel that the bot may see."""

    name: str
    private: bool


@dataclass
class RealmState:
    """All that the directory knows."""

    me: int = 0
    people: dict[int, Person] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    subscribed: set[int] = field(default_factory=set)
    editing: bool = True
    edit_limit: int | None = None
    feature_level: int = 0
    fields: dict[int, str] = field(default_factory=dict)
    profiles: dict[int, dict[int, str]] = field(default_factory=dict)

    def profile_values(self, name: str) -> dict[int, str]:
        """What active people say in the custom profile field of this name, by their ids."""
        numbers = [number for number, called in self.fields.items() if called.casefold() == name.casefold()]
        said = {
            user_id: values[number]
            for user_id, values in self.profiles.items()
            for number in numbers
            if values.get(number)
        }
        return {user_id: value for user_id, value in said.items() if self.people[user_id].is_active}

    def active_groups(self) -> dict[int, Group]:
        """The groups that count; the rights of a deactivated one went with it."""
        return {number: group for number, group in self.groups.items() if group.active}


def read_realm(state: Json) -> RealmState:
    """The realm from the answer of `register`."""
    realm = RealmState(
        me=int(state["user_id"]),
        editing=bool(state.get("realm_allow_message_editing", True)),
        edit_limit=state.get("realm_message_content_edit_limit_seconds"),
        feature_level=int(state.get("zulip_feature_level", 0)),
    )
    for account in (*state.get("cross_realm_bots", ()), *state.get("realm_users", ())):
        realm.people[int(account["user_id"])] = person_of(account)
        _profile(realm, account)
    realm.fields = _fields(state.get("custom_profile_fields", ()))
    for account in state.get("realm_non_active_users", ()):
        realm.people[int(account["user_id"])] = replace(person_of(account), is_active=False)
    realm.people.setdefault(realm.me, Person(realm.me, str(state.get("full_name", "")), is_bot=True))
    for group in state.get("realm_user_groups", ()):
        realm.groups[int(group["id"])] = _group(group)
    for sort in ("streams", "never_subscribed", "unsubscribed", "subscriptions"):
        for channel in state.get(sort, ()):
            realm.channels[int(channel["stream_id"])] = _channel(channel)
    realm.subscribed = {int(channel["stream_id"]) for channel in state.get("subscriptions", ())}
    return realm


def person_of(account: Json) -> Person:
    """An account as Zulip describes it."""
    return Person(
        user_id=int(account["user_id"]),
        name=str(account.get("full_name", "")),
        is_bot=bool(account.get("is_bot")),
        is_guest=bool(account.get("is_guest")) or account.get("role") == _GUEST,
        is_active=bool(account.get("is_active", True)),
    )


def _group(group: Json) -> Group:
    return Group(
        str(group["name"]),
        set(group.get("members", ())),
        set(group.get("direct_subgroup_ids", ())),
        active=not group.get("deactivated"),
    )


def _channel(channel: Json) -> Channel:
    return Channel(str(channel["name"]), bool(channel.get("invite_only")))


def _account_changed(realm: RealmState, event: Json) -> None:
    told = event["person"]
    person = realm.people.get(int(told["user_id"]))
    if person is None:
        return
    if "full_name" in told:
        person = replace(person, name=str(told["full_name"]))
    if "is_active" in told:
        person = replace(person, is_active=bool(told["is_active"]))
    if "role" in told:
        person = replace(person, is_guest=told["role"] == _GUEST)
    if "custom_profile_field" in told:
        said = told["custom_profile_field"]
        values = realm.profiles.setdefault(person.user_id, {})
        values[int(said["id"])] = str(said.get("value") or "")
    realm.people[person.user_id] = person


def _account_added(realm: RealmState, event: Json) -> None:
    person = person_of(event["person"])
    realm.people[person.user_id] = person
    _profile(realm, event["person"])


def _profile(realm: RealmState, account: Json) -> None:
    values = account.get("profile_data") or {}
    if values:
        realm.profiles[int(account["user_id"])] = {
            int(number): str(said.get("value") or "") for number, said in values.items()
        }


def _fields(told: Iterable[Json]) -> dict[int, str]:
    return {int(each["id"]): str(each["name"]) for each in told}


def _fields_changed(realm: RealmState, event: Json) -> None:
    realm.fields = _fields(event["fields"])


def _account_removed(realm: RealmState, event: Json) -> None:
    person = realm.people.get(int(event["person"]["user_id"]))
    if person:
        realm.people[person.user_id] = replace(person, is_active=False)


def _group_added(realm: RealmState, event: Json) -> None:
    realm.groups[int(event["group"]["id"])] = _group(event["group"])


def _group_removed(realm: RealmState, event: Json) -> None:
    realm.groups.pop(int(event["group_id"]), None)


def _group_changed(realm: RealmState, event: Json) -> None:
    number = int(event["group_id"])
    group = realm.groups.get(number)
    if group is None:
        return
    told = event["data"]
    group.name = str(told.get("name", group.name))
    group.active = not told.get("deactivated", not group.active)


def _in_group(part: str, ids: str, change: str) -> Callable[[RealmState, Json], None]:
    def apply(realm: RealmState, event: Json) -> None:
        group = realm.groups.get(int(event["group_id"]))
        if group:
            getattr(getattr(group, part), change)(event[ids])

    return apply


def _channels(event: Json, name: str) -> Iterable[Json]:
    found: Iterable[Json] = event.get(name, ())
    return found


def _channels_added(realm: RealmState, event: Json) -> None:
    for channel in _channels(event, "streams"):
        realm.channels[int(channel["stream_id"])] = _channel(channel)


def _channels_gone(realm: RealmState, event: Json) -> None:
    gone = [int(channel["stream_id"]) for channel in _channels(event, "streams")]
    for number in gone or event.get("stream_ids", ()):
        realm.channels.pop(int(number), None)
        realm.subscribed.discard(int(number))


def _channel_changed(realm: RealmState, event: Json) -> None:
    channel = realm.channels.get(int(event["stream_id"]))
    if channel and event.get("property") == "name":
        channel.name = str(event["value"])
    elif channel and event.get("property") == "invite_only":
        channel.private = bool(event["value"])
    elif event.get("property") == "is_archived" and event.get("value"):
        realm.channels.pop(int(event["stream_id"]), None)


def _subscribed(realm: RealmState, event: Json) -> None:
    for channel in _channels(event, "subscriptions"):
        realm.channels[int(channel["stream_id"])] = _channel(channel)
        realm.subscribed.add(int(channel["stream_id"]))


def _unsubscribed(realm: RealmState, event: Json) -> None:
    for channel in _channels(event, "subscriptions"):
        realm.subscribed.discard(int(channel["stream_id"]))


def _settings_changed(realm: RealmState, event: Json) -> None:
    told = event.get("data") or {event.get("property"): event.get("value")}
    if "message_content_edit_limit_seconds" in told:
        realm.edit_limit = told["message_content_edit_limit_seconds"]
    if "allow_message_editing" in told:
        realm.editing = bool(told["allow_message_editing"])


CHANGES: dict[tuple[str, str], Callable[[RealmState, Json], None]] = {
    ("realm_user", "update"): _account_changed,
    ("realm_user", "add"): _account_added,
    ("realm_user", "remove"): _account_removed,
    ("custom_profile_fields", ""): _fields_changed,
    ("user_group", "add"): _group_added,
    ("user_group", "remove"): _group_removed,
    ("user_group", "update"): _group_changed,
    ("user_group", "add_members"): _in_group("members", "user_ids", "update"),
    ("user_group", "remove_members"): _in_group("members", "user_ids", "difference_update"),
    ("user_group", "add_subgroups"): _in_group("subgroups", "direct_subgroup_ids", "update"),
    ("user_group", "remove_subgroups"): _in_group("subgroups", "direct_subgroup_ids", "difference_update"),
    ("stream", "create"): _channels_added,
    ("stream", "delete"): _channels_gone,
    ("stream", "update"): _channel_changed,
    ("subscription", "add"): _subscribed,
    ("subscription", "remove"): _unsubscribed,
    ("realm", "update"): _settings_changed,
    ("realm", "update_dict"): _settings_changed,
}
