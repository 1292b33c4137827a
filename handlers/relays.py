"""`relays`: what of outside events a STUF's channel is told, and changes of that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from handlers import _relays_shown as shown
from handlers._fleet import visible
from handlers._relays import FLEET, ScopeName, basis, to_change, to_see
from provisioning.fleet import Fleet, Stuf
from stuf_bot import audit
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Known, Rest
from stuf_bot.chat.channels import Channels, Standing
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.personal_text import found as is_personal
from stuf_bot.relays import Relays, book
from stuf_bot.relays.changes import AddRule, Change, Restore, SetBatch, SetChannel, SetQuiet, Unmute
from stuf_bot.relays.defaults import DEFAULTS
from stuf_bot.relays.kinds import KINDS
from stuf_bot.relays.reading import Mistake, read_change
from stuf_bot.relays.rules import Rule

router = Router()

NO_RULE = "**rules**: `{scope}` has no rule {names}."
NO_CHANNEL = "**channel**: there is no channel {name} that I know."
STRANGER = "**channel**: you are not in {name}. Join it first: what I tell there, others read."
TOO_MANY = "`{scope}` has {most} rules, which is the most that I keep. Take some back first."


def _canonical(value: object, info: ValidationInfo) -> object:
    """A change with its moments reckoned from now, so that it means the same later; a mistake stays as it is."""
    known: Known | None = (info.context or {}).get("known")
    if not isinstance(value, str) or not value or known is None:
        return value
    try:
        return read_change(value, known.now).typed()
    except Mistake:
        return value


class RelaysCommand(
    Command,
    words="relays",
    effect=Effect.CHANGES,
    tag=Tag.RELAYS_SHOWN,
    open_to="whoever may see the STUF; changes: its TAs, operators and administrators",
    examples=(
        "relays acme-audit",
        "relays acme-audit mute checks until monday",
        "relays acme-audit mute checks branch:feature/* status:success",
        "relays acme-audit only branch:main",
        "relays acme-audit unmute 2",
        "relays acme-audit quiet 22:00-07:00 Europe/Berlin",
        "relays acme-audit batch 30m",
        "relays acme-audit channel #quality",
    ),
):
    """Show or change what a STUF's channel is told of outside events.

    `mute` and `only` take kinds (`checks`), and `branch:`, `environment:`, `status:`, `actor:` and `object:` with
    patterns (`feature/*`), and end by `until monday` or `for 3 days`. `unmute 2` takes rule 2 back, `quiet off`,
    `batch off` and `channel own` end these. `fleet` in a STUF's place is what belongs to none.
    """

    stuf: ScopeName | None = None
    change: Annotated[
        str,
        BeforeValidator(_canonical),
        Rest(),
        Field(
            title="change", description="`mute …`, `only …`, `unmute …`, `quiet …`, `batch …` or `channel …`"
        ),
    ] = ""


@router.plan
def plan(asked: RelaysCommand, ctx: Context, *, fleet: Fleet, access: Access, channels: Channels) -> Plan:
    """What would be told otherwise. Raises Refusal that names the field and the reason."""
    if asked.stuf is None or not asked.change:
        return Plan(title="show what is told", text="**Plan: show what is told**", effect=Effect.READS)
    stuf = to_change(asked.stuf, ctx, fleet, access)
    change = _read(asked.stuf, asked.change, ctx.now)
    _check(change, asked.stuf, stuf, ctx, channels)
    return Plan(
        title=f"change what `{asked.stuf}` tells",
        text=shown.planned(asked.stuf, change),
        effect=Effect.CHANGES,
        stuf=stuf.slug if stuf else "",
        channel=stuf.channel if stuf else "",
        basis=basis(stuf),
    )


@router.do
def do(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: RelaysCommand, ctx: Context, *, fleet: Fleet, access: Access, channels: Channels, relays: Relays
) -> list[Act]:
    """Show it, or change it and say how to take that back."""
    name = asked.stuf or _here(ctx, fleet)
    if name is None:
        slugs = [stuf.slug for stuf in visible(fleet, ctx)]
        return [ctx.reply(shown.overview(ctx, slugs + ([FLEET] if Role.VIEWER in ctx.roles else [])))]
    if not asked.change:
        stuf = to_see(name, ctx, fleet, access)
        where = relays.channel(ctx.session, stuf.slug if stuf else "")
        return [ctx.reply(shown.all_of(name, where or "", ctx))]
    stuf = to_change(name, ctx, fleet, access)
    change = _read(name, asked.change, ctx.now)
    _check(change, name, stuf, ctx, channels)
    done = _apply(change, stuf.slug if stuf else "", ctx)
    _note(change, name, ctx)
    return [ctx.reply(shown.done(name, done, ctx))]


@router.on("sense", "relays")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF whose relays may be seen."""
    return bool(visible(fleet, ctx))


def _here(ctx: Context, fleet: Fleet) -> str | None:
    """The STUF whose channel this is."""
    there = (stuf.slug for stuf in visible(fleet, ctx) if stuf.channel == ctx.channel_name)
    return next(there, None)


def _read(name: str, text: str, now: datetime) -> Change:
    """The change. Raises Refusal; what was probably meant is offered as a whole line."""
    try:
        return read_change(text, now)
    except Mistake as mistake:
        meant = f"relays {name} {mistake.meant}"
        if mistake.meant and _is_right(mistake.meant, now):
            raise Refusal("bad-arguments", f"{mistake.what} Did you mean this?", meant, offer=True) from None
        raise Refusal("bad-arguments", mistake.what, f"relays {name}") from None


def _is_right(text: str, now: datetime) -> bool:
    """Whether it can be offered: a change, on one line, without code marks."""
    try:
        return (
            bool(read_change(text, now)) and text.isprintable() and "`" not in text and not is_personal(text)
        )
    except Mistake:
        return False


def _check(change: Change, name: str, stuf: Stuf | None, ctx: Context, channels: Channels) -> None:
    """Raise Refusal where it cannot be done."""
    scope = stuf.slug if stuf else ""
    if isinstance(change, Restore) and (
        unknown := [one for one in change.names if one not in {rule.name for rule in DEFAULTS}]
    ):
        said = NO_RULE.format(scope=name, names=", ".join(inline(one) for one in unknown))
        raise Refusal("unknown-rule", said, f"relays {name}")
    if isinstance(change, Unmute):
        own = book.own_rules(ctx.session, scope, ctx.now)
        there = {rule.name for rule in (*own, *DEFAULTS)}
        kinds = {kind for rule in own for kind in _only_kind(rule)}
        if unknown := [one for one in change.names if one not in there | kinds]:
            said = NO_RULE.format(scope=name, names=", ".join(inline(one) for one in unknown))
            raise Refusal("unknown-rule", said, f"relays {name}")
    if isinstance(change, AddRule) and len(book.own_rules(ctx.session, scope, ctx.now)) >= book.MOST_RULES:
        raise Refusal("too-many-rules", TOO_MANY.format(scope=name, most=book.MOST_RULES), f"relays {name}")
    if isinstance(change, SetChannel) and change.channel:
        standing = channels.standing(change.channel, ctx.person.user_id)
        if standing is Standing.NEW:
            said = NO_CHANNEL.format(name=inline(change.channel))
            raise Refusal("unknown-channel", said, f"relays {name}")
        if standing is Standing.STRANGER:
            raise Refusal("not-in-channel", STRANGER.format(name=inline(change.channel)), f"relays {name}")


def _apply(change: Change, scope: str, ctx: Context) -> Change | Rule:
    """What holds now."""
    session = ctx.session
    if isinstance(change, AddRule):
        return book.add(
            session,
            scope,
            change.mode,
            change.conditions,
            until=change.until,
            person_id=ctx.person.user_id,
            now=ctx.now,
        )
    if isinstance(change, Unmute):
        book.remove(session, scope, _named(change, book.own_rules(session, scope, ctx.now)))
    elif isinstance(change, Restore):
        book.restore(session, scope, change.names)
    elif isinstance(change, SetQuiet):
        book.set_quiet(session, scope, change.quiet)
    elif isinstance(change, SetBatch):
        book.set_batch(session, scope, change.batch)
    else:
        book.set_channel(session, scope, change.channel)
    return change


def _named(change: Unmute, there: Sequence[Rule]) -> list[str]:
    """The names of the rules to take back: as typed, all of people's, or those about a kind alone."""
    if not change.names:
        return [rule.name for rule in there]
    of_kinds = [rule.name for rule in there if _only_kind(rule) & set(change.names)]
    return [name for name in change.names if name not in KINDS] + of_kinds


def _only_kind(rule: Rule) -> set[str]:
    """The kind that a rule mutes, where it looks at nothing but one kind."""
    kinds = rule.conditions.get("kind", ())
    return set(kinds) if len(kinds) == 1 and rule.mode == "mute" else set()


def _note(change: Change, name: str, ctx: Context) -> None:
    """For the audit log: what was changed, by names that are ours; patterns are words of people."""
    details: dict[str, object] = {"relays": name, "change": type(change).__name__}
    if name != FLEET:
        details["stuf"] = name
    if isinstance(change, AddRule):
        details |= {
            "mode": change.mode,
            "kinds": list(change.conditions.get("kind", ())),
            "fields": sorted(change.conditions),
            "until": change.until.isoformat() if change.until else None,
        }
    elif isinstance(change, Unmute | Restore):
        details["rules"] = list(change.names) or "all"
    elif isinstance(change, SetQuiet):
        details["quiet"] = change.quiet.shown() if change.quiet else "off"
    elif isinstance(change, SetBatch):
        details["minutes"] = change.batch.total_seconds() // 60
    else:
        details["channel"] = change.channel or "own"
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.RELAYS_CHANGED,
        actor_id=ctx.person.user_id,
        outcome="done",
        cause=ctx.cause,
        correlation=ctx.cause,
        details=details,
    )
