"""`help`: what one may do here and now, and how each command is typed."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stuf_bot.access import Access, Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest, said
from stuf_bot.chat.commands import Commands
from stuf_bot.chat.fields import hint, label, usage
from stuf_bot.chat.format import listing
from stuf_bot.chat.who import who_may
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

OVERVIEW = """I create, deploy and operate STUFs. You can type:
{commands}

`help create` (or any other) shows more. Several commands in one message work too, one a line.{where}"""
IN_A_CHANNEL = " In a channel, begin with {bot}."
PRIVATELY = " (in a direct message to me)"
UNKNOWN = "There is no command {words}."
TRY = " With `--plan` behind it, it shows first what it would do."
PRIVATE_ONLY = " In direct messages only."
FAMILY = "{words} is the beginning of several commands:\n{commands}"
EFFECTS = {
    Effect.READS: "Changes nothing.",
    Effect.CHANGES: "Changes something.",
    Effect.COSTS: "Shows a plan first, with what it costs; nothing is done before you confirm it.",
    Effect.DESTROYS: "Shows a plan first, with what is lost; nothing is done before you confirm it.",
}


class Help(
    Command, words="help", aliases=("?", "commands"), tag=Tag.HELP_SHOWN, examples=("help", "help create")
):
    """Show what you can do here, or how one command is typed."""

    command: Annotated[str, Rest(), Field(title="command", description="the words of a command")] = ""


@router.command
def show_help(asked: Help, ctx: Context, *, commands: Commands, access: Access) -> list[Act]:
    """Everything that this person may do and that makes sense now, or one command in detail."""
    if not asked.command:
        return [ctx.reply(_overview(commands.open_to(ctx), ctx))]
    kind = commands.named(asked.command)
    if kind is not None:
        return [ctx.reply(_detail(kind, ctx, commands, access))]
    family = commands.beginning(asked.command)
    if family:
        return [ctx.reply(FAMILY.format(words=said(asked.command), commands=_lines(family, ctx)))]
    raise _unknown(asked.command, commands)


def _unknown(words: str, commands: Commands) -> Refusal:
    what, near = UNKNOWN.format(words=said(words)), commands.near(words)
    if len(near) == 1:
        return Refusal("unknown-command", f"{what} Did you mean this?", f"help {near[0]}", offer=True)
    perhaps = f" Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
    return Refusal("unknown-command", what + perhaps, "help")


def _overview(mine: Sequence[type[Command]], ctx: Context) -> str:
    where = "" if ctx.private else IN_A_CHANNEL.format(bot=ctx.bot.silent_mention)
    return OVERVIEW.format(commands=_lines(mine, ctx), where=where)


def _lines(kinds: Sequence[type[Command]], ctx: Context) -> str:
    return listing(
        f"`{usage(kind)}`: {_sentence(kind)}" + (PRIVATELY if kind.personal and not ctx.private else "")
        for kind in kinds
    )


def _detail(kind: type[Command], ctx: Context, commands: Commands, access: Access) -> str:
    lines = [f"**{kind.words}**: {_sentence(kind)}", f"Type: `{usage(kind)}`"]
    for name, field in kind.model_fields.items():
        if text := hint(field):
            lines.append(f"- `{label(name, field)}`: {text}")
    if kind.examples:
        lines.append("For example " + ", ".join(ctx.type_this(example) for example in kind.examples) + ".")
    if family := commands.beginning(kind.words):
        lines.append("See also: " + ", ".join(ctx.type_this(f"help {each.words}") for each in family) + ".")
    if kind.aliases:
        lines.append("Also: " + ", ".join(f"`{alias}`" for alias in kind.aliases) + ".")
    may = "" if Role(kind.role) in ctx.roles else " You may not, at the moment."
    lines.append(f"Who may: {who_may(kind, access.granted_by)}.{may}")
    tried = TRY if kind.effect is Effect.CHANGES and commands.has_plan(kind) else ""
    lines.append(EFFECTS[kind.effect] + tried + (PRIVATE_ONLY if kind.personal else ""))
    more = kind.more()
    return "\n".join(lines) + (f"\n\n{more}" if more else "")


def _sentence(kind: type[Command]) -> str:
    line = kind.help_line()
    return line[0].lower() + line[1:]
