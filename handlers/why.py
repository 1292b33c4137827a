"""`why`: which rule brought something here."""

from handlers._relays import scope_name, told_here
from handlers._relays_told import facts_shown
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import moment
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.messages import Command
from stuf_bot.relays import Relays, traces
from stuf_bot.relays.traces import ALWAYS, ASKED, INCIDENT, Trace

router = Router()

WHY = """This was {what}, at {at}.
{reason}{waited}
{mute} shows the narrowest rule that would have stopped it; {relays} shows all rules."""
NOTHING = """Nothing is noted any more of what was told here: I keep that for 60 days.
{relays} shows the rules that hold."""
REASONS = {
    INCIDENT: "It was told because it is urgent: no rule mutes that.",
    ALWAYS: "It was told because who may read a repository is always told: no rule mutes that.",
    ASKED: "It was told because somebody is asked to act: only a rule that people gave mutes that.",
    "": "It was told because no rule of `{scope}` speaks against it.",
}
LET = "It was told because rule {rule} of `{scope}` lets it through: {typed}."
MUTED = "It was **not** told: rule {rule} of `{scope}` says {typed}."
HELD = " It waited for the end of quiet hours, or of a batch."
WAITS = "It waits for the end of quiet hours, or of a batch, and is told then."


class Why(
    Command,
    words="why",
    tag=Tag.RELAY_EXPLAINED,
    open_to="whoever may see the STUF, in a topic of something that I tell about",
    examples=("why",),
):
    """Show which rule brought the last relay into this topic, or the one that you quote."""


@router.command
def why(asked: Why, ctx: Context, *, fleet: Fleet, relays: Relays) -> list[Act]:
    """By what was noted when it was decided, also where the rule is gone since."""
    del asked
    subject, trace = told_here(ctx, fleet, relays)
    scope = scope_name(subject.stuf)
    shown = ctx.type_this(f"relays {scope}")
    if trace is None:
        return [ctx.reply(NOTHING.format(relays=shown))]
    text = WHY.format(
        what=facts_shown(trace.facts),
        at=moment(trace.at),
        reason=_reason(trace, scope),
        waited=HELD if trace.waited and trace.fate == traces.TOLD else "",
        mute=ctx.type_this("mute"),
        relays=shown,
    )
    return [ctx.reply(text)]


def _reason(trace: Trace, scope: str) -> str:
    named = {"rule": f"`{trace.rule}`", "scope": scope, "typed": inline(trace.reason, 400)}
    if trace.fate == traces.MUTED:
        return MUTED.format(**named)
    if trace.fate == traces.WAITS:
        return WAITS
    return REASONS.get(trace.reason, LET).format(**named)
