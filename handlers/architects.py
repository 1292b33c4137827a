"""`architects`: who are the TAs of a STUF, and changes of that."""

from typing import Annotated

from pydantic import Field

from handlers._fleet import architects_of, find, is_architect, visible
from provisioning import architects
from provisioning.fleet import Fleet, Stuf
from provisioning.refusals import LastArchitect
from stuf_bot import audit
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, EnsureChannel, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import FormerPersonArg, PersonArg, StufName
from stuf_bot.chat.channels import Channels, Standing
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outside import channel
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.places import Direct, Person

router = Router()

DECIDING = "the STUF's TAs and administrators"
SHOWN = "The TAs of `{slug}`: {who}.\nType {add} or {remove} to change that; its TAs and administrators may."
NOT_YOURS = "Who is a TA of `{slug}` is decided by its TAs ({who}) and {administrators}. Ask one of them."
CANNOT = "{person} cannot use me (a guest, a bot, or a deactivated account), and so cannot be a TA."
ALREADY = "{person} is a TA of `{slug}` already."
IS_NONE = "{person} is no TA of `{slug}`. Its TAs: {who}."
LAST = "`{slug}` would have no TA left who can act for it. Add another one first."
ADDING = "**Plan: make {person} a TA of `{slug}`**\nThey may then do all that its TAs may, abandoning it too. {reading}"
READS = "They are added to {channel}, and read along there."
STRANGER = "You are not in {channel}, so I add nobody to it: ask somebody who is in it to add them."
ADDED = "{person} is a TA of `{slug}` now. {reading}"
WELCOME = "{by} has made you a TA of the STUF `{slug}`. Type `status {slug}` to see where it stands, `help` for what you may do."
REMOVING = "**Plan: {person} is no TA of `{slug}` any more**\nThey may then neither see nor change it."
REMOVED = "{person} is no TA of `{slug}` any more. They go on reading {channel} until somebody takes them out there."
GOODBYE = "{by} has ended your being a TA of the STUF `{slug}`. If that is a mistake, ask them, or an administrator."


class Architects(
    Command,
    words="architects",
    aliases=("tas",),
    tag=Tag.ARCHITECTS_LISTED,
    examples=("architects acme-audit",),
):
    """List the TAs of a STUF."""

    stuf: StufName


class AddArchitect(
    Command,
    words="add architect",
    effect=Effect.CHANGES,
    tag=Tag.ARCHITECTS_ASKED,
    open_to=DECIDING,
    examples=("add architect acme-audit @**Tess Architect**",),
):
    """Make somebody a TA of a STUF."""

    stuf: StufName
    person: Annotated[PersonArg, Field(title="person", description="who becomes a TA")]


class RemoveArchitect(
    Command,
    words="remove architect",
    effect=Effect.CHANGES,
    tag=Tag.ARCHITECTS_ASKED,
    open_to=DECIDING,
    examples=("remove architect acme-audit @**Tess Architect**",),
):
    """End somebody's being a TA of a STUF, but the last one's."""

    stuf: StufName
    person: Annotated[FormerPersonArg, Field(title="person", description="who is no TA any more")]


@router.command
def show(asked: Architects, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """All of them, the first one first."""
    stuf = find(fleet, asked.stuf, ctx)
    text = SHOWN.format(
        slug=stuf.slug,
        who=architects_of(stuf),
        add=ctx.type_this(f"add architect {stuf.slug} @…"),
        remove=ctx.type_this(f"remove architect {stuf.slug} @…"),
    )
    return [ctx.reply(text)]


@router.plan
def plan_add(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: AddArchitect,
    ctx: Context,
    *,
    fleet: Fleet,
    access: Access,
    directory: Directory,
    channels: Channels,
) -> Plan:
    """Who would become a TA. Raises Refusal."""
    stuf, person = _stuf(asked.stuf, ctx, fleet, access), directory.now(asked.person)
    if not access.roles(person.user_id):
        raise Refusal("cannot-be-architect", CANNOT.format(person=person.silent_mention))
    if person.user_id in stuf.architects:
        raise Refusal("is-architect", ALREADY.format(person=person.silent_mention, slug=stuf.slug))
    reading = _reading(stuf, opens=_may_open(stuf, ctx, channels))
    text = ADDING.format(person=person.silent_mention, slug=stuf.slug, reading=reading)
    return _plan(f"make somebody a TA of `{stuf.slug}`", text, stuf)


@router.do
def add(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: AddArchitect,
    ctx: Context,
    *,
    fleet: Fleet,
    access: Access,
    directory: Directory,
    channels: Channels,
) -> list[Act]:
    """They are one from now on, read along where the asker may open the channel, and are told."""
    stuf, person = _stuf(asked.stuf, ctx, fleet, access), directory.now(asked.person)
    if not architects.add(ctx.session, stuf.slug, person.user_id, added_by=ctx.person.user_id, at=ctx.now):
        raise Refusal("is-architect", ALREADY.format(person=person.silent_mention, slug=stuf.slug))
    _note(Tag.ARCHITECT_ADDED, stuf, person, ctx)
    opens = _may_open(stuf, ctx, channels)
    reading = _reading(stuf, opens=opens)
    acts: list[Act] = [
        ctx.reply(ADDED.format(person=person.silent_mention, slug=stuf.slug, reading=reading)),
        _told(person, WELCOME, stuf, ctx),
    ]
    if not opens:
        return acts
    return [EnsureChannel(name=stuf.channel, subscribers=(person.user_id,), private=True), *acts]


@router.plan
def plan_remove(
    asked: RemoveArchitect, ctx: Context, *, fleet: Fleet, access: Access, directory: Directory
) -> Plan:
    """Who would be none any more. Raises Refusal, too where nobody would be left who can act."""
    stuf, person = _stuf(asked.stuf, ctx, fleet, access), directory.now(asked.person)
    if person.user_id not in stuf.architects:
        said = IS_NONE.format(person=person.silent_mention, slug=stuf.slug, who=architects_of(stuf))
        raise Refusal("no-architect", said, f"architects {stuf.slug}")
    if not any(access.roles(other) for other in stuf.architects if other != person.user_id):
        raise _last(stuf.slug)
    text = REMOVING.format(person=person.silent_mention, slug=stuf.slug)
    return _plan(f"change the TAs of `{stuf.slug}`", text, stuf)


@router.do
def remove(
    asked: RemoveArchitect, ctx: Context, *, fleet: Fleet, access: Access, directory: Directory
) -> list[Act]:
    """They are none from now on, and are told."""
    stuf, person = _stuf(asked.stuf, ctx, fleet, access), directory.now(asked.person)
    try:
        architects.remove(ctx.session, stuf.slug, person.user_id)
    except LastArchitect:
        raise _last(stuf.slug) from None
    _note(Tag.ARCHITECT_REMOVED, stuf, person, ctx)
    names = {"person": person.silent_mention, "slug": stuf.slug, "channel": channel(stuf.channel)}
    own = person.user_id == ctx.person.user_id
    return [ctx.reply(REMOVED.format(**names)), *([] if own else [_told(person, GOODBYE, stuf, ctx)])]


@router.on("sense", "add architect")
def sense_add(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF whose TAs they may change."""
    return any(_may_change(stuf, ctx) for stuf in visible(fleet, ctx))


@router.on("sense", "remove architect")
def sense_remove(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there are several TAs, of whom they may remove one."""
    return any(_may_change(stuf, ctx) and len(stuf.architects) > 1 for stuf in visible(fleet, ctx))


def _may_change(stuf: Stuf, ctx: Context) -> bool:
    return is_architect(stuf, ctx) or Role.ADMINISTRATOR in ctx.roles


def _stuf(slug: str, ctx: Context, fleet: Fleet, access: Access) -> Stuf:
    """The STUF, if this person may change its TAs. Raises Refusal that says who may."""
    stuf = find(fleet, slug, ctx)
    if not _may_change(stuf, ctx):
        administrators = access.granted_by(Role.ADMINISTRATOR)
        said = NOT_YOURS.format(slug=slug, who=architects_of(stuf), administrators=administrators)
        raise Refusal("not-allowed", said, f"architects {slug}")
    return stuf


def _may_open(stuf: Stuf, ctx: Context, channels: Channels) -> bool:
    """The channel may be one that existed before: only who is in it decides who else reads it."""
    return channels.standing(stuf.channel, ctx.person.user_id) is not Standing.STRANGER


def _reading(stuf: Stuf, *, opens: bool) -> str:
    return (READS if opens else STRANGER).format(channel=channel(stuf.channel))


def _plan(title: str, text: str, stuf: Stuf) -> Plan:
    # A later STUF of the same slug is another one.
    basis = text + stuf.created_at.isoformat()
    return Plan(
        title=title, text=text, effect=Effect.CHANGES, stuf=stuf.slug, channel=stuf.channel, basis=basis
    )


def _last(slug: str) -> Refusal:
    return Refusal("last-architect", LAST.format(slug=slug), f"architects {slug}")


def _told(person: Person, text: str, stuf: Stuf, ctx: Context) -> Post:
    content = text.format(by=ctx.person.silent_mention, slug=stuf.slug)
    return Post(to=Direct(user_ids=(person.user_id,)), content=content)


def _note(tag: Tag, stuf: Stuf, person: Person, ctx: Context) -> None:
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=tag,
        actor_id=ctx.person.user_id,
        outcome="done",
        cause=ctx.cause,
        correlation=ctx.cause,
        details={"stuf": stuf.slug, "person": person.user_id},
    )
