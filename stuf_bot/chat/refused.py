"""What happens to a post that Zulip refuses for good: somebody has to hear of it."""

from collections.abc import Callable, Iterable

from stuf_bot.acts import Act, Card, Post
from stuf_bot.chat.outbox import AnyAct
from stuf_bot.chat.outside import inline
from stuf_bot.chat.zulip_api import Rejected
from stuf_bot.places import Topic, conversation

TOPIC = "STUF Bot"
REFUSED = (
    "Zulip did not take a message of mine for {place}: {reason}. Please see that the channel exists under that "
    "name and that I may post in it. I say this once a place."
)


def tell_in(channel: str) -> Callable[[AnyAct, Rejected], Iterable[Act]]:
    """For the sender: tells the people in `channel`, once for each place that refuses."""
    home = Topic(channel=channel, topic=TOPIC)

    def told(act: AnyAct, error: Rejected) -> Iterable[Act]:
        if not isinstance(act, Post | Card) or not isinstance(act.to, Topic) or act.to.channel == channel:
            return ()
        place = inline(f"#{act.to.channel} > {act.to.topic}")
        content = REFUSED.format(place=place, reason=inline(error.message))
        return (Post(to=home, content=content, key=f"refused:{conversation(act.to)}"),)

    return told
