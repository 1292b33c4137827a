"""Which channels a person may point the bot at."""

from enum import StrEnum

from stuf_bot.chat.directory import Directory
from stuf_bot.chat.zulip_api import Rejected, ZulipApi


class Standing(StrEnum):
    """How a person stands to a channel."""

    NEW = "new"
    MEMBER = "member"
    STRANGER = "stranger"


class Channels:
    """Asks the realm itself: a bot that subscribes people must not open a channel to who is not in it."""

    def __init__(self, api: ZulipApi, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    def standing(self, name: str, user_id: int) -> Standing:
        """NEW where the bot sees no such channel. Raises ZulipError where the realm does not answer."""
        channel_id = self._directory.channel_id(name)
        if channel_id is None:
            return Standing.NEW
        try:
            answer = self._api.call(f"users/{user_id}/subscriptions/{channel_id}", "GET", {})
        except Rejected:
            return Standing.STRANGER
        return Standing.MEMBER if answer.get("is_subscribed") is True else Standing.STRANGER
