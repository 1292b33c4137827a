"""`list`: the STUFs that one may see."""

from handlers._fleet import visible
from handlers._words import STATES
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import table
from stuf_bot.chat.outside import cell, web_address
from stuf_bot.context import Context
from stuf_bot.messages import Command

router = Router()

NONE = "There is no STUF that you may see yet. Type {create} to make one, or {help} for more."


class List(Command, words="list", aliases=("ls", "stufs"), tag=Tag.FLEET_LISTED, examples=("list",)):
    """List the STUFs that you may see, and how they are."""


@router.command
def list_stufs(asked: List, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """One row a STUF."""
    del asked
    stufs = visible(fleet, ctx)
    if not stufs:
        return [ctx.reply(NONE.format(create=ctx.type_this("create"), help=ctx.type_this("help")))]
    rows = (
        (
            f"`{stuf.slug}`",
            cell(stuf.spec.name),
            STATES[stuf.state],
            web_address(stuf.outputs.address) if stuf.outputs else "not yet",
        )
        for stuf in stufs
    )
    text = table(("STUF", "Project", "State", "Address"), rows)
    return [ctx.reply(f"{text}\n\nType {ctx.type_this(f'status {stufs[0].slug}')} for one of them.")]


@router.on("names", "stuf")
def names(ctx: Context, *, fleet: Fleet) -> list[str]:
    """The slugs that this person may type."""
    return [stuf.slug for stuf in visible(fleet, ctx)]
