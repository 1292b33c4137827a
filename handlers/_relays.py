"""Whose relays a person may see and change: those of a STUF, or of the fleet."""

from typing import Annotated, Any

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from handlers._fleet import find, find_to_act, identity, may_see
from provisioning.fleet import Fleet, Stuf
from stuf_bot.access import Access, Role
from stuf_bot.chat.arguments import StufName
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.relays import Relays, Subject, traces
from stuf_bot.relays.traces import Trace

FLEET = "fleet"
"""How the relays of no STUF are called, when they are typed."""

NOT_HERE = "This is not a topic of something that I tell about, so there is nothing to explain. Ask in such a topic, or quote the message."


def _or_fleet(value: Any, slug: ValidatorFunctionWrapHandler) -> Any:
    return FLEET if isinstance(value, str) and value.strip().lower() == FLEET else slug(value)


ScopeName = Annotated[StufName, WrapValidator(_or_fleet)]
"""The slug of a STUF that this person may see, or `fleet`."""


def to_see(name: str, ctx: Context, fleet: Fleet, access: Access) -> Stuf | None:
    """The STUF whose relays may be seen, None for the fleet. Raises Refusal."""
    if name == FLEET:
        # Who may look at all STUFs may look at this; named are those who can be asked to change it.
        access.require(
            Role.OPERATOR if Role.VIEWER not in ctx.roles else Role.VIEWER, ctx.roles, f"relays {FLEET}"
        )
        return None
    return find(fleet, name, ctx)


def to_change(name: str, ctx: Context, fleet: Fleet, access: Access) -> Stuf | None:
    """The STUF whose relays may be changed, None for the fleet. Raises Refusal."""
    if name == FLEET:
        access.require(Role.OPERATOR, ctx.roles, f"relays {FLEET}")
        return None
    return find_to_act(fleet, name, ctx, "relays")


def basis(stuf: Stuf | None) -> str:
    """What a plan is about: this STUF and no later one of its name."""
    return identity(stuf) if stuf else FLEET


def told_here(ctx: Context, fleet: Fleet, relays: Relays) -> tuple[Subject, Trace | None]:
    """What a quoted message told, or the last that was told in this topic, None where that is not noted any more.

    Raises Refusal where it is about nothing that this person may see.
    """
    told = relays.told_by(ctx.session, ctx.quoted) if ctx.quoted else None
    if told and sees(told[0], ctx, fleet):
        return told
    subject = _subject_here(ctx, fleet, relays)
    return subject, traces.last(ctx.session, subject.key)


def _subject_here(ctx: Context, fleet: Fleet, relays: Relays) -> Subject:
    topic = None if ctx.channel_name is None else getattr(ctx.place, "topic", None)
    subject = relays.subject_at(ctx.session, ctx.channel_name, topic) if ctx.channel_name and topic else None
    if subject is None or not sees(subject, ctx, fleet):
        raise Refusal("no-relay", NOT_HERE, "relays")
    return subject


def sees(subject: Subject, ctx: Context, fleet: Fleet) -> bool:
    """Whether this person may know of it."""
    if not subject.stuf:
        return Role.VIEWER in ctx.roles
    stuf = fleet.get(ctx.session, subject.stuf)
    return stuf is not None and may_see(stuf, ctx)


def scope_name(stuf: str) -> str:
    """How a subject's scope is typed."""
    return stuf or FLEET
