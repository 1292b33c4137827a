"""`whoami`: what the bot takes somebody for."""

from handlers._fleet import owned
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.context import Context
from stuf_bot.messages import Command

router = Router()

ROLES = (
    "To me you are {who} (user id {user_id}): {roles}. {stufs} "
    "Groups of this Zulip give these roles; {help} shows what you may do."
)
OWNED = "You are the TA of {slugs}."
NONE = "You are no STUF's TA."


class Whoami(Command, words="whoami", tag=Tag.ROLES_SHOWN, examples=("whoami",)):
    """Show which roles you have, and whose TA you are."""


@router.command
def whoami(asked: Whoami, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """One sentence."""
    del asked
    slugs = ", ".join(f"`{stuf.slug}`" for stuf in owned(fleet, ctx))
    text = ROLES.format(
        who=ctx.person.silent_mention,
        user_id=ctx.person.user_id,
        roles=", ".join(sorted(ctx.roles)),
        stufs=OWNED.format(slugs=slugs) if slugs else NONE,
        help=ctx.type_this("help"),
    )
    return [ctx.reply(text)]
