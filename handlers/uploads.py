"""Announces uploads in the STUF's channel, without personal data; notes the bot's own test uploads."""

from provisioning.fleet import Fleet, StufState
from stuf_bot import audit
from stuf_bot.acts import Act, Lane, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import size
from stuf_bot.chat.outside import inline
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived
from stuf_bot.places import Topic

router = Router()

TOPIC = "uploads"
ARRIVED = "📥 `{slug}`: a file arrived ({size}). Upload `{upload}`, checksum verified."
ARRIVED_NAMED = "📥 `{slug}`: {name} arrived ({size}). Upload `{upload}`, checksum verified."


@router.event
def announce(delivery: DeliveryReceived, ctx: EventContext, *, fleet: Fleet) -> list[Act]:
    """One post an upload; the same upload told twice is announced once."""
    if delivery.source != "stuf" or delivery.kind != "upload.completed":
        return []
    stuf = fleet.get(ctx.session, delivery.subject)
    upload_id = str(delivery.body.get("upload_id", ""))
    verification = delivery.body.get("verification") is True
    if stuf is None or not upload_id:
        return []
    if not fleet.note_upload(ctx.session, stuf.slug, upload_id, verification=verification):
        return []
    if verification or stuf.state is StufState.GONE:
        return []
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.UPLOAD_ANNOUNCED,
        actor_id=None,
        outcome="done",
        cause=delivery.key,
        details={"stuf": stuf.slug, "upload": upload_id},
    )
    name = delivery.body.get("file_name")
    shows_name = stuf.spec.notify.show_file_names and isinstance(name, str)
    content = (ARRIVED_NAMED if shows_name else ARRIVED).format(
        slug=stuf.slug, name=inline(str(name)), size=size(_count(delivery)), upload=upload_id
    )
    place = Topic(channel=stuf.channel, topic=f"{TOPIC} {stuf.slug}")
    return [Post(to=place, content=content, key=f"upload:{stuf.slug}:{upload_id}", lane=Lane.OPERATION)]


def _count(delivery: DeliveryReceived) -> int:
    count = delivery.body.get("size", 0)
    return count if isinstance(count, int) else 0
