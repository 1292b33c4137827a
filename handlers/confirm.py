"""`confirm`, `cancel` and the words that steer a dialogue."""

from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.dialogue import Dialogues, no_dialogue
from stuf_bot.chat.plans import Confirmation
from stuf_bot.context import Context
from stuf_bot.messages import Command, Effect

router = Router()


class Confirm(
    Command,
    words="confirm",
    aliases=("yes",),
    effect=Effect.CHANGES,
    tag=Tag.PLAN_ANSWERED,
    examples=("confirm",),
):
    """Start what the plan that I showed you says (👍 on it does the same)."""


class Cancel(Command, words="cancel", tag=Tag.PLAN_ANSWERED, examples=("cancel",)):
    """Leave the form that I am asking, or withdraw your plan."""


class Back(Command, words="back", aliases=("skip", "skip all"), tag=Tag.HELP_SHOWN, examples=("back",)):
    """In a form: correct the answer before, or take the default (`skip`, `skip all`)."""


@router.command
def confirm(asked: Confirm, ctx: Context, *, confirmation: Confirmation) -> list[Act]:
    """The asker's word."""
    del asked
    return confirmation.by_word(ctx)


@router.command
def cancel(asked: Cancel, ctx: Context, *, confirmation: Confirmation, dialogues: Dialogues) -> list[Act]:
    """A form goes first: its answers are what one has in mind."""
    del asked
    row = dialogues.begun_here(ctx)
    return dialogues.cancel(row, ctx) if row else confirmation.cancel(ctx)


@router.command
def back(asked: Back, ctx: Context) -> list[Act]:
    """Nothing is being asked here, or it would have been an answer."""
    del asked, ctx
    raise no_dialogue()
