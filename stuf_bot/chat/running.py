"""Runs one line that a person typed: what it means, whether they may, what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stuf_bot import audit
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.audit.redacted import kept
from stuf_bot.bus import Bus
from stuf_bot.chat import offers
from stuf_bot.chat.arguments import Known
from stuf_bot.chat.format import duration
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.proposals import Proposals
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.places import conversation
from stuf_bot.store.database import repeatable

STALE = timedelta(minutes=10)
NOT_RUN = "You wrote this {ago} ago, while I was away, so I have not run it. Do you still want it?"
NO_PLAN = "`{words}` has no plan to show, so nothing was done. Without `--plan` it is done at once."
DIRECT_ONLY = "`{words}` is about personal data or secrets. Write it to me in a direct message instead."


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as it was typed. `waited` is true where it was written while the bot was away.

    `alone` is true where it is all that the message said.
    """

    line: str
    sent_at: datetime
    waited: bool = False
    alone: bool = False


class Running:
    """Between the grammar and the handlers. `known` looks names up for a person."""

    def __init__(
        self,
        *,
        bus: Bus,
        grammar: Grammar,
        access: Access,
        proposals: Proposals,
        known: Callable[[Context], Known],
    ) -> None:
        self._bus = bus
        self._grammar = grammar
        self._access = access
        self._proposals = proposals
        self._known = known

    def run(self, typed: Typed, ctx: Context) -> list[Act]:
        """What comes of the line. What it changed is taken back where it raises. Raises Refusal, audited."""
        kind: type[Command] | None = None
        asked: Mapping[str, object] = {}
        try:
            parsed = self._grammar.parse(typed.line, self._known(ctx))
            kind, asked = type(parsed.command), kept(parsed.command)
            self._may(kind, typed, ctx)
            acts = attempt(ctx, lambda: self._do(parsed.command, ctx, show=parsed.plan))
        except Refusal as refusal:
            tag = kind.tag if kind else Tag.COMMAND_REFUSED
            record(ctx, tag or Tag.COMMAND_REFUSED, "refused", asked, refusal.code)
            raise
        record(ctx, kind.tag, "done", asked)
        if typed.alone and kind.effect is Effect.READS:
            repeatable(ctx.session)
        return acts

    def say(self, refusal: Refusal, ctx: Context) -> Post:
        """The refusal as an answer: with the line to type, or one that a thumb runs."""
        if refusal.offer and refusal.next_command:
            return offers.make(refusal.what, refusal.next_command, ctx)
        if not refusal.next_command:
            return ctx.reply(refusal.what)
        apart = "\n" if "\n" in refusal.what else " "
        return ctx.reply(f"{refusal.what}{apart}Type {ctx.type_this(refusal.next_command)}.")

    def _may(self, kind: type[Command], typed: Typed, ctx: Context) -> None:
        self._access.require(Role(kind.role), ctx.roles, kind.words)
        if kind.personal and not ctx.private:
            raise Refusal("direct-only", DIRECT_ONLY.format(words=kind.words))
        age = ctx.now - typed.sent_at
        if typed.waited and kind.effect is not Effect.READS and age > STALE:
            raise Refusal("stale", NOT_RUN.format(ago=duration(age.total_seconds())), typed.line, offer=True)

    def _do(self, command: Command, ctx: Context, *, show: bool) -> list[Act]:
        if self._bus.has_plan(type(command)):
            return self._proposals.decide(command, ctx, show=show)
        if show and command.effect is Effect.CHANGES:
            raise Refusal("no-plan", NO_PLAN.format(words=command.words), f"help {command.words}")
        return list(self._bus.command_handler(type(command))(command, ctx))


def attempt(ctx: Context, call: Callable[[], list[Act]]) -> list[Act]:
    """What `call` gives. When it raises, what it changed is taken back, but for a Refusal that keeps it."""
    kept: Refusal | None = None
    acts: list[Act] = []
    with ctx.session.begin_nested():
        try:
            acts = call()
        except Refusal as refusal:
            if not refusal.keeps:
                raise
            kept = refusal
    if kept:
        raise kept
    return acts


def record(
    ctx: Context, tag: str, outcome: str, details: Mapping[str, object], reason_code: str = ""
) -> None:
    """Note in the audit log what this person did here."""
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=tag,
        actor_id=ctx.person.user_id,
        outcome=outcome,
        place=conversation(ctx.place),
        reason_code=reason_code,
        cause=ctx.cause,
        correlation=ctx.cause,
        details=details,
    )
