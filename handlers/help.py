"""`help`: what one may do here, and how each command is typed."""

from typing import Annotated

from pydantic import Field

from handlers._fleet import visible
from provisioning.fleet import Fleet
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.commands import Commands
from stuf_bot.chat.format import listing
from stuf_bot.chat.grammar import Rest, usage
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command

router = Router()


class Help(
    Command, words="help", aliases=("?", "commands"), tag=Tag.HELP_SHOWN, examples=("help", "help create")
):
    """Show what I can do, or how one command is typed."""

    command: Annotated[str, Rest(), Field(title="command")] = ""


@router.command
def show_help(asked: Help, ctx: Context, *, commands: Commands, access: Access, fleet: Fleet) -> list[Act]:
    """Everything this person may do, or one command in detail."""
    # What is done to a STUF makes sense to those who have one.
    has_any = bool(visible(fleet, ctx))
    mine = [
        kind
        for kind in commands.all()
        if Role(kind.role) in ctx.roles and (has_any or "stuf" not in kind.model_fields)
    ]
    if not asked.command:
        return [ctx.reply(_overview(mine, ctx))]
    kind = commands.named(asked.command)
    if kind is None:
        raise Refusal("unknown-command", f"There is no command {inline(asked.command)}.", "help")
    return [ctx.reply(_detail(kind, ctx, access))]


def _overview(mine: list[type[Command]], ctx: Context) -> str:
    lines = listing(f"`{usage(kind)}`: {_sentence(kind)}" for kind in mine)
    where = "" if ctx.private else f" In a channel, begin with {ctx.bot.silent_mention}."
    return f"I create, deploy and operate STUFs. You can type:\n{lines}\n\n`help create` (or any other) shows more.{where}"


def _detail(kind: type[Command], ctx: Context, access: Access) -> str:
    lines = [f"**{kind.words}**: {_sentence(kind)}", f"Type: `{usage(kind)}`"]
    for name, field in kind.model_fields.items():
        if field.description:
            lines.append(f"- `{(field.title or name).upper()}`: {field.description}")
    if kind.examples:
        lines.append("For example " + ", ".join(ctx.type_this(example) for example in kind.examples) + ".")
    if kind.aliases:
        lines.append("Also: " + ", ".join(f"`{alias}`" for alias in kind.aliases) + ".")
    role = Role(kind.role)
    who = "everybody in the organisation" if role is Role.MEMBER else access.granted_by(role)
    lines.append(f"Who may: {who}." + ("" if role in ctx.roles else " You may not, at the moment."))
    more = kind.more()
    return "\n".join(lines) + (f"\n\n{more}" if more else "")


def _sentence(kind: type[Command]) -> str:
    line = kind.help_line()
    return line[0].lower() + line[1:]
