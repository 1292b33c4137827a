"""`errors`: the issues of a STUF or of all, as Sentry last told."""

from typing import Annotated

from pydantic import Field

from handlers.sentry.listing import Wanted, listed, wanted
from handlers.sentry.priority import priority
from handlers.sentry.record import Record
from handlers.sentry.spark import spark
from handlers.sentry.wording import counted, state
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest
from stuf_bot.chat.format import listing, moment, spoiler
from stuf_bot.chat.outside import inline, link
from stuf_bot.context import Context
from stuf_bot.messages import Command
from stuf_bot.relays import People

router = Router()

NONE = "No errors{where}{which}. {more}"
SOME = "{count}{where}{which}, the most important first:\n{issues}\n\n{more}"
WHICH = {
    "": "",
    "unresolved": " (unresolved)",
    "mine": " (assigned to you)",
    "since deploy": " (first seen since the last deployment)",
}
MORE_ONE = "{all} lists those of all STUFs; `resolve`, `assign` and `archive` take the short id."
MORE_ALL = "{one} lists those of one STUF; `resolve`, `assign` and `archive` take the short id."
LINE = "{label} {title}: {state} · **{level}** ({events}, {people}){bars} · last seen {seen}{stuf}"
FIRST = 15
_RANKS = {"high": 0, "medium": 1, "low": 2}


class Errors(
    Command,
    words="errors",
    aliases=("issues",),
    tag=Tag.ISSUES_LISTED,
    examples=(
        "errors acme-audit",
        "errors acme-audit unresolved",
        "errors all mine",
        "errors acme-audit since deploy",
    ),
):
    """List the errors of a STUF, or of all that you may see, as Sentry groups them.

    Archived ones are among them, resolved ones are not. In the channel of a STUF its slug can be left out.
    """

    which: Annotated[
        str,
        Rest(),
        Field(
            title="STUF and which",
            description="a STUF's slug or `all`, and `unresolved`, `mine` or `since deploy`",
        ),
    ] = ""


@router.command
def errors(asked: Errors, ctx: Context, *, fleet: Fleet, people: People) -> list[Act]:
    """One line an issue, the most important ones at sight."""
    which = wanted(asked.which, ctx, fleet)
    found = sorted(listed(which, ctx, people), key=_rank)
    about = {
        "which": WHICH[which.filter],
        "where": f" of `{which.slug}`" if which.slug else "",
        "more": _more(which, ctx),
    }
    if not found:
        return [ctx.reply(NONE.format(**about))]
    lines = [_line(one, named=not which.slug) for one in found]
    text = listing(lines[:FIRST])
    if lines[FIRST:]:
        text += "\n" + spoiler(f"{len(lines) - FIRST} more", listing(lines[FIRST:]))
    return [ctx.reply(SOME.format(count=counted(len(found), "error"), issues=text, **about))]


def _rank(one: Record) -> tuple[int, int, float]:
    seen = one.issue.last_seen
    return (not one.is_open, _RANKS[priority(one).level], -seen.timestamp() if seen else 0.0)


def _line(one: Record, *, named: bool) -> str:
    issue = one.issue
    return LINE.format(
        label=link(inline(one.name, 60), issue.link),
        title=inline(issue.title, 80),
        state=state(issue),
        level=priority(one).level,
        events=counted(one.events, "event") + " in 24 h",
        people=counted(one.people, "person", "people"),
        bars=f" {spark(issue.hours)}" if any(issue.hours) else "",
        seen=moment(issue.last_seen) if issue.last_seen else "at an unknown time",
        stuf=f" · `{one.stuf}`" if named and one.stuf else "",
    )


def _more(which: Wanted, ctx: Context) -> str:
    if which.slug:
        return MORE_ONE.format(all=ctx.type_this("errors all"))
    slug = next((each for each in which.stufs if each), "acme-audit")
    return MORE_ALL.format(one=ctx.type_this(f"errors {slug}"))
