"""Says in the administrators' channel that the bot was away and what waited."""

from stuf_bot.acts import Act, Lane, Post
from stuf_bot.bus import Router
from stuf_bot.chat.format import duration, listing, spoiler
from stuf_bot.chat.outside import channel
from stuf_bot.context import EventContext
from stuf_bot.messages import Reconnected, WaitingMessage
from stuf_bot.places import Direct, Topic, silent_mention
from stuf_bot.settings import Settings

router = Router()

AWAY = "I was away for {gap}; {waited} waited and {verb} being answered now{end}"
THESE = "These waited"
MORE = "and {count} more"


@router.event
def say(back: Reconnected, ctx: EventContext, *, settings: Settings) -> list[Act]:
    """One line, however long it was, and behind it whose messages waited and where."""
    del ctx
    gap = duration((back.until - back.since).total_seconds())
    many = f"{back.waited} message" + ("" if back.waited == 1 else "s")
    these = [_where(message) for message in back.messages]
    if these and back.waited > len(these):
        these.append(MORE.format(count=back.waited - len(these)))
    text = AWAY.format(
        gap=gap, waited=many, verb="is" if back.waited == 1 else "are", end=":" if these else "."
    )
    content = f"{text}\n{spoiler(THESE, listing(these))}" if these else text
    place = Topic(channel=settings.stuf_bot.admin_channel, topic="STUF Bot")
    return [Post(to=place, content=content, key=back.key, lane=Lane.REPLY)]


def _where(message: WaitingMessage) -> str:
    """Who wrote it and where, without what it says; a topic that others may not know is not named."""
    who = silent_mention(message.sender_id)
    if isinstance(message.place, Direct):
        return f"{who} in a direct message"
    return f"{who} in {channel(message.channel_name)}" if message.channel_name else f"{who} in a channel"
