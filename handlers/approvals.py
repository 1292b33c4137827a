"""`approvals`: the plans that wait for somebody's yes, and what one types to give it."""

from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat import plans
from stuf_bot.chat.core import Sent
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.format import listing, moment
from stuf_bot.chat.outside import channel, inline
from stuf_bot.chat.plans import KEY
from stuf_bot.chat.proposals import Proposals
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.places import Direct, Topic, silent_mention
from stuf_bot.policy import Way
from stuf_bot.store.conversation_tables import PlanRow, load_place

router = Router()

NOTHING = "No plan waits for you. Those that you ask for, and those that you may approve, are listed here while they wait."
LINE = "`{plan}`: {title}{stuf}, asked for by {asker}, until {until}, in {place}. {answer}"
_MINE = {
    Way.SELF: "Type `confirm` there, or react with 👍 to it.",
    Way.TYPED: "Type `confirm {word}` there.",
    Way.CODE: "Type `confirm` there, then send me your one-time code in a direct message.",
    Way.TWO_PEOPLE: "It waits for a second person, who types `approve {plan}` or reacts with 👍 to it.",
}
_CODE_ASKED = "Send me your one-time code in a direct message: just the six digits."
_OTHERS = "Type {approve}, or react with 👍 to it."


class Approvals(Command, words="approvals", tag=Tag.APPROVALS_LISTED, examples=("approvals",)):
    """List the plans that wait: your own, and those of others that you may approve."""


@router.command
def approvals(
    asked: Approvals, ctx: Context, *, proposals: Proposals, directory: Directory, sent: Sent
) -> list[Act]:
    """What waits for whom, and how it is answered."""
    del asked
    rows = [
        row
        for row in plans.waiting(ctx.session)
        if ctx.now < row.expires_at and (_mine(row, ctx) or _may_approve(row, ctx, proposals))
    ]
    if not rows:
        return [ctx.reply(NOTHING)]
    count = "One plan waits" if len(rows) == 1 else f"{len(rows)} plans wait"
    lines = listing(
        _line(row, ctx, _asker(row, directory), _where(row, ctx, directory, sent)) for row in rows
    )
    return [ctx.reply(f"{count}:\n{lines}")]


def _mine(row: PlanRow, ctx: Context) -> bool:
    return row.person_id == ctx.person.user_id


def _may_approve(row: PlanRow, ctx: Context, proposals: Proposals) -> bool:
    """Whether this person may ask for the same, and so may see it and be its second."""
    if row.way != Way.TWO_PEOPLE:
        return False
    try:
        proposals.plan(proposals.asked(row), ctx)
    except Refusal:
        return False
    return True


def _line(row: PlanRow, ctx: Context, asker: str, place: str) -> str:
    if not _mine(row, ctx):
        answer = _OTHERS.format(approve=ctx.type_this(f"approve {row.id}"))
    elif row.state == "code":
        answer = _CODE_ASKED
    else:
        answer = _MINE[Way(row.way)].format(plan=row.id, word=plans.word(row))
    # The title mostly names the STUF itself.
    stuf = f" (STUF `{row.stuf}`)" if row.stuf and row.stuf not in row.title else ""
    return LINE.format(
        plan=row.id,
        title=row.title,
        stuf=stuf,
        asker=asker,
        until=moment(row.expires_at),
        place=place,
        answer=answer,
    )


def _asker(row: PlanRow, directory: Directory) -> str:
    person = directory.person(row.person_id)
    return person.silent_mention if person else silent_mention(row.person_id)


def _where(row: PlanRow, ctx: Context, directory: Directory, sent: Sent) -> str:
    """A link to the very message, once it is sent, or to its topic."""
    place: Topic | Direct = load_place(row.shown_in)
    if isinstance(place, Direct):
        return "our direct messages" if _mine(row, ctx) else "their direct messages"
    name = directory.channel_name(place.channel) if isinstance(place.channel, int) else place.channel
    if name is None:
        return f"the topic {inline(place.topic)}"
    link = channel(name, place.topic)
    message_id = sent.message_id(ctx.session, f"{KEY}{row.id}")
    return f"{link[:-2]}@{message_id}**" if message_id and link.endswith("**") else link


@router.on("sense", "approvals")
def sense(ctx: Context) -> bool:
    """While any plan waits."""
    return plans.any_waiting(ctx.session)
