"""`status`: where a STUF stands, and what to type next."""

from handlers._fleet import architects_of, find
from handlers._words import ENDS, KINDS, STATES, step_line, topic_of
from provisioning.fleet import Fleet, Operation, OperationState, Stuf, StufState
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.format import listing, moment
from stuf_bot.chat.outside import channel, inline, web_address
from stuf_bot.context import Context
from stuf_bot.messages import Command

router = Router()


class Status(Command, words="status", tag=Tag.STATUS_SHOWN, examples=("status acme-audit",)):
    """Show where a STUF stands: its address, its repository, its last operation."""

    stuf: StufName


@router.command
def status(asked: Status, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """One STUF in a few lines."""
    stuf = find(fleet, asked.stuf, ctx)
    operation = fleet.latest_operation(ctx.session, stuf.slug)
    lines = [f"**{stuf.slug}** ({inline(stuf.spec.name)}): {STATES[stuf.state]}"]
    facts = [
        f"{'TA' if len(stuf.architects) == 1 else 'TAs'}: {architects_of(stuf)}",
        f"Made: {moment(stuf.created_at)}",
        f"Channel: {channel(stuf.channel)}",
    ]
    if stuf.outputs:
        facts += [
            f"Address: {web_address(stuf.outputs.address)}",
            f"Repository: {web_address(stuf.outputs.repository_url)}",
            f"Running version: {inline(stuf.outputs.version)}",
        ]
    facts.append(f"Storage: AWS S3 in `{stuf.spec.storage.region}`")
    if operation:
        facts.append(_last(operation, stuf))
    lines += [listing(facts), ""]
    lines.append(f"Next: {following(stuf, operation, ctx)}.")
    return [ctx.reply("\n".join(lines))]


def following(stuf: Stuf, operation: Operation | None, ctx: Context) -> str:
    """The commands that make sense for this STUF now."""
    if operation and operation.active:
        return f"it is working; {ctx.type_this(f'status {stuf.slug}')} shows how far it is"
    if operation and operation.state is OperationState.FAILED and stuf.state is not StufState.READY:
        return f"{ctx.type_this(f'retry {stuf.slug}')} or {ctx.type_this(f'abandon {stuf.slug}')}"
    return f"{ctx.type_this(f'test {stuf.slug}')} tries an upload from end to end"


def _last(operation: Operation, stuf: Stuf) -> str:
    steps = ", ".join(step_line(step) for step in operation.steps)
    text = f"Last operation: {KINDS[operation.kind].lower()}, {ENDS[operation.state]}"
    text += f" in {channel(stuf.channel, topic_of(operation))} ({steps})"
    if operation.failure:
        text += f"\n  {inline(operation.failure.sentence, 400)} (`{operation.failure.code}`)"
    return text
