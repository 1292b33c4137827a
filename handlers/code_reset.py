"""`code reset`: for who has lost the device; by an administrator, and never their own."""

from typing import Annotated

from pydantic import Field

from stuf_bot.access import Role
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import PersonArg
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.plans import Plan
from stuf_bot.codes import Codes, Enrolled
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.places import Direct

router = Router()

RESET = "Reset. {person} enrols again by `code enrol` in a direct message to me."
WAS_RESET = (
    "{administrator} has reset your one-time codes, so your authenticator app's are no longer good. Type `code enrol` "
    "for a new picture. If you did not ask for this, tell another administrator now."
)


class Reset(
    Command,
    words="code reset",
    effect=Effect.CHANGES,
    role=Role.ADMINISTRATOR,
    tag=Tag.CODE_RESET,
    examples=("code reset @**Tess Architect**",),
):
    """Forget somebody's one-time codes, for who has lost the device. Not your own: another administrator does it."""

    person: Annotated[PersonArg, Field(title="person", description="who has lost the device")]


@router.plan
def plan_reset(asked: Reset, ctx: Context, *, codes: Codes, directory: Directory) -> Plan:
    """Whose codes would be forgotten."""
    person = directory.now(asked.person)
    if person.user_id == ctx.person.user_id:
        raise Refusal("own-reset", "Your own codes are reset by another administrator. Ask one of them.")
    standing = codes.standing(ctx.session, person.user_id, ctx.now)
    if standing.enrolled is Enrolled.NO:
        raise Refusal(
            "not-enrolled", f"{person.silent_mention} is not enrolled, so there is nothing to reset."
        )
    text = f"**Plan: reset the one-time codes of {person.silent_mention}**\nTheir authenticator app's are no longer good."
    # A yes to it is none to resetting what they have enrolled anew since.
    basis = f"{text}{standing.since}"
    return Plan(title="reset somebody's one-time codes", text=text, effect=Effect.CHANGES, basis=basis)


@router.do
def reset(asked: Reset, ctx: Context, *, codes: Codes, directory: Directory) -> list[Act]:
    """Forget them, and tell the person concerned."""
    person = directory.now(asked.person)
    codes.reset(ctx.session, person.user_id)
    told = Post(
        to=Direct(user_ids=(person.user_id,)),
        content=WAS_RESET.format(administrator=ctx.person.silent_mention),
    )
    done = ctx.reply(RESET.format(person=person.silent_mention))
    return [done, told] if person.is_active else [done]


@router.on("sense", "code reset")
def sense(ctx: Context, *, codes: Codes) -> bool:
    """While there is somebody to reset."""
    return codes.others(ctx.session, ctx.person.user_id)
