"""Finds a message of ours that may have reached Zulip though nobody knows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stuf_bot.chat.content import fingerprint
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.places import Direct, Topic

Json = dict[str, Any]

_RESOLVED = "✔ "
_PAGE = 200
_PAGES = 25
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: this text of `sender` in this place, newer than `mark`.

    Without a mark (0) it is sought among the newest, and not sent before `since`.
    """

    place: Topic | Direct
    content: str
    sender: int
    mark: int
    since: datetime

    def among(self, messages: Iterable[Json]) -> list[int]:
        """The ids of those that it may be, oldest first."""
        wanted = fingerprint(self.content)
        earliest = (self.since - _CLOCKS_DIFFER).timestamp()
        return [
            int(message["id"])
            for message in messages
            if fingerprint(str(message["content"])) == wanted
            and _is_in(message, self.place, self.sender)
            and (int(message["id"]) > self.mark if self.mark else message["timestamp"] >= earliest)
        ]


class Lookup:
    """Asks Zulip. `claimed` tells which messages are known to be some post's or card's."""

    def __init__(self, api: ZulipApi, claimed: Callable[[Sequence[int]], set[int]]) -> None:
        self._api = api
        self._claimed = claimed
        # What was there and nobody's at the start, and from which mark on; None: too much to keep.
        self._strays: list[Json] | None = []
        self._strays_after: int | None = None

    def now(self, wanted: Wanted) -> int | None:
        """The id of such a message that is nobody's yet: asked in the place itself."""
        anchor: int | str = wanted.mark
        for _ in range(_PAGES):
            narrow = _narrow(wanted)
            if wanted.mark:
                page, newest = self._api.messages(anchor, after=_PAGE, narrow=narrow)
            else:
                page, newest = self._api.messages("newest", before=_PAGE, narrow=narrow)[0], True
            found = self._free(wanted.among(page))
            if found is not None or newest or not page:
                return found
            anchor = int(page[-1]["id"])
        return None

    def of_before(self, wanted: Wanted) -> int | None:
        """The same for what can only have been sent before this start.

        All messages of ours that are nobody's are read once: mostly there are none, and then nothing else
        is asked, however much waits.
        """
        strays = self._read(wanted) if wanted.mark else None
        return self.now(wanted) if strays is None else self._free(wanted.among(strays))

    def _read(self, wanted: Wanted) -> list[Json] | None:
        if self._strays_after is not None and wanted.mark >= self._strays_after:
            return self._strays
        strays: list[Json] = []
        anchor, complete = wanted.mark, False
        for _ in range(_PAGES):
            narrow = [{"operator": "sender", "operand": wanted.sender}]
            page, complete = self._api.messages(anchor, after=_PAGE, narrow=narrow)
            claimed = self._claimed([int(message["id"]) for message in page])
            strays += [message for message in page if int(message["id"]) not in claimed]
            if complete or not page:
                complete = True
                break
            anchor = int(page[-1]["id"])
        self._strays, self._strays_after = strays if complete else None, wanted.mark
        return self._strays

    def _free(self, message_ids: Sequence[int]) -> int | None:
        claimed = self._claimed(message_ids) if message_ids else set()
        return next((message_id for message_id in message_ids if message_id not in claimed), None)


def _narrow(wanted: Wanted) -> list[Json]:
    # By channel, not topic: somebody may have renamed or resolved the topic meanwhile.
    place = wanted.place
    where = (
        {"operator": "dm", "operand": list(place.user_ids)}
        if isinstance(place, Direct)
        else {"operator": "channel", "operand": place.channel}
    )
    return [where, {"operator": "sender", "operand": wanted.sender}]


def _is_in(message: Json, place: Topic | Direct, me: int) -> bool:
    if isinstance(place, Direct):
        if message["type"] == "stream":
            return False
        return {int(person["id"]) for person in message["display_recipient"]} - {me} == {*place.user_ids} - {
            me
        }
    if message["type"] != "stream" or message["stream_id"] != place.channel:
        return False
    topics = {str(message.get("subject", ""))}
    topics |= {str(edit["prev_topic"]) for edit in message.get("edit_history", ()) if "prev_topic" in edit}
    bare = place.topic.removeprefix(_RESOLVED).casefold()
    return bare in {topic.removeprefix(_RESOLVED).casefold() for topic in topics}
