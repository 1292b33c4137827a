"""`confirm`, `approve`, `cancel`: the answers to a plan."""

from typing import Annotated

from pydantic import Field

from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat import plans
from stuf_bot.chat.confirmation import Confirmation
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.grammar import Rest
from stuf_bot.context import Context
from stuf_bot.messages import Command, Effect
from stuf_bot.policy import Way

router = Router()


class Confirm(
    Command,
    words="confirm",
    aliases=("yes",),
    effect=Effect.CHANGES,
    tag=Tag.PLAN_ANSWERED,
    examples=("confirm", "confirm acme-audit"),
):
    """Start what the plan that I showed you says (👍 on it does the same).

    Where the configuration asks for it, type the STUF's name after the word, or your one-time code.
    """

    typed: Annotated[str, Rest(), Field(title="name", description="what the plan asks you to type")] = ""


class Approve(
    Command,
    words="approve",
    effect=Effect.CHANGES,
    tag=Tag.PLAN_ANSWERED,
    examples=("approve k3f9ab",),
):
    """Approve somebody else's plan that waits for a second person (👍 on it does the same)."""

    name: Annotated[str, Field(title="plan", description="its name, as `approvals` shows it")] = ""


class Cancel(Command, words="cancel", tag=Tag.PLAN_ANSWERED, examples=("cancel",)):
    """Leave the form that I am asking, or withdraw your plan."""


@router.command
def confirm(asked: Confirm, ctx: Context, *, confirmation: Confirmation) -> list[Act]:
    """The asker's word."""
    return confirmation.by_word(asked.typed, ctx)


@router.command
def approve(asked: Approve, ctx: Context, *, confirmation: Confirmation) -> list[Act]:
    """A second person's word."""
    return confirmation.approve(asked.name, ctx)


@router.command
def cancel(asked: Cancel, ctx: Context, *, confirmation: Confirmation, dialogues: Dialogues) -> list[Act]:
    """A form goes first: its answers are what one has in mind."""
    del asked
    row = dialogues.begun_here(ctx)
    return dialogues.cancel(row, ctx) if row else confirmation.cancel(ctx)


@router.on("sense", "confirm")
def sense_confirm(ctx: Context) -> bool:
    """While a plan of theirs waits."""
    return plans.any_waiting(ctx.session, of=ctx.person.user_id)


@router.on("sense", "approve")
def sense_approve(ctx: Context) -> bool:
    """While any plan waits for a second person."""
    return plans.any_waiting(ctx.session, way=Way.TWO_PEOPLE)


@router.on("sense", "cancel")
def sense_cancel(ctx: Context, *, dialogues: Dialogues) -> bool:
    """While a form or a plan of theirs is open."""
    return bool(dialogues.mine(ctx)) or plans.any_waiting(ctx.session, of=ctx.person.user_id)
