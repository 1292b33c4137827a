"""`abandon`: remove what was made, after a plan."""

from handlers._fleet import find_to_act, identity, may_act, visible
from handlers._start import begin
from provisioning.fleet import Fleet, OperationKind
from provisioning.records import storage_was_made
from provisioning.sentry.kept import project_of
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import StufName
from stuf_bot.chat.format import listing
from stuf_bot.chat.outside import channel
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.messages import Command, Effect

router = Router()

FILES = "**every file in it, in all versions**: nobody can read them afterwards"
PLAN = """**Plan: remove the STUF `{slug}`**
Removed:
{removed}

Kept:
{kept}

This **cannot be undone**."""
NO_FILES = "no files: it never held any (what an earlier STUF with this name left stays where it is)"


class Abandon(
    Command, words="abandon", effect=Effect.DESTROYS, tag=Tag.REMOVAL_ASKED, examples=("abandon acme-audit",)
):
    """Remove a STUF and everything that was made for it, files included. Shows a plan first."""

    stuf: StufName


@router.plan
def plan(asked: Abandon, ctx: Context, *, fleet: Fleet) -> Plan:
    """What would go, and what would stay."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "abandon")
    holds_files = storage_was_made(fleet.operations(ctx.session, stuf.slug))
    removed = [
        f"the stack `stuf-{stuf.slug}` in AWS `{stuf.spec.storage.region}`: page, API, bucket and key",
        FILES if holds_files else NO_FILES,
        "the participants' access and their data",
    ]
    if project := project_of(ctx.session, stuf.slug):
        removed.append(f"the project `{project.slug}` in Sentry, with all that it knows")
    kept = [
        f"the repository `stuf-{stuf.slug}`, archived, as the record of what ran",
        f"the channel {channel(stuf.channel)}",
    ]
    text = PLAN.format(slug=stuf.slug, removed=listing(removed), kept=listing(kept))
    return Plan(
        title=f"remove the STUF `{stuf.slug}`",
        text=text,
        effect=asked.effect,
        stuf=stuf.slug,
        channel=stuf.channel,
        basis=identity(stuf) + stuf.state.value,
    )


@router.do
def abandon(asked: Abandon, ctx: Context, *, fleet: Fleet) -> list[Act]:
    """Remove it."""
    stuf = find_to_act(fleet, asked.stuf, ctx, "abandon")
    return begin(fleet, OperationKind.ABANDON, stuf, ctx, f"Removing `{stuf.slug}`")


@router.on("sense", "abandon")
def sense(ctx: Context, *, fleet: Fleet) -> bool:
    """Where there is a STUF that is theirs to remove."""
    return any(may_act(stuf, ctx) for stuf in visible(fleet, ctx))
