"""The realm in memory: its people, channels, groups and messages, and who may see what."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sandbox.zulip.queues import EventQueues
from sandbox.zulip.records import GUEST, Channel, Group, Message, Setting, Upload, User
from sandbox.zulip.store import Store

Clock = Callable[[], float]

# Realm settings that act here and can be changed; `server.py` has the ones that only are told.
DEFAULT_SETTINGS: dict[str, Any] = {
    "name": "Sandbox",
    "allow_message_editing": True,
    "message_content_edit_limit_seconds": 600,
    "message_content_delete_limit_seconds": 600,
    "move_messages_within_stream_limit_seconds": 604800,
    "edit_topic_policy": 5,
}


class World:
    """Everything one realm knows. Only the server's own thread changes it once the realm is started."""

    def __init__(self, state: Path, clock: Clock, queues: EventQueues) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.clock = clock
        self.queues = queues
        self.base_url = ""
        self.store = Store(state / "zulip.sqlite")
        self.users = {user.id: user for user in self.store.load(User)}
        self.channels = {channel.id: channel for channel in self.store.load(Channel)}
        self.groups = {group.id: group for group in self.store.load(Group)}
        self.messages = {message.id: message for message in self.store.load(Message)}
        self.uploads = {upload.path_id: upload for upload in self.store.load(Upload)}
        self._values = {setting.id: setting.value for setting in self.store.load(Setting)}

    # -- remembering ---------------------------------------------------------------------------

    def now(self) -> int:
        """The realm's time in whole seconds, as Zulip stamps messages."""
        return int(self.clock())

    def keep(self, *records: User | Channel | Group | Message | Upload) -> None:
        """Take records in, or note that they changed."""
        for record in records:
            if isinstance(record, User):
                self.users[record.id] = record
            elif isinstance(record, Channel):
                self.channels[record.id] = record
            elif isinstance(record, Group):
                self.groups[record.id] = record
            elif isinstance(record, Message):
                self.messages[record.id] = record
            else:
                self.uploads[record.path_id] = record
            self.store.put(record, record.id)

    def forget(self, message: Message) -> None:
        """Delete a message for good."""
        self.messages.pop(message.id, None)
        self.store.drop(message, message.id)

    def remember(self, key: str, value: Any) -> None:
        """Keep one value under a name."""
        self._values[key] = value
        self.store.put(Setting(id=key, value=value), key)

    def value(self, key: str, default: Any = None) -> Any:
        """A value that was remembered."""
        return self._values.get(key, default)

    def number(self, counter: str, start: int = 1) -> int:
        """The next number of a counter; never given twice, also not after a restart."""
        number = int(self._values.get(f"next:{counter}", start))
        self.remember(f"next:{counter}", number + 1)
        return number

    def setting(self, name: str) -> Any:
        """A realm setting by Zulip's name, without the `realm_` in front."""
        return self._values.get(f"realm:{name}", DEFAULT_SETTINGS.get(name))

    def recipient(self, kind: str, ids: Iterable[int]) -> int:
        """The number that Zulip gives a channel, a person or a group of people as a destination."""
        key = f"recipient:{kind}:{','.join(map(str, sorted(ids)))}"
        if key not in self._values:
            self.remember(key, self.number("recipient"))
        return int(self._values[key])

    # -- finding -------------------------------------------------------------------------------

    def user_by_email(self, email: str) -> User | None:
        """The account with this address; case does not matter."""
        wanted = email.casefold()
        return next((user for user in self.users.values() if user.email.casefold() == wanted), None)

    def members(self) -> list[User]:
        """Accounts that people see: active or not, without the server's own bots."""
        return [user for user in self.users.values() if not user.system]

    def active_ids(self) -> set[int]:
        """Everybody who can be told something."""
        return {user.id for user in self.users.values() if user.active and not user.system}

    def channel_by_name(self, name: str) -> Channel | None:
        """The living channel of this name; case does not matter."""
        wanted = name.strip().casefold()
        return next(
            (one for one in self.channels.values() if not one.archived and one.name.casefold() == wanted),
            None,
        )

    def group_by_name(self, name: str) -> Group | None:
        """The group of this name; case does not matter."""
        wanted = name.casefold()
        return next((group for group in self.groups.values() if group.name.casefold() == wanted), None)

    def in_group(self, group: Group) -> set[int]:
        """Members of a group and of every group below it."""
        found: set[int] = set()
        seen: set[int] = set()
        rest = [group.id]
        while rest:
            group_id = rest.pop()
            if group_id in seen or group_id not in self.groups:
                continue
            seen.add(group_id)
            found.update(self.groups[group_id].members)
            rest.extend(self.groups[group_id].subgroups)
        return found

    def last_message_of(self, user: User) -> int:
        """The newest message that the account received, or -1."""
        mine = (message.id for message in reversed(self.messages.values()) if user.id in message.received)
        return next(mine, -1)

    # -- seeing --------------------------------------------------------------------------------

    def sees_channel(self, user: User, channel: Channel) -> bool:
        """Whether the channel exists for this account."""
        if user.id in channel.subscribers:
            return True
        return not channel.private and user.role < GUEST

    def reads_history(self, user: User, channel: Channel) -> bool:
        """Whether the account may read messages that were never delivered to it."""
        return self.sees_channel(user, channel) and (not channel.private or channel.history_public)

    def may_read(self, user: User, message: Message) -> bool:
        """Whether the account may fetch this message by its id."""
        if message.channel_id is None:
            return user.id in message.received
        channel = self.channels[message.channel_id]
        return self.reads_history(user, channel) or (
            user.id in channel.subscribers and user.id in message.received
        )

    def audience(self, message: Message) -> set[int]:
        """Who is told when something happens to a message: its receivers, and subscribers who may read it."""
        told = set(message.received)
        if message.channel_id is not None:
            channel = self.channels[message.channel_id]
            if channel.history_public:
                told.update(channel.subscribers)
        return told & self.active_ids()
