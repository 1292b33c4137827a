"""`audit`: who did what with a STUF, by the audit log."""

from typing import Annotated

from pydantic import BeforeValidator

from handlers._audit_text import line
from handlers._fleet import find_to_act, may_act, visible
from provisioning.fleet import Fleet
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, FilePart, Post
from stuf_bot.audit import Entry, Tag
from stuf_bot.audit.reading import Wanted, newest
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Argument, Named, When, without_code_marks
from stuf_bot.chat.format import listing, moment
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.places import Topic

router = Router()

LINES = 20
MOST = 5000
NONE = "The audit log has nothing{of}{since}."
HEAD = "**Audit log{of}**{since}, in the order in which it happened:"
NEWEST = "**Audit log{of}**{since}, the newest {lines} of {count} entries:"
FILE = "The file holds {these} as lines of JSON."
DIRECTLY = "The audit log names who did what, so I answer in a direct message."
EVERYTHING = "`audit` without a STUF shows everything, and is for {granted}. Name a STUF, or ask one of them."


def _slug(value: object) -> object:
    return without_code_marks(value).lower() if isinstance(value, str) else value


AnyStuf = Annotated[
    str, BeforeValidator(_slug), Argument("STUF", "the STUF's slug, as `list` shows it", noun="stuf")
]
"""Also of a STUF that is gone: those who watch the fleet may look at what became of it."""


class Audit(
    Command,
    words="audit",
    open_to="the STUF's TAs, operators and administrators",
    tag=Tag.AUDIT_SHOWN,
    examples=("audit acme-audit", "audit acme-audit since 2026-11-20"),
):
    """Show who did what with a STUF, and when.

    For the STUF's TAs and operators; administrators see everything by `audit` alone. More than 20 entries come
    as a file.
    """

    stuf: AnyStuf | None = None
    since: Annotated[When | None, Named()] = None


@router.command
def audit(asked: Audit, ctx: Context, *, fleet: Fleet, access: Access) -> list[Act]:
    """The newest entries, newest last. What could be read by others in a channel goes to the asker alone."""
    wanted, channel = _wanted(asked, ctx, fleet, access)
    found = newest(ctx.session, wanted, LINES + 1)
    more = newest(ctx.session, wanted, MOST) if len(found) > LINES else []
    post = Post(
        to=ctx.direct,
        content=_text(asked, found[-LINES:], len(more)),
        files=(_file(asked, more, ctx),) if more else (),
    )
    if ctx.private or (channel is not None and isinstance(ctx.place, Topic) and ctx.channel_name == channel):
        return [post.model_copy(update={"to": ctx.place})]
    return [ctx.reply(DIRECTLY), post]


def _wanted(asked: Audit, ctx: Context, fleet: Fleet, access: Access) -> tuple[Wanted, str | None]:
    """What this person may see, and the channel in which it may be shown. Raises Refusal."""
    if asked.stuf is None:
        if Role.ADMINISTRATOR not in ctx.roles:
            granted = access.granted_by(Role.ADMINISTRATOR)
            raise Refusal("not-allowed", EVERYTHING.format(granted=granted), "list")
        return Wanted(since=asked.since), None
    everything = Wanted(stuf=asked.stuf, since=asked.since)
    watches = Role.OPERATOR in ctx.roles
    gone = watches and fleet.get(ctx.session, asked.stuf) is None
    if gone and newest(ctx.session, Wanted(stuf=asked.stuf), 1):
        return everything, None
    stuf = find_to_act(fleet, asked.stuf, ctx, "audit")
    if watches:
        return everything, stuf.channel
    # The slug may have been another STUF's before; what was done with that one is not this TA's to read.
    return Wanted(stuf.slug, asked.since, born=stuf.created_at, owner=ctx.person.user_id), stuf.channel


def _text(asked: Audit, shown: list[Entry], count: int) -> str:
    of = f" of `{asked.stuf}`" if asked.stuf else ""
    since = f" since {moment(asked.since)}" if asked.since else ""
    if not shown:
        return NONE.format(of=of, since=since)
    if not count:
        head = HEAD.format(of=of, since=since)
    else:
        several = f"{MOST} or more" if count == MOST else str(count)
        head = NEWEST.format(of=of, since=since, lines=len(shown), count=several)
    lines = listing(line(entry, stuf=asked.stuf is None) for entry in shown)
    these = "all of them" if count < MOST else f"the newest {MOST}; `stuf-bot audit export` writes all"
    return f"{head}\n{lines}" + (f"\n\n{FILE.format(these=these)}" if count else "")


def _file(asked: Audit, entries: list[Entry], ctx: Context) -> FilePart:
    name = f"audit-{asked.stuf or 'everything'}-{ctx.now:%Y%m%d-%H%M}.jsonl"
    return FilePart(name=name, content="".join(f"{entry.line()}\n" for entry in entries).encode())


@router.on("sense", "audit")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF whose entries are theirs to read, or all are."""
    return Role.ADMINISTRATOR in ctx.roles or any(may_act(stuf, ctx) for stuf in visible(fleet, ctx))
