"""`mute`: offers the narrowest rule that would have stopped what was told here last."""

from handlers._fleet import may_act
from handlers._relays import scope_name, told_here
from handlers._relays_told import facts_shown
from provisioning.fleet import Fleet
from stuf_bot.access import Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat import offers
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.relays import Relays, Subject, traces
from stuf_bot.relays.rules import Conditions, exactly, typed_conditions

router = Router()

OFFER = """This was {what}. This rule would have stopped exactly that.
Wider ones: {wider}. {ending} at the end of any of them lets it end again."""
ALWAYS = "What was told here last is urgent, or says who may read a repository: that is always told, and no rule mutes it."
NOTHING = (
    "Nothing is noted any more of what was told here, so I cannot tell which rule would have stopped it."
)
NOT_YOURS = "What `{scope}` is told is changed by its TAs, operators and administrators. Ask one of them."


class Mute(
    Command,
    words="mute",
    tag=Tag.RELAY_MUTED,
    open_to="the STUF's TAs, operators and administrators, in a topic of something that I tell about",
    examples=("mute",),
):
    """Offer the narrowest rule that would have stopped the last relay in this topic.

    Nothing is muted before you say so, by a 👍 on the answer.
    """


@router.command
def mute(asked: Mute, ctx: Context, *, fleet: Fleet, relays: Relays) -> list[Act]:
    """The rule as a whole line that a thumb runs, and wider ones to type. Raises Refusal."""
    del asked
    subject, trace = told_here(ctx, fleet, relays)
    scope = scope_name(subject.stuf)
    if not _may_change(subject, ctx, fleet):
        raise Refusal("not-allowed", NOT_YOURS.format(scope=scope), "why")
    if trace is None:
        raise Refusal("nothing-noted", NOTHING, f"relays {scope}")
    if trace.reason in {traces.ALWAYS, traces.INCIDENT}:
        raise Refusal("always-told", ALWAYS, f"relays {scope}")
    narrow = exactly(trace.facts)
    wider = [_line(scope, conditions) for conditions in _wider(narrow)]
    what = OFFER.format(
        what=facts_shown(trace.facts),
        wider=", ".join(ctx.type_this(line) for line in wider),
        ending="`until monday`",
    )
    return [offers.make(what, _line(scope, narrow), ctx)]


def _line(scope: str, conditions: Conditions) -> str:
    return f"relays {scope} mute {typed_conditions(conditions)}"


def _wider(narrow: Conditions) -> list[Conditions]:
    """All of this object of this kind; this kind and status of any object; the whole kind."""
    kind = {"kind": narrow["kind"]}
    kept = [kind | {field: narrow[field]} for field in ("object", "status") if field in narrow]
    return [conditions for conditions in [*kept, kind] if conditions != narrow]


def _may_change(subject: Subject, ctx: Context, fleet: Fleet) -> bool:
    stuf = fleet.get(ctx.session, subject.stuf) if subject.stuf else None
    return may_act(stuf, ctx) if stuf else Role.OPERATOR in ctx.roles
