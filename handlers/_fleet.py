"""Which STUFs a person may see and act on, for all handlers."""

from provisioning.fleet import Fleet, Stuf, StufState
from stuf_bot.access import Role
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import silent_mention

ACTIVE = frozenset(StufState) - {StufState.GONE}


def is_architect(stuf: Stuf, ctx: Context) -> bool:
    """Whether this person is one of the STUF's TAs."""
    return ctx.person.user_id in stuf.architects


def architects_of(stuf: Stuf) -> str:
    """The STUF's TAs by silent mentions, as Markdown."""
    return ", ".join(silent_mention(user_id) for user_id in stuf.architects)


def identity(stuf: Stuf) -> str:
    """This STUF and no later one with its slug: for what a plan was made from."""
    return f"{stuf.slug} {stuf.created_at.isoformat()}"


def may_see(stuf: Stuf, ctx: Context) -> bool:
    """The TAs of the STUF, and those whose role is to watch the fleet."""
    return is_architect(stuf, ctx) or Role.VIEWER in ctx.roles


def may_act(stuf: Stuf, ctx: Context) -> bool:
    """The TAs of the STUF, operators and administrators."""
    return is_architect(stuf, ctx) or Role.OPERATOR in ctx.roles


def visible(fleet: Fleet, ctx: Context) -> list[Stuf]:
    """The STUFs that exist and that this person may see, by slug."""
    return sorted(
        (stuf for stuf in fleet.all(ctx.session) if stuf.state in ACTIVE and may_see(stuf, ctx)),
        key=lambda stuf: stuf.slug,
    )


def owned(fleet: Fleet, ctx: Context) -> list[Stuf]:
    """The STUFs whose TA this person is."""
    return [stuf for stuf in visible(fleet, ctx) if is_architect(stuf, ctx)]


def find(fleet: Fleet, slug: str, ctx: Context) -> Stuf:
    """The STUF, if it exists and may be seen. Raises Refusal; what may not be seen is unknown."""
    stuf = fleet.get(ctx.session, slug)
    if stuf is not None and stuf.state in ACTIVE and may_see(stuf, ctx):
        return stuf
    raise Refusal("unknown-stuf", f"There is no STUF {inline(slug)} that you may see.", "list")


def find_to_act(fleet: Fleet, slug: str, ctx: Context, command: str) -> Stuf:
    """The STUF, if this person may act on it. Raises Refusal that says who may."""
    stuf = find(fleet, slug, ctx)
    if not may_act(stuf, ctx):
        raise Refusal(
            "not-allowed",
            f"`{command}` is for the TAs of `{slug}` ({architects_of(stuf)}), operators and administrators. Ask one of them.",
            f"status {slug}",
        )
    return stuf
