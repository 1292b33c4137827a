"""`deployments`: what was deployed to a STUF, and when."""

from handlers import _deployments
from handlers._fleet import find
from provisioning.events import OperationEnded
from provisioning.fleet import Fleet, OperationKind
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.format import listing, moment
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context, EventContext
from stuf_bot.messages import Command

router = Router()

HEAD = "**Deployments** of `{slug}`, the newest first:"
NOTHING = (
    "Nothing has been deployed to `{slug}` yet, as far as I was told. `status {slug}` shows where it stands."
)
ONE = "{what} to {environment} at {at}, by {source}"

_SHOWN = 15
_SOURCES = {_deployments.OPERATION: "an operation of mine", _deployments.GITHUB: "a deployment on GitHub"}


class Deployments(
    Command, words="deployments", tag=Tag.DEPLOYMENTS_LISTED, examples=("deployments acme-audit",)
):
    """List what was deployed to a STUF, and when.

    Each success of an operation that provisions counts, and each success that GitHub tells of the STUF's repository.
    """

    stuf: StufName


@router.command
def deployments(asked: Deployments, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """The last ones, and what there is instead of a way back."""
    stuf = find(fleet, asked.stuf, ctx)
    known = _deployments.known(ctx.session, stuf.slug)[:_SHOWN]
    if not known:
        return [ctx.reply(NOTHING.format(slug=stuf.slug))]
    lines = [
        ONE.format(
            what=one.shown,
            environment=inline(one.environment or "an environment", 60),
            at=moment(one.finished_at),
            source=_SOURCES.get(one.source, "others"),
        )
        for one in known
    ]
    parts = (HEAD.format(slug=stuf.slug), listing(lines), _deployments.AFTERWARDS.format(slug=stuf.slug))
    return [ctx.reply("\n".join(parts))]


@router.event
def note(ended: OperationEnded, ctx: EventContext, *, fleet: Fleet) -> list[Act]:
    """An operation that deployed is remembered with the version that runs since; its card tells it."""
    operation = fleet.operation(ctx.session, ended.operation_id)
    stuf = fleet.stuf_of_operation(ctx.session, ended.operation_id)
    if operation is None or stuf is None or stuf.outputs is None or operation.ended_at is None:
        return []
    if not ended.succeeded or operation.kind is not OperationKind.PROVISION:
        return []
    deployment = _deployments.Deployment(
        key=f"{operation.id}-{ended.attempt}",
        source=_deployments.OPERATION,
        environment=_deployments.PRODUCTION,
        finished_at=operation.ended_at,
        version=stuf.outputs.version,
        link=operation.run_url or "",
        repository=stuf.outputs.repository,
    )
    _deployments.note(ctx.session, stuf.slug, deployment)
    return []
