"""`retry`: continue from the step that failed."""

from typing import Annotated, Literal

from pydantic import Field

from handlers._fleet import find_to_act
from handlers._start import again
from provisioning.fleet import Fleet
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()


class Retry(
    Command, words="retry", effect=Effect.CHANGES, tag=Tag.OPERATION_RETRIED, examples=("retry acme-audit",)
):
    """Continue a STUF's last operation from the step that failed.

    Where files of an earlier STUF with this slug were kept, `retry acme-audit adopt` takes them over. They may be
    somebody else's, so that is for administrators.
    """

    stuf: Annotated[str, Field(title="STUF", description="the slug, as `list` shows it")]
    files: Annotated[
        Literal["", "adopt"], Field(title="adopt", description="`adopt` takes over files that were kept")
    ] = ""


@router.command
def retry(asked: Retry, ctx: Context, *, fleet: Fleet, access: Access) -> list[Act]:
    """The next attempt of the same operation, in the same topic."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "retry")
    adopt = asked.files == "adopt"
    if adopt and Role.ADMINISTRATOR not in ctx.roles:
        raise Refusal(
            "not-allowed",
            f"Files that were kept may be somebody else's: adopting them is for "
            f"{access.granted_by(Role.ADMINISTRATOR)}. Ask one of them, or create the STUF with another slug.",
            f"abandon {stuf.slug}",
        )
    return again(fleet, stuf, ctx, f"Continuing with `{stuf.slug}`", adopt_files=adopt)
