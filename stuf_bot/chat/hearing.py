"""Which of the things that happen in Zulip concern the bot, and as what."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from stuf_bot.chat.directory import Directory
from stuf_bot.messages import MessageReceived, ReactionAdded, TopicMarked
from stuf_bot.places import Direct, Topic

Json = dict[str, Any]
Listens = Callable[[Topic | Direct, int], bool]
Invites = Callable[[str, str, str], bool]

_GROUP = re.compile(r"@\*[^*\n]+\*(?!\*)")
_RESOLVED = "✔ "
# As Notification Bot tells of a mark, in the realm's language; in another one the mark is not read after a gap.
_MARKED = re.compile(r"@_\*\*[^*\n]*\|(\d+)\*\* has marked this topic as (resolved|unresolved)\.")
_SYSTEM = "zulipinternal"
_SOMEBODY = re.compile(r"@\*\*([^*\n]+)\*\*")


class Hearing:
    """Filters messages and reactions. `listens` says where a person need not mention the bot.

    `invites` says it of what is written in a topic: (channel, topic, content).
    """

    def __init__(
        self,
        directory: Directory,
        listens: Listens = lambda _place, _sender: False,
        invites: Invites = lambda _channel, _topic, _content: False,
    ) -> None:
        self._directory = directory
        self._invites = invites
        self._listens = listens

    @property
    def me(self) -> int:
        """The bot's own user id."""
        return self._directory.me.user_id

    def message(
        self, message: Json, flags: Collection[str], *, caught_up: bool = False, edited: bool = False
    ) -> MessageReceived | None:
        """The message as an event, or None where it does not concern the bot."""
        sender = int(message["sender_id"])
        if not self.is_person(sender):
            return None
        content = str(message["content"])
        place: Topic | Direct
        channel_name = None
        if message["type"] == "private":
            others = {int(person["id"]) for person in message["display_recipient"]}
            place = Direct(user_ids=tuple(sorted(others - {self._directory.me.user_id})))
        else:
            place = Topic(channel=int(message["stream_id"]), topic=str(message["subject"]))
            channel_name = str(message["display_recipient"])
            meant = "mentioned" in flags and self.is_mentioned(content)
            heard = self._listens(place, sender) or self._invites(channel_name, place.topic, content)
            if not meant and (edited or not heard):
                return None
        return MessageReceived(
            message_id=int(message["id"]),
            sender_id=sender,
            sender_name=str(message["sender_full_name"]),
            place=place,
            channel_name=channel_name,
            content=content,
            sent_at=datetime.fromtimestamp(int(message["timestamp"]), UTC),
            edited=edited,
            caught_up=caught_up,
        )

    def reaction(self, message_id: int, reaction: Json) -> ReactionAdded | None:
        """Somebody's reaction to a message of ours, or None where a machine made it."""
        user_id = int(reaction.get("user_id") or reaction["user"]["id"])
        if not self.is_person(user_id):
            return None
        return ReactionAdded(message_id=message_id, user_id=user_id, emoji_name=str(reaction["emoji_name"]))

    def mark(self, event: Json, queue: str) -> TopicMarked | None:
        """Somebody's marking a topic as resolved or not, or None where a machine did, or it is another change."""
        before, after = event.get("orig_subject"), event.get("subject")
        if before is None or after is None or event.get("new_stream_id") is not None:
            return None
        done = str(after).startswith(_RESOLVED)
        bare = str(after).removeprefix(_RESOLVED)
        if str(before) == str(after) or str(before).removeprefix(_RESOLVED) != bare:
            return None
        if event.get("user_id") is None or not self.is_person(int(event["user_id"])):
            return None
        return TopicMarked(
            channel=int(event["stream_id"]),
            channel_name=self._directory.channel_name(int(event["stream_id"])),
            topic=bare,
            done=done,
            user_id=int(event["user_id"]),
            message_id=int(event["message_id"]),
            event=f"{queue}:{event['id']}",
        )

    def notice(self, message: Json) -> TopicMarked | None:
        """The same from the message that the server itself writes about it: for what a gap took."""
        said = _MARKED.fullmatch(str(message["content"]).strip())
        if said is None or message.get("sender_realm_str") != _SYSTEM or message["type"] != "stream":
            return None
        if not self.is_person(int(said[1])):
            return None
        return TopicMarked(
            channel=int(message["stream_id"]),
            channel_name=str(message["display_recipient"]),
            topic=str(message["subject"]).removeprefix(_RESOLVED),
            done=said[2] == "resolved",
            user_id=int(said[1]),
            message_id=int(message["id"]),
            event=f"notice:{message['id']}",
        )

    def is_person(self, user_id: int) -> bool:
        """An active human of the organisation: no bot (least of all this one), no guest."""
        if user_id == self._directory.me.user_id:
            return False
        person = self._directory.person(user_id)
        return person is not None and person.is_active and not person.is_bot and not person.is_guest

    def is_mentioned(self, content: str) -> bool:
        """Whether a text that Zulip flagged `mentioned` means the bot itself, not a group that holds it."""
        me = self._directory.me
        for name in _SOMEBODY.findall(content):
            if name.casefold() == me.name.casefold() or name.endswith(f"|{me.user_id}"):
                return True
        # The bot may have had another name when it was written; a group alone does not mean it.
        return not _GROUP.search(content) and bool(_SOMEBODY.search(content))
