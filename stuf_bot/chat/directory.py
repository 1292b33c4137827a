"""Who and what there is in the realm: people, groups, channels, and the limits that hold.

Filled by `register` and kept by its events: every other way to user groups refuses bots.
"""

import threading
from collections.abc import Callable

from stuf_bot.chat.realm_state import CHANGES, Channel, Json, RealmState, person_of, read_realm
from stuf_bot.places import Person


class Directory:
    """The realm now. `fetch_user` asks Zulip for an account that has not been told of."""

    def __init__(self, fetch_user: Callable[[int], Json | None] = lambda _: None) -> None:
        self._realm = RealmState()
        self._lock = threading.RLock()
        self._fetch_user = fetch_user
        self._unknown: set[int] = set()
        self.ready = threading.Event()
        """Set once the realm is known."""

    def load(self, state: Json) -> None:
        """Take the realm from the answer of `register`."""
        realm = read_realm(state)
        with self._lock:
            self._realm = realm
            self._unknown.clear()
        self.ready.set()

    def apply(self, event: Json) -> None:
        """Take a change from an event of the queue; what does not concern the directory is ignored."""
        change = CHANGES.get((str(event.get("type")), str(event.get("op", ""))))
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
            return self._realm.people.setdefault(user_id, person_of(account))

    def now(self, person: Person) -> Person:
        """The same account as it is now: what names it may have waited while it changed."""
        return self.person(person.user_id) or person

    def people(self) -> tuple[Person, ...]:
        """All accounts, bots and deactivated ones among them."""
        with self._lock:
            return tuple(self._realm.people.values())

    def profiles(self, field_name: str) -> dict[int, str]:
        """What active people's profiles say in the custom field of this name, by their ids."""
        with self._lock:
            return self._realm.profile_values(field_name)

    def groups_of(self, user_id: int) -> frozenset[str]:
        """The names of all groups that hold this account, directly or by a group within."""
        with self._lock:
            groups = self._realm.active_groups()
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
            groups = self._realm.active_groups()
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

    def public_channels(self) -> tuple[str, ...]:
        """The names of the channels that everybody may see."""
        with self._lock:
            return tuple(channel.name for channel in self._realm.channels.values() if not channel.private)

    def is_subscribed(self, channel_id: int) -> bool:
        """Whether the bot hears what is said and done there."""
        with self._lock:
            return channel_id in self._realm.subscribed

    def note_channel(self, channel_id: int, name: str, *, subscribed: bool) -> None:
        """Take what a call has just told, before its event arrives."""
        with self._lock:
            self._realm.channels.setdefault(channel_id, Channel(name, private=False))
            if subscribed:
                self._realm.subscribed.add(channel_id)
