"""`create`: from a conversation to a plan, and from the confirmed plan to a STUF that is being made."""

import secrets
from typing import Annotated, Any

from pydantic import Field

from handlers._create_form import CreateForm, logo_file
from handlers._plan_text import Home, plan_text
from handlers._words import topic_of
from handlers.operation_audit import begun
from provisioning.cost import estimate
from provisioning.fleet import Fleet, OperationKind, SlugTaken
from provisioning.models import AwsStorage, Branding, Notify, Participant, StufSpec
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, EnsureChannel
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.channels import Channels, Standing
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.grammar import Block
from stuf_bot.chat.outside import channel
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

_ID_BYTES = 8


class Create(
    Command,
    words="create",
    aliases=("create stuf", "new"),
    effect=Effect.COSTS,
    role=Role.ARCHITECT,
    tag=Tag.STUF_ASKED,
    examples=("create", 'create name="Acme Audit" region=eu-west-1'),
):
    """Make a new STUF: I ask for what it needs, show a plan, and start when you confirm.

    I ask one thing at a time; `back`, `skip` and `cancel` steer. Or give what you know at once, on the line, such as
    `create name="Acme Audit" region=eu-west-1`, or all of it in a direct message:
    ````text
    create
    ```yaml
    name: Acme Audit
    region: eu-west-1
    participants:
      - ana@example.org +44 7700 900123
      - ben@example.org +44 7700 900456
    welcome text: Please upload the signed ledgers.
    ```
    ````
    Fields: `name`, `slug`, `description`, `storage`, `region`, `participants`, `channel`, `show_file_names`,
    `display_name`, `accent_colour`, `welcome_text`, `logo`, `github_account`.
    """

    configuration: Annotated[
        dict[str, Any],
        Block(),
        Field(
            title="configuration",
            description="any of the fields, as `field=value` or in a YAML block",
            repr=False,
        ),
    ] = Field(default_factory=dict)


@router.command
def create(asked: Create, ctx: Context, *, dialogues: Dialogues) -> list[Act]:
    """Begin to ask; what was given at once is taken."""
    return dialogues.begin(CreateForm, asked.configuration, ctx)


@router.on("check", "create")
def check(name: str, value: Any, ctx: Context, *, fleet: Fleet, channels: Channels) -> None:
    """What only the fleet and the realm know about an answer. Raises ValueError with the reason."""
    if name == "slug" and fleet.get(ctx.session, value) is not None:
        raise ValueError(f"`{value}` is in use already; choose another, for example `{value}-2`")
    if name == "channel" and channels.standing(value, ctx.person.user_id) is Standing.STRANGER:
        raise ValueError(
            "names a channel that exists and that you are not in; choose another name, or have yourself added to it first"
        )


@router.plan
def plan(form: CreateForm, ctx: Context, *, fleet: Fleet, channels: Channels, home: Home) -> Plan:
    """Every answer is there: what would be made. Raises Refusal where the slug or the channel is taken meanwhile."""
    for name in ("slug", "channel"):
        try:
            check(name, getattr(form, name), ctx, fleet=fleet, channels=channels)
        except ValueError as error:
            raise Refusal(
                "answer-void", f"Meanwhile the {name} {error}. Nothing was created.", "create"
            ) from None
    spec = specification(form)
    cost = estimate(spec, len(form.participants))
    return Plan(
        title=f"create the STUF `{form.slug}`",
        text=plan_text(spec, channel=form.channel, people=len(form.participants), cost=cost, home=home),
        effect=Effect.COSTS,
        stuf=form.slug,
    )


@router.do
def make(form: CreateForm, ctx: Context, *, fleet: Fleet, directory: Directory, access: Access) -> list[Act]:
    """It is confirmed: make the STUF. Raises Refusal where somebody else takes the slug at this moment."""
    is_new = directory.channel_id(form.channel) is None
    try:
        stuf = fleet.create(
            ctx.session,
            specification(form),
            owner_id=ctx.person.user_id,
            owner_name=ctx.person.name,
            channel=form.channel,
            participants=_participants(form, ctx),
            logo=logo_file(form),
        )
    except SlugTaken:
        raise Refusal(
            "slug-taken",
            f"Meanwhile somebody else has taken the slug `{form.slug}`. Nothing was created.",
            "create",
        ) from None
    operation = fleet.begin(
        ctx.session,
        OperationKind.PROVISION,
        stuf.slug,
        person_id=ctx.person.user_id,
        person_name=ctx.person.name,
        reason=f"create {stuf.slug}",
    )
    begun(ctx, operation, stuf)
    # Whoever is in a channel that exists already decides themselves who else reads it.
    groups = access.groups(Role.OPERATOR) if is_new else ()
    watchers = {member for name in groups for member in directory.group_members(name) or ()}
    return [
        EnsureChannel(
            name=stuf.channel,
            description=f"The STUF {stuf.slug}: operations, uploads, errors",
            subscribers=tuple(sorted({ctx.person.user_id, *watchers})),
            private=True,
        ),
        ctx.reply(
            f"Started: I am making `{stuf.slug}`. It takes about a minute or two; follow it in "
            f"{channel(stuf.channel, topic_of(operation))}. I tell you when it is ready."
        ),
    ]


def specification(form: CreateForm) -> StufSpec:
    """What the workflow gets: everything but the participants and the logo's content."""
    logo = logo_file(form)
    return StufSpec(
        slug=form.slug,
        name=form.name,
        description=form.description,
        storage=AwsStorage(region=form.region),
        branding=Branding(
            display_name=form.display_name or form.name,
            accent_colour=form.accent_colour,
            welcome_text=form.welcome_text,
            logo=f"config/{logo[0]}" if logo else None,
        ),
        notify=Notify(show_file_names=form.show_file_names),
        github_account=form.github_account,
    )


def _participants(form: CreateForm, ctx: Context) -> list[Participant]:
    return [
        Participant(
            id=f"u-{secrets.token_hex(_ID_BYTES)}", email=one.email, phone=one.phone, created_at=ctx.now
        )
        for one in form.participants
    ]
