"""Tells the administrators what keeps STUFs from having their projects in Sentry, once a day each."""

from stuf_bot.acts import Act, Lane, Post
from stuf_bot.bus import Router
from stuf_bot.chat.outside import inline
from stuf_bot.context import EventContext
from stuf_bot.messages import ErrandEnded
from stuf_bot.places import Topic
from stuf_bot.settings import Settings

router = Router()

PROJECTS = "sentry.projects"
LOOKS = (PROJECTS, "sentry.reconcile")
TOPIC = "Sentry"
NO_PROJECT = (
    "⚠️ `{stuf}` has no complete project in Sentry (`{code}`): {sentence} I try again by myself; "
    "`stuf-bot doctor` looks at the settings."
)
NOT_ASKED = (
    "⚠️ I cannot work with Sentry (`{code}`): {sentence} I try again by myself; "
    "`stuf-bot doctor` looks at the settings."
)
_MOST = 300


@router.event
def tell(ended: ErrandEnded, ctx: EventContext, *, settings: Settings) -> list[Act]:
    """One post for each STUF and reason, or one where Sentry was not to be asked at all."""
    if ended.kind not in LOOKS:
        return []
    if not ended.succeeded:
        text = NOT_ASKED.format(code=ended.code, sentence=inline(ended.sentence, _MOST))
        return [_post(settings, text, f"{ended.code}@{ctx.now:%Y-%m-%d}")]
    if ended.kind != PROJECTS:
        return []
    return [
        _post(
            settings,
            NO_PROJECT.format(
                stuf=failed["stuf"], code=failed["code"], sentence=inline(failed["sentence"], _MOST)
            ),
            f"{failed['stuf']}:{failed['code']}@{ctx.now:%Y-%m-%d}",
        )
        for failed in ended.result.get("failed") or ()
    ]


def _post(settings: Settings, text: str, key: str) -> Post:
    place = Topic(channel=settings.stuf_bot.admin_channel, topic=TOPIC)
    return Post(to=place, content=text, key=f"sentry:projects:{key}", lane=Lane.SENTRY)
