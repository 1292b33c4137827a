"""`list`: the STUFs that one may see."""

from handlers._fleet import visible
from handlers._words import STATES
from provisioning.fleet import Fleet, Stuf
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import listing, spoiler
from stuf_bot.chat.outside import inline, web_address
from stuf_bot.context import Context
from stuf_bot.messages import Command

router = Router()

NONE = "There is no STUF that you may see yet. Type {create} to make one, or {help} for more."
ALL = "STUFs that you may see:\n{stufs}\n\nType {status} for one of them."
MORE = "{count} more"
SHOWN = 20


class List(Command, words="list", aliases=("ls", "stufs"), tag=Tag.FLEET_LISTED, examples=("list",)):
    """List the STUFs that you may see, and how they are."""


@router.command
def list_stufs(asked: List, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """One line a STUF, the first ones at sight."""
    del asked
    stufs = visible(fleet, ctx)
    if not stufs:
        return [ctx.reply(NONE.format(create=ctx.type_this("create"), help=ctx.type_this("help")))]
    lines = [_line(stuf) for stuf in stufs]
    text = listing(lines[:SHOWN])
    if lines[SHOWN:]:
        text += "\n" + spoiler(MORE.format(count=len(lines[SHOWN:])), listing(lines[SHOWN:]))
    return [ctx.reply(ALL.format(stufs=text, status=ctx.type_this(f"status {stufs[0].slug}")))]


def _line(stuf: Stuf) -> str:
    """One STUF on one line, which also a phone breaks well."""
    address = f": {web_address(stuf.outputs.address)}" if stuf.outputs else ""
    return f"`{stuf.slug}` ({inline(stuf.spec.name)}) {STATES[stuf.state]}{address}"


@router.on("names", "stuf")
def names(ctx: Context, *, fleet: Fleet) -> list[str]:
    """The slugs that this person may type."""
    return [stuf.slug for stuf in visible(fleet, ctx)]
