"""Comments that no webhook told: asked for where Sentry counts more of them than were heard of."""

from typing import Final

from handlers.sentry.asking import DETAILS, ask
from handlers.sentry.comments import heard
from handlers.sentry.desk import Desk
from handlers.sentry.reading import Comment
from handlers.sentry.record import read
from provisioning.fleet import Fleet
from provisioning.sentry.models import Comment as Told
from provisioning.sentry.models import Issue
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.chat.directory import Directory
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import ErrandEnded
from stuf_bot.relays import Objects, People, Relays

router = Router()

COMMENTS: Final = "sentry.comments"
MOST = 5
"""So many of what was missed are told, the newest; the others are old news, and stand in Sentry."""


@router.event
def ask_for(ended: ErrandEnded, ctx: EventContext, *, errands: Errands, objects: Objects) -> list[Act]:
    """An issue was read: are there comments that were not heard of? Asked once for each number of them."""
    if ended.kind != DETAILS or not ended.succeeded:
        return []
    issue = Issue.model_validate(ended.result["issue"])
    record = read(ctx.session, objects, issue.id)
    if record is not None and issue.comments > len(record.heard):
        ask(errands, ctx.session, COMMENTS, issue.id, f"comments:{issue.comments}")
    return []


@router.event
def tell(  # noqa: PLR0913 - what is named here is handed in by name.
    ended: ErrandEnded,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
    directory: Directory,
) -> list[Act]:
    """Those that are new here, the oldest first; the same comment by a webhook is the same."""
    if ended.kind != COMMENTS or not ended.succeeded:
        return []
    desk = Desk(ctx.session, ctx.now, fleet, relays, objects, people, directory)
    issue = str(ended.result["issue"])
    record = desk.read(issue)
    if record is None:
        return []
    found = [Told.model_validate(one) for one in reversed(ended.result.get("comments") or ())]
    new = [one for one in found if one.id not in record.heard]
    for old in new[:-MOST]:
        record = record.has_heard(old.id)
    desk.keep(record)
    acts: list[Act] = []
    for one in new[-MOST:]:
        acts += heard(
            desk,
            Comment(id=one.id, issue=issue, text=one.text, by_id=one.user_id, by_name=one.user_name),
        )
    return acts
