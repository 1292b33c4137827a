"""Says in the administrators' channel that the bot was away and what waited."""

from stuf_bot.acts import Act, Lane, Post
from stuf_bot.bus import Router
from stuf_bot.chat.format import duration
from stuf_bot.context import EventContext
from stuf_bot.messages import Reconnected
from stuf_bot.places import Topic
from stuf_bot.settings import Settings

router = Router()

AWAY = "I was away for {gap}; {waited} waited and {verb} being answered now."


@router.event
def say(back: Reconnected, ctx: EventContext, *, settings: Settings) -> list[Act]:
    """One line, however long it was."""
    del ctx
    gap = duration((back.until - back.since).total_seconds())
    many = f"{back.waited} message" + ("" if back.waited == 1 else "s")
    content = AWAY.format(gap=gap, waited=many, verb="is" if back.waited == 1 else "are")
    place = Topic(channel=settings.stuf_bot.admin_channel, topic="STUF Bot")
    return [Post(to=place, content=content, key=back.key, lane=Lane.REPLY)]
