"""Which commits of a branch GitHub could verify: asked after a push, shown on the branch's card."""

from datetime import datetime, timedelta
from typing import Final

from handlers.github.branch_card import card, heard
from handlers.github.pushes import PushHook, pushed_branch
from handlers.github.reading import Hook, ReadContext
from provisioning.fleet import Fleet
from provisioning.github_commits import VERIFY
from stuf_bot.acts import Act
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import DeliveryReceived, ErrandEnded
from stuf_bot.relays import Objects, People, Relay, Relays

router = Router()


# One question for all pushes of a while: GitHub counts them.
_SLOT: Final = timedelta(seconds=30)


@router.event
def ask(delivery: DeliveryReceived, ctx: EventContext, *, errands: Errands) -> list[Act]:
    """Puts one errand a branch and half minute, for its end."""
    if delivery.source != "github" or delivery.kind != "push":
        return []
    hook = PushHook.of(delivery.body)
    branch, repository = pushed_branch(hook), hook.repository
    if branch and repository.full_name and hook.commits and not hook.deleted:
        at = _slot_after(ctx.now)
        payload = {
            "repository": repository.model_dump(include={"name", "full_name", "html_url"}),
            "branch": branch,
        }
        key = f"{repository.full_name}:{branch}:{at.isoformat()}"
        errands.put(ctx.session, VERIFY, key, payload, order=f"github:{repository.full_name}", at=at)
    return []


@router.event
def show(  # noqa: PLR0913 - what it works with, by name.
    ended: ErrandEnded,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
) -> list[Act]:
    """The card with what GitHub said; without an answer it stays as it is."""
    if ended.kind != VERIFY or not ended.succeeded:
        return []
    hook, branch = Hook.of(ended.payload), str(ended.payload["branch"])
    reading = ReadContext(
        session=ctx.session,
        stuf=fleet.by_repository(ctx.session, hook.repository.full_name),
        objects=objects,
        people=people,
        fleet=fleet,
        now=ctx.now,
    )
    about, now = heard(reading, hook, branch, {"verified": ended.result["verified"]}, ctx.now)
    shown = Relay(
        about, "pushes", status="verified", branch=branch, card=card(reading, hook.repository, branch, now)
    )
    return relays.say(ctx.session, shown, ctx.now)


def _slot_after(now: datetime) -> datetime:
    return datetime.fromtimestamp((now.timestamp() // _SLOT.seconds + 1) * _SLOT.seconds, tz=now.tzinfo)
