"""`retry`: continue from the step that failed."""

from typing import Annotated, Literal

from pydantic import Field

from handlers._fleet import find_to_act, identity, may_act, visible
from handlers._start import again, nothing_failed
from provisioning.fleet import Fleet, OperationState
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

PLAN = "**Plan: continue with `{slug}`**\nThe last operation goes on from **{step}**; what was made before it stays.{files}"
ADOPT = "\nFiles that were kept of an earlier STUF with this slug become this one's."


class Retry(
    Command, words="retry", effect=Effect.CHANGES, tag=Tag.OPERATION_RETRIED, examples=("retry acme-audit",)
):
    """Continue a STUF's last operation from the step that failed.

    Where files of an earlier STUF with this slug were kept, `retry acme-audit adopt` takes them over. They may be
    somebody else's, so that is for administrators.
    """

    stuf: StufName
    files: Annotated[
        Literal["", "adopt"], Field(title="adopt", description="`adopt` takes over files that were kept")
    ] = ""


@router.plan
def plan(asked: Retry, ctx: Context, *, fleet: Fleet, access: Access) -> Plan:
    """Where it would go on. Raises Refusal where nothing failed, or the files are not theirs to take."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "retry")
    adopt = asked.files == "adopt"
    if adopt and Role.ADMINISTRATOR not in ctx.roles:
        raise Refusal(
            "not-allowed",
            f"Files that were kept may be somebody else's: adopting them is for "
            f"{access.granted_by(Role.ADMINISTRATOR)}. Ask one of them, or create the STUF with another slug.",
            f"abandon {stuf.slug}",
        )
    operation = fleet.latest_operation(ctx.session, stuf.slug)
    if operation is None or operation.state is OperationState.SUCCEEDED:
        raise nothing_failed(stuf)
    return Plan(
        title=f"continue with `{stuf.slug}`",
        text=PLAN.format(
            slug=stuf.slug, step=operation.failed_step or "the step that failed", files=ADOPT if adopt else ""
        ),
        effect=asked.effect,
        stuf=stuf.slug,
        channel=stuf.channel,
        basis=identity(stuf) + operation.attempt_id,
    )


@router.do
def retry(asked: Retry, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """The next attempt of the same operation, in the same topic."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "retry")
    return again(fleet, stuf, ctx, f"Continuing with `{stuf.slug}`", adopt_files=asked.files == "adopt")


@router.on("sense", "retry")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where something failed."""
    failed = fleet.failed(ctx.session)
    return any(may_act(stuf, ctx) for stuf in visible(fleet, ctx) if stuf.slug in failed)
