"""`forms`, `resume`, and the words that steer a form."""

from typing import Annotated

from pydantic import Field

from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.dialogue import Dialogues, no_dialogue
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command

router = Router()

NONE = "You have no form open. `create` begins a new STUF."
OPEN = (
    "Your open forms:\n{forms}\n\n{resume} goes on with the first one here. "
    "I forget a form a day after it was begun."
)
NO_SUCH = "You have {count} open; there is no number {number}."


class Forms(Command, words="forms", aliases=("dialogues",), tag=Tag.FORMS_LISTED, examples=("forms",)):
    """List the forms that you have begun and not finished."""


class Resume(Command, words="resume", tag=Tag.FORM_RESUMED, examples=("resume", "resume 2")):
    """Go on with a form that you have begun, here."""

    number: Annotated[
        int | None,
        Field(title="number", ge=1, description="as `forms` counts; the one begun here when left out"),
    ] = None


class Back(Command, words="back", aliases=("skip", "skip all"), tag=Tag.COMMAND_REFUSED, examples=("back",)):
    """In a form: correct the answer before, or take the default (`skip`, `skip all`)."""


@router.command
def list_forms(asked: Forms, ctx: Context, *, dialogues: Dialogues) -> list[Act]:
    """One line a form."""
    del asked
    mine = dialogues.mine(ctx)
    if not mine:
        return [ctx.reply(NONE)]
    lines = (f"{number}. {dialogues.describe(row, ctx)}" for number, row in enumerate(mine, start=1))
    return [ctx.reply(OPEN.format(forms="\n".join(lines), resume=ctx.type_this("resume 1")))]


@router.command
def resume(asked: Resume, ctx: Context, *, dialogues: Dialogues) -> list[Act]:
    """Ask its open question again."""
    mine = dialogues.mine(ctx)
    if not mine:
        raise Refusal("nothing-open", NONE)
    if asked.number is None:
        row = dialogues.begun_here(ctx) or mine[-1]
    elif asked.number > len(mine):
        raise Refusal("no-such-form", NO_SUCH.format(count=len(mine), number=asked.number), "forms")
    else:
        row = mine[asked.number - 1]
    return dialogues.resume(row, ctx)


@router.command
def back(asked: Back, ctx: Context) -> list[Act]:
    """Nothing is being asked here, or it would have been an answer."""
    del asked, ctx
    raise no_dialogue()


@router.on("sense", "forms")
@router.on("sense", "resume")
@router.on("sense", "back")
def sense(ctx: Context, *, dialogues: Dialogues) -> bool:
    """While a form of theirs is open."""
    return bool(dialogues.mine(ctx))
