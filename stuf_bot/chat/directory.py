"""Who and what there is in the realm: people, groups, channels, and the limits that hold.

Filled by `register` and kept by its events: every other way to user groups refuses bots.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from stuf_bot.places import Person

Json = dict[str, Any]

_GUEST = 600


@dataclass
class _Group:
    name: str
    members: set[int]
    subgroups: set[int]


@dataclass
class _Channel:
    name: str
    private: bool


@dataclass
class _Realm:
    me: int = 0
    people: dict[int, Person] = field(default_factory=dict)
    groups: dict[int, _Group] = field(default_factory=dict)
    channels: dict[int, _Channel] = field(default_factory=dict)
    subscribed: set[int] = field(default_factory=set)
    editing: bool = True
    edit_limit: int | None = None
    feature_level: int = 0


class Directory:
    """The realm now. `fetch_user` asks Zulip for an account that has not been told of."""

    def __init__(self, fetch_user: Callable[[int], Json | None] = lambda _: None) -> None:
        self._realm = _Realm()
        self._lock = threading.RLock()
        self._fetch_user = fetch_user
        self._unknown: set[int] = set()
        self.ready = threading.Event()
        """Set once the realm is known."""

    def load(self, state: Json) -> None:
        """Take the realm from the answer of `register`."""
        realm = _Realm(
            me=int(state["user_id"]),
            editing=bool(state.get("realm_allow_message_editing", True)),
            edit_limit=state.get("realm_message_content_edit_limit_seconds"),
            feature_level=int(state.get("zulip_feature_level", 0)),
        )
        for account in (*state.get("cross_realm_bots", ()), *state.get("realm_users", ())):
            realm.people[int(account["user_id"])] = _person(account)
        for account in state.get("realm_non_active_users", ()):
            realm.people[int(account["user_id"])] = replace(_person(account), is_active=False)
        realm.people.setdefault(realm.me, Person(realm.me, str(state.get("full_name", "")), is_bot=True))
        for group in state.get("realm_user_groups", ()):
            realm.groups[int(group["id"])] = _group(group)
        for sort in ("streams", "never_subscribed", "unsubscribed", "subscriptions"):
            for channel in state.get(sort, ()):
                realm.channels[int(channel["stream_id"])] = _channel(channel)
        realm.subscribed = {int(channel["stream_id"]) for channel in state.get("subscriptions", ())}
        with self._lock:
            self._realm = realm
            self._unknown.clear()
        self.ready.set()

    def apply(self, event: Json) -> None:
        """Take a change from an event of the queue; what does not concern the directory is ignored."""
        change = _CHANGES.get((str(event.get("type")), str(event.get("op"))))
        if change:
            with self._lock:
                change(self._realm, event)

    @property
    def me(self) -> Person:
        """The bot itself. Raises KeyError before the realm is known."""
        with self._lock:
            return self._realm.people[self._realm.me]

    @property
    def feature_level(self) -> int:
        """What the server can do, as a number that only grows."""
        return self._realm.feature_level

    @property
    def edit_limit_seconds(self) -> int | None:
        """How long after sending a message can be edited; None: for ever; 0: not at all."""
        with self._lock:
            return self._realm.edit_limit if self._realm.editing else 0

    def person(self, user_id: int) -> Person | None:
        """An account, or None where there is none."""
        with self._lock:
            known = self._realm.people.get(user_id)
            if known or user_id in self._unknown:
                return known
        account = self._fetch_user(user_id)
        with self._lock:
            if account is None:
                self._unknown.add(user_id)
                return None
            return self._realm.people.setdefault(user_id, _person(account))

    def people(self) -> tuple[Person, ...]:
        """All accounts, bots and deactivated ones among them."""
        with self._lock:
            return tuple(self._realm.people.values())

    def groups_of(self, user_id: int) -> frozenset[str]:
        """The names of all groups that hold this account, directly or by a group within."""
        with self._lock:
            groups = self._realm.groups
            found = {number for number, group in groups.items() if user_id in group.members}
            grew = True
            while grew:
                above = {number for number, group in groups.items() if group.subgroups & found}
                grew = not above <= found
                found |= above
            return frozenset(groups[number].name for number in found)

    def group_members(self, name: str) -> frozenset[int] | None:
        """The ids of all in a group, through groups within; None where there is no such group."""
        with self._lock:
            groups = self._realm.groups
            start = next((number for number, group in groups.items() if group.name == name), None)
            if start is None:
                return None
            members: set[int] = set()
            seen: set[int] = set()
            ahead = [start]
            while ahead:
                number = ahead.pop()
                if number not in seen and number in groups:
                    seen.add(number)
                    members |= groups[number].members
                    ahead += groups[number].subgroups
            return frozenset(members)

    def channel_id(self, name: str) -> int | None:
        """The id of a channel that the bot may see; names differ not by case alone."""
        folded = name.casefold()
        with self._lock:
            for number, channel in self._realm.channels.items():
                if channel.name.casefold() == folded:
                    return number
        return None

    def channel_name(self, channel_id: int) -> str | None:
        """The name of a channel that the bot may see."""
        with self._lock:
            channel = self._realm.channels.get(channel_id)
            return channel.name if channel else None

    def is_subscribed(self, channel_id: int) -> bool:
        """Whether the bot hears what is said and done there."""
        with self._lock:
            return channel_id in self._realm.subscribed

    def note_channel(self, channel_id: int, name: str, *, subscribed: bool) -> None:
        """Take what a call has just told, before its event arrives."""
        with self._lock:
            self._realm.channels.setdefault(channel_id, _Channel(name, private=False))
            if subscribed:
                self._realm.subscribed.add(channel_id)


def _person(account: Json) -> Person:
    return Person(
        user_id=int(account["user_id"]),
        name=str(account.get("full_name", "")),
        is_bot=bool(account.get("is_bot")),
        is_guest=bool(account.get("is_guest")) or account.get("role") == _GUEST,
        is_active=bool(account.get("is_active", True)),
    )


def _group(group: Json) -> _Group:
    if group.get("deactivated"):
        # Its rights went with it.
        return _Group("", set(), set())
    return _Group(
        str(group["name"]), set(group.get("members", ())), set(group.get("direct_subgroup_ids", ()))
    )


def _channel(channel: Json) -> _Channel:
    return _Channel(str(channel["name"]), bool(channel.get("invite_only")))


def _account_changed(realm: _Realm, event: Json) -> None:
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
    realm.people[person.user_id] = person


def _account_added(realm: _Realm, event: Json) -> None:
    person = _person(event["person"])
    realm.people[person.user_id] = person


def _account_removed(realm: _Realm, event: Json) -> None:
    person = realm.people.get(int(event["person"]["user_id"]))
    if person:
        realm.people[person.user_id] = replace(person, is_active=False)


def _group_added(realm: _Realm, event: Json) -> None:
    realm.groups[int(event["group"]["id"])] = _group(event["group"])


def _group_removed(realm: _Realm, event: Json) -> None:
    realm.groups.pop(int(event["group_id"]), None)


def _group_renamed(realm: _Realm, event: Json) -> None:
    number = int(event["group_id"])
    group = realm.groups.get(number)
    if group and event["data"].get("deactivated"):
        realm.groups[number] = _Group("", set(), set())
    elif group and "name" in event["data"]:
        group.name = str(event["data"]["name"])


def _in_group(part: str, ids: str, change: str) -> Callable[[_Realm, Json], None]:
    def apply(realm: _Realm, event: Json) -> None:
        group = realm.groups.get(int(event["group_id"]))
        if group:
            getattr(getattr(group, part), change)(event[ids])

    return apply


def _channels(event: Json, name: str) -> Iterable[Json]:
    found: Iterable[Json] = event.get(name, ())
    return found


def _channels_added(realm: _Realm, event: Json) -> None:
    for channel in _channels(event, "streams"):
        realm.channels[int(channel["stream_id"])] = _channel(channel)


def _channels_gone(realm: _Realm, event: Json) -> None:
    gone = [int(channel["stream_id"]) for channel in _channels(event, "streams")]
    for number in gone or event.get("stream_ids", ()):
        realm.channels.pop(int(number), None)
        realm.subscribed.discard(int(number))


def _channel_changed(realm: _Realm, event: Json) -> None:
    channel = realm.channels.get(int(event["stream_id"]))
    if channel and event.get("property") == "name":
        channel.name = str(event["value"])
    elif channel and event.get("property") == "invite_only":
        channel.private = bool(event["value"])
    elif event.get("property") == "is_archived" and event.get("value"):
        realm.channels.pop(int(event["stream_id"]), None)


def _subscribed(realm: _Realm, event: Json) -> None:
    for channel in _channels(event, "subscriptions"):
        realm.channels[int(channel["stream_id"])] = _channel(channel)
        realm.subscribed.add(int(channel["stream_id"]))


def _unsubscribed(realm: _Realm, event: Json) -> None:
    for channel in _channels(event, "subscriptions"):
        realm.subscribed.discard(int(channel["stream_id"]))


def _settings_changed(realm: _Realm, event: Json) -> None:
    told = event.get("data") or {event.get("property"): event.get("value")}
    if "message_content_edit_limit_seconds" in told:
        realm.edit_limit = told["message_content_edit_limit_seconds"]
    if "allow_message_editing" in told:
        realm.editing = bool(told["allow_message_editing"])


_CHANGES: dict[tuple[str, str], Callable[[_Realm, Json], None]] = {
    ("realm_user", "update"): _account_changed,
    ("realm_user", "add"): _account_added,
    ("realm_user", "remove"): _account_removed,
    ("user_group", "add"): _group_added,
    ("user_group", "remove"): _group_removed,
    ("user_group", "update"): _group_renamed,
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
