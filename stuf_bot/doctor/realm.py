"""Looks at the Zulip realm."""

from collections.abc import Iterator
from typing import Any

from stuf_bot.chat.directory import Directory
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.chat.zulip_calls import Unauthorised, ZulipError
from stuf_bot.doctor import approving
from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import Settings

# An operation may take so long; a card is edited until its end.
_LONG_ENOUGH_SECONDS = 3600
_AREA = "Zulip"


def look(settings: Settings, api: ZulipApi) -> Iterator[Finding]:
    """What the bot's account meets in its realm."""
    try:
        state: Any = api.register()
        api.delete_queue(str(state["queue_id"]))
    except Unauthorised:
        todo = "Download the bot's zuliprc from Zulip again, or see whether the bot was deactivated."
        yield Finding(_AREA, f"{_site(settings)} does not accept the bot's account", todo)
        return
    except ZulipError as error:
        yield Finding(
            _AREA, f"{_site(settings)} gives no answer ({error})", "Check [zulip] site and the network."
        )
        return
    directory = Directory()
    directory.load(state)
    me = directory.me
    yield Finding(_AREA, f"connected as {me.name}, feature level {directory.feature_level}")
    if not me.is_bot:
        todo = "Make an account of its own for the bot: Settings > Bots > Add a new bot, type Generic bot."
        yield Finding(_AREA, f"{me.name} is a person's account", todo)
    yield _editing(directory.edit_limit_seconds)
    yield _channel(settings.stuf_bot.admin_channel, directory)
    yield from _groups(settings, directory)
    yield from approving.look(settings, directory)


def _site(settings: Settings) -> str:
    return settings.zulip.site or "the realm"


def _editing(limit: int | None) -> Finding:
    if limit is None:
        return Finding(_AREA, "messages can be edited at any time, so cards stay current")
    todo = "Organization settings > Organization permissions > Time limit for editing messages: any time, or some hours."
    if limit == 0:
        return Finding(_AREA, "messages cannot be edited, so every change of a card is a new message", todo)
    what = f"messages can be edited for {limit // 60} minutes; then a card goes on as a new message"
    return Finding(_AREA, what, "" if limit >= _LONG_ENOUGH_SECONDS else todo)


def _channel(name: str, directory: Directory) -> Finding:
    if directory.channel_id(name) is None:
        todo = (
            "The bot makes it at its first start; where members may not create channels, make it for the bot."
        )
        return Finding(_AREA, f"the channel #{name} does not exist, or the bot may not see it", todo)
    return Finding(_AREA, f"the channel #{name} exists")


def _groups(settings: Settings, directory: Directory) -> Iterator[Finding]:
    for role in ("architects", "operators", "administrators", "viewers"):
        for name in getattr(settings.roles, role):
            members = directory.group_members(name)
            if members is None:
                todo = (
                    f"Make it in Zulip (Group settings), or name another group in [roles] {role}. Until then whoever "
                    "may make groups could make it, and have that role."
                )
                yield Finding(_AREA, f"the group {name} of the {role} does not exist", todo)
            elif not members:
                yield Finding(
                    _AREA, f"the group {name} of the {role} is empty", "Add somebody to it in Zulip."
                )
            else:
                people = "1 person" if len(members) == 1 else f"{len(members)} people"
                yield Finding(_AREA, f"{role}: {name}, {people}")
