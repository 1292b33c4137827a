"""`abandon`: remove what was made, after a plan."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from handlers._fleet import find_to_act
from handlers._start import begin
from provisioning.fleet import Fleet, OperationKind, Stuf
from provisioning.records import storage_was_made
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.format import listing
from stuf_bot.chat.plans import Plan, propose
from stuf_bot.context import Context
from stuf_bot.messages import Command, Effect

router = Router()

FILES = "**every file in it, in all versions**: nobody can read them afterwards"
NO_FILES = "no files: it never held any (what an earlier STUF with this name left stays where it is)"


class Abandon(
    Command, words="abandon", effect=Effect.DESTROYS, tag=Tag.REMOVAL_ASKED, examples=("abandon acme-audit",)
):
    """Remove a STUF and everything that was made for it, files included. Shows a plan first."""

    stuf: Annotated[str, Field(title="STUF", description="the slug, as `list` shows it")]


@router.command
def abandon(asked: Abandon, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """Show what would go."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "abandon")
    return propose(_plan(stuf, holds_files=storage_was_made(fleet.operations(ctx.session, stuf.slug))), ctx)


@router.on("plan", "abandon")
def confirmed(payload: Mapping[str, Any], digest: str, ctx: Context, *, fleet: Fleet) -> Iterable[Act]:
    """The asker's word: remove it, unless the STUF has changed since the plan was shown."""
    stuf = find_to_act(fleet, payload["stuf"], ctx, "abandon")
    plan = _plan(stuf, holds_files=storage_was_made(fleet.operations(ctx.session, stuf.slug)))
    if plan.digest != digest:
        return [
            ctx.reply("The STUF has changed since I showed the plan. This is the new one."),
            *propose(plan, ctx),
        ]
    return begin(fleet, OperationKind.ABANDON, stuf, ctx, f"Removing `{stuf.slug}`")


def _plan(stuf: Stuf, *, holds_files: bool) -> Plan:
    removed = [
        f"the stack `stuf-{stuf.slug}` in AWS `{stuf.spec.storage.region}`: page, API, bucket and key",
        FILES if holds_files else NO_FILES,
        "the participants' access and their data",
    ]
    kept = [
        f"the repository `stuf-{stuf.slug}`, archived, as the record of what ran",
        f"the channel #**{stuf.channel}**",
    ]
    text = (
        f"**Plan: remove the STUF `{stuf.slug}`**\nRemoved:\n{listing(removed)}\n\nKept:\n{listing(kept)}\n\n"
        "This **cannot be undone**."
    )
    return Plan(kind="abandon", payload={"stuf": stuf.slug}, text=text, basis=text + stuf.state.value)
