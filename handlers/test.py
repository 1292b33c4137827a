"""`test`: a test upload from end to end."""

from handlers._fleet import find_to_act, identity, may_act, visible
from handlers._start import begin
from provisioning.fleet import Fleet, OperationKind, StufState
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

PLAN = """**Plan: test `{slug}`**
A test file is uploaded as a participant would, read back, compared, and removed again. Participants notice nothing, \
and it costs nothing worth naming."""


class Test(Command, words="test", effect=Effect.CHANGES, tag=Tag.TEST_STARTED, examples=("test acme-audit",)):
    """Upload a test file to a STUF from end to end, and report each part.

    The file is removed again. Participants notice nothing.
    """

    stuf: StufName


@router.plan
def plan(asked: Test, ctx: Context, *, fleet: Fleet) -> Plan:
    """What the test does. Raises Refusal while the STUF is not ready."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "test")
    if stuf.state is not StufState.READY:
        raise Refusal(
            "not-ready",
            f"`{stuf.slug}` is not ready, so there is nothing to test yet.",
            f"status {stuf.slug}",
        )
    return Plan(
        title=f"test `{stuf.slug}`",
        text=PLAN.format(slug=stuf.slug),
        effect=asked.effect,
        stuf=stuf.slug,
        channel=stuf.channel,
        basis=identity(stuf),
    )


@router.do
def test(asked: Test, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """Begin the test; its parts appear on the operation's card."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "test")
    return begin(fleet, OperationKind.TEST, stuf, ctx, f"Testing `{stuf.slug}`")


@router.on("sense", "test")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where a STUF is ready."""
    return any(stuf.state is StufState.READY and may_act(stuf, ctx) for stuf in visible(fleet, ctx))
