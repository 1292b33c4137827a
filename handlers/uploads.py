"""Announces uploads by the STUF's rules, without personal data; notes the bot's own test uploads."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from provisioning.fleet import Fleet, StufState
from provisioning.personal import Personal
from stuf_bot import audit, deliveries
from stuf_bot.acts import Act, Lane
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import size
from stuf_bot.chat.outside import file_name
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived
from stuf_bot.relays import News, Relay, Relays, Subject

router = Router()

KINDS = frozenset({"upload.completed"})
TOPIC = "uploads"
ARRIVED = "📥 `{slug}`: a file arrived ({size}). Upload `{upload}`, checksum verified."
ARRIVED_NAMED = "📥 `{slug}`: {name} arrived ({size}). Upload `{upload}`, checksum verified."


def _if_text(given: Any) -> Any:
    return given if isinstance(given, str) else None


class Upload(BaseModel):
    """What a STUF tells of an upload. The name of its file shows itself only where the TA chose so."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    upload_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    verification: Annotated[bool, BeforeValidator(lambda given: given is True)] = False
    file_name: Annotated[Personal | None, BeforeValidator(_if_text)] = None
    size: Annotated[int, BeforeValidator(lambda given: given if isinstance(given, int) else 0)] = 0


@router.event
def announce(delivery: DeliveryReceived, ctx: EventContext, *, fleet: Fleet, relays: Relays) -> list[Act]:
    """News for each upload; the same upload told twice is announced once."""
    if delivery.source != "stuf" or delivery.kind not in KINDS:
        return []
    upload = _read(delivery)
    if upload is None:
        deliveries.unknown(ctx.session, delivery, ctx.now)
        return []
    stuf = fleet.get(ctx.session, delivery.subject)
    if stuf is None:
        return []
    if not fleet.note_upload(ctx.session, stuf.slug, upload.upload_id, verification=upload.verification):
        return []
    if upload.verification or stuf.state is StufState.GONE:
        return []
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.UPLOAD_ANNOUNCED,
        actor_id=None,
        outcome="done",
        cause=delivery.key,
        details={"stuf": stuf.slug, "upload": upload.upload_id},
    )
    content = _text(stuf.slug, upload, named=stuf.spec.notify.show_file_names)
    relay = Relay(
        # The whole name is the label: people may well begin other topics with this word.
        subject=Subject(f"stuf:{stuf.slug}:uploads", stuf.slug, f"{TOPIC} {stuf.slug}"),
        kind="uploads",
        news=(News(f"upload:{upload.upload_id}", content),),
        lane=Lane.OPERATION,
    )
    return relays.say(ctx.session, relay, ctx.now)


def _text(slug: str, upload: Upload, *, named: bool) -> str:
    facts = {"slug": slug, "size": size(upload.size), "upload": upload.upload_id}
    if not named or upload.file_name is None:
        return ARRIVED.format(**facts)
    return ARRIVED_NAMED.format(**facts, name=file_name(upload.file_name.reveal()))


def _read(delivery: DeliveryReceived) -> Upload | None:
    try:
        return Upload.model_validate(delivery.body)
    except ValidationError:
        return None
