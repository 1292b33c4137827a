"""Finds a message of ours that may have reached Zulip though nobody knows."""

from collections.abc import Callable, Sequence
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


class Lookup:
    """Looks in the place itself. `claimed` tells which messages are known to be some other post's or card's."""

    def __init__(self, api: ZulipApi, claimed: Callable[[Sequence[int]], set[int]]) -> None:
        self._api = api
        self._claimed = claimed

    def find(
        self, place: Topic | Direct, content: str, *, sender: int, mark: int, since: datetime
    ) -> int | None:
        """The id of a message of `sender` there that says this, is newer than `mark`, and is nobody's yet.

        Where no mark was known it is sought among the newest, and not sent before `since`.
        """
        wanted = fingerprint(content)
        anchor: int | str = mark
        for _ in range(_PAGES):
            if mark:
                page, newest = self._api.messages(anchor, after=_PAGE, narrow=_narrow(place, sender))
            else:
                page, newest = (
                    self._api.messages("newest", before=_PAGE, narrow=_narrow(place, sender))[0],
                    True,
                )
            same = [
                int(message["id"])
                for message in page
                if fingerprint(str(message["content"])) == wanted
                and _is_in(message, place)
                and (mark or message["timestamp"] >= (since - _CLOCKS_DIFFER).timestamp())
            ]
            claimed = self._claimed(same)
            free = [message_id for message_id in same if message_id not in claimed]
            if free:
                return free[0]
            if newest or not page:
                return None
            anchor = int(page[-1]["id"])
        return None


def _narrow(place: Topic | Direct, sender: int) -> list[Json]:
    # By channel, not topic: somebody may have renamed or resolved the topic meanwhile.
    where = (
        {"operator": "dm", "operand": list(place.user_ids)}
        if isinstance(place, Direct)
        else {"operator": "channel", "operand": place.channel}
    )
    return [where, {"operator": "sender", "operand": sender}]


def _is_in(message: Json, place: Topic | Direct) -> bool:
    if isinstance(place, Direct):
        return True
    topics = {str(message.get("subject", ""))}
    topics |= {str(edit["prev_topic"]) for edit in message.get("edit_history", ()) if "prev_topic" in edit}
    bare = place.topic.removeprefix(_RESOLVED).casefold()
    return bare in {topic.removeprefix(_RESOLVED).casefold() for topic in topics}
