"""Tells the administrators that a topic of SNS is heard, or why it is not."""

from stuf_bot.acts import Act, Lane, Post
from stuf_bot.bus import Router
from stuf_bot.chat.outside import inline
from stuf_bot.context import EventContext
from stuf_bot.messages import ErrandEnded
from stuf_bot.places import Topic
from stuf_bot.settings import Settings

router = Router()

CONFIRM = "sns.confirm"
TOPIC = "webhooks"
CONFIRMED = (
    "🔔 I hear {topic} of SNS now: what is published there comes to me, and its alarms to their topics."
)
REFUSED = (
    "⚠️ I could not confirm the subscription to {topic} of SNS (`{code}`): {sentence}. "
    "Subscribe `<public_url>/hooks/cloud` to it again; docs/webhooks.md says how."
)


@router.event
def tell(ended: ErrandEnded, ctx: EventContext, *, settings: Settings) -> list[Act]:
    """One post for each subscription that SNS asked about."""
    del ctx
    if ended.kind != CONFIRM:
        return []
    topic = inline(str(ended.payload.get("topic", "")), 200)
    text = (
        CONFIRMED.format(topic=topic)
        if ended.succeeded
        else REFUSED.format(topic=topic, code=ended.code, sentence=inline(ended.sentence, 200))
    )
    place = Topic(channel=settings.stuf_bot.admin_channel, topic=TOPIC)
    return [Post(to=place, content=text, key=f"{CONFIRM}:{ended.errand}", lane=Lane.OPERATION)]
