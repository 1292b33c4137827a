"""`retry`: continue from the step that failed."""

from typing import Annotated

from pydantic import Field

from handlers._fleet import find_to_act
from handlers._start import again
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.context import Context
from stuf_bot.messages import Command, Effect

router = Router()


class Retry(
    Command, words="retry", effect=Effect.CHANGES, tag=Tag.OPERATION_RETRIED, examples=("retry acme-audit",)
):
    """Continue a STUF's last operation from the step that failed."""

    stuf: Annotated[str, Field(title="STUF", description="the slug, as `list` shows it")]


@router.command
def retry(asked: Retry, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """The next attempt of the same operation, in the same topic."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "retry")
    return again(fleet, stuf, ctx, f"Continuing with `{stuf.slug}`")
