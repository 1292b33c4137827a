"""The page that lists all commands, made from their declarations."""

import inspect
from collections.abc import Iterable, Sequence

from stuf_bot.access import Role
from stuf_bot.chat import arguments
from stuf_bot.chat.arguments import Argument
from stuf_bot.chat.fields import usage
from stuf_bot.chat.who import who_may
from stuf_bot.messages import Command, Effect

HEAD = """# Commands

Made by `make docs` from the declarations of the commands; do not edit. What is written in capitals is replaced by what
one means, `[…]` can be left out, `a|b` is one or the other. In a channel a command begins with a mention of the bot, in
a direct message it stands alone. `help` shows in the chat what one may do there and then.
"""
TYPING = """
## How arguments are typed

Words with blanks stand in quotes, as in a shell: `"Acme Audit"`. Every argument can also be typed with its name, as
`key=value`, in any order; long ones as lines of a YAML block in a code block below the command. `--plan` behind a
command that changes something shows what it would do. Several commands in one message, one a line, are done in order
up to the first that fails.
"""
WHO = {
    Role.VIEWER: "viewers, operators and administrators",
    Role.ARCHITECT: "Trust Architects and administrators",
    Role.OPERATOR: "operators and administrators",
    Role.ADMINISTRATOR: "administrators",
}
EFFECTS = {
    Effect.READS: "reads",
    Effect.CHANGES: "changes",
    Effect.COSTS: "costs: plan first",
    Effect.DESTROYS: "destroys: plan first",
}
PRIVATELY = "; direct messages only"


def page(commands: Sequence[type[Command]]) -> str:
    """All commands in one table, and below it how their arguments are typed, as Markdown."""
    rows = [
        (_typed(kind), kind.help_line(), who_may(kind, WHO.__getitem__), _effect(kind)) for kind in commands
    ]
    return "\n".join(
        [HEAD, *_table(("Command", "What it does", "Who may", "Effect"), rows), TYPING, *_types(), ""]
    )


def _typed(kind: type[Command]) -> str:
    also = ", ".join(_code(alias) for alias in kind.aliases)
    return _code(usage(kind)) + (f" (also {also})" if also else "")


def _effect(kind: type[Command]) -> str:
    return EFFECTS[kind.effect] + (PRIVATELY if kind.personal else "")


def _types() -> Iterable[str]:
    """Each type of argument with its hint."""
    marks = {
        mark
        for _, kind in inspect.getmembers(arguments, lambda each: hasattr(each, "__metadata__"))
        for mark in kind.__metadata__
        if isinstance(mark, Argument)
    }
    rows = [(_code(mark.label), mark.hint) for mark in sorted(marks, key=lambda mark: mark.label)]
    return _table(("Argument", "How it is typed"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _code(text: str) -> str:
    return f"`{text}`"
