"""How rules of what is told are shown."""

from collections.abc import Sequence

from handlers._relays import FLEET
from stuf_bot.chat.format import duration, listing, moment
from stuf_bot.chat.outside import channel, inline
from stuf_bot.context import Context
from stuf_bot.relays import book, waiting
from stuf_bot.relays.changes import AddRule, Change, Restore, SetBatch, SetChannel, SetQuiet, Unmute
from stuf_bot.relays.defaults import DEFAULTS, MEANT
from stuf_bot.relays.kinds import KINDS
from stuf_bot.relays.rules import Rule

OVERVIEW = """What is told of outside events is decided for each STUF:
{stufs}
Type one of these to see what is told there, and how to change it."""
NONE = "There is no STUF that you may see, so there is nothing that I would tell you of it."
ALL = """**What `{name}` is told of outside events**
New topics begin in {channel}. Quiet hours: {quiet}. News are {batch}.{waits}
{rules}
To change it:
{lines}
Kinds: {kinds}. Fields: `branch:`, `environment:`, `status:`, `actor:` (`own` is what this project does itself), \
`object:`; `*` stands for any signs. An object that is muted keeps its card current, and incidents are always told."""
NO_RULES = "Nobody has given it a rule."
OF_ITSELF = "Of itself I leave out:"
TAKEN_BACK = "{meant}: told here, as somebody wished"
PLANNED = "**Plan: change what `{name}` is told**\n{what}"
RULE = "{line}{until}"
ADDED = "Done: rule {number} of `{name}` is {rule}. {back} takes it back."
REMOVED = "Done: {names} of `{name}` {verb} no more. {back} shows what holds."
RESTORED = "Done: what {names} names is left out again for `{name}`. {back} shows what holds."
QUIET = "Done: `{name}` has quiet hours {quiet}; what is not urgent is said as one post afterwards. {back} ends them."
NOT_QUIET = "Done: `{name}` has no quiet hours."
BATCHED = "Done: news of `{name}` are gathered for {batch} and said together. {back} ends that."
NOT_BATCHED = "Done: news of `{name}` are said at once."
CHANNEL = "Done: new topics of `{name}` begin in {channel}. Topics that exist stay where they are. {back} undoes it."
OWN_CHANNEL = "Done: new topics of `{name}` begin in its own channel."
READ_ALONG = "Everybody who reads {channel} reads then what is told of `{name}`. Topics that exist stay where they are."


def overview(ctx: Context, slugs: Sequence[str]) -> str:
    """What to type, where no STUF was named."""
    if not slugs:
        return NONE
    return OVERVIEW.format(stufs=listing(ctx.type_this(f"relays {slug}") for slug in slugs))


def all_of(name: str, where: str, ctx: Context) -> str:
    """Everything that holds for one STUF, or the fleet, numbered, with what to type."""
    scope = "" if name == FLEET else name
    ways = book.ways(ctx.session, scope)
    count = waiting.count(ctx.session, scope)
    return ALL.format(
        name=name,
        channel=channel(where),
        quiet=f"`{ways.quiet.shown()}`" if ways.quiet else "none",
        batch=f"gathered for {duration(ways.batch.total_seconds())}" if ways.batch else "said at once",
        waits=f" {count} news {'waits' if count == 1 else 'wait'} now." if count else "",
        rules=_rules(book.own_rules(ctx.session, scope, ctx.now), ways),
        lines=listing(ctx.type_this(f"relays {name} {line}") for line in _lines(ways)),
        kinds=", ".join(f"`{kind}`" for kind in KINDS),
    )


def planned(name: str, change: Change) -> str:
    """What a change would do, before it is done."""
    what = f"It would hold: {_change(change)}."
    if isinstance(change, SetChannel) and change.channel:
        what += " " + READ_ALONG.format(channel=channel(change.channel), name=name)
    return PLANNED.format(name=name, what=what)


def done(name: str, change: Change | Rule, ctx: Context) -> str:
    """What was done, and what undoes it."""
    back, more = "", {}
    if isinstance(change, Rule):
        text, back, more = ADDED, f" unmute {change.name}", {"number": change.name, "rule": _rule(change)}
    elif isinstance(change, Unmute):
        names = "rule " + ", ".join(f"`{one}`" for one in change.names) if change.names else "all rules"
        text, more = REMOVED, {"names": names, "verb": "holds" if len(change.names) == 1 else "hold"}
    elif isinstance(change, Restore):
        text, more = RESTORED, {"names": ", ".join(f"`{one}`" for one in change.names)}
    elif isinstance(change, SetQuiet):
        shown = f"`{change.quiet.shown()}`" if change.quiet else ""
        text, back, more = QUIET if shown else NOT_QUIET, " quiet off", {"quiet": shown}
    elif isinstance(change, SetBatch):
        shown = duration(change.batch.total_seconds())
        text, back, more = BATCHED if change.batch else NOT_BATCHED, " batch off", {"batch": shown}
    elif isinstance(change, SetChannel) and change.channel:
        text, back, more = CHANNEL, " channel own", {"channel": channel(change.channel)}
    else:
        text = OWN_CHANNEL
    return text.format(name=name, back=ctx.type_this(f"relays {name}{back}"), **more)


def _rules(own: Sequence[Rule], ways: book.Ways) -> str:
    lines = [f"{rule.name}. {_rule(rule)}" for rule in own] or [NO_RULES]
    lines += ["", OF_ITSELF]
    for rule in DEFAULTS:
        there = rule.name not in ways.loud
        meant = MEANT[rule.name]
        lines.append(f"- `{rule.name}`: {meant if there else TAKEN_BACK.format(meant=meant)}")
    return "\n".join(lines) + "\n"


def _lines(ways: book.Ways) -> list[str]:
    return [
        "mute checks until monday",
        "mute pushes branch:feature/*",
        "only branch:main",
        "unmute 2",
        "quiet off" if ways.quiet else "quiet 22:00-07:00 Europe/Berlin",
        "batch off" if ways.batch else "batch 30m",
        "channel own" if ways.channel else "channel #…",
    ]


def _rule(rule: Rule) -> str:
    until = f" until {moment(rule.until)}" if rule.until else ""
    return inline(rule.typed(), 400) + until


def _change(change: Change) -> str:
    if isinstance(change, AddRule):
        return _rule(Rule("", change.mode, change.conditions, change.until))
    return inline(change.typed())
