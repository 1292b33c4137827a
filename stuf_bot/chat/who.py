"""Who may give a command, in words, from its declaration."""

from collections.abc import Callable

from stuf_bot.access import Role
from stuf_bot.chat.arguments import Argument
from stuf_bot.chat.fields import mark
from stuf_bot.messages import Command, Effect

EVERYBODY = "everybody in the organisation"
LOOKING = "the STUF's TAs, viewers, operators and administrators"
ACTING = "the STUF's TAs, operators and administrators"


def who_may(kind: type[Command], granted_by: Callable[[Role], str]) -> str:
    """The people, such as `the STUF's TAs, operators and administrators`; `granted_by` names those of a role."""
    if kind.open_to:
        return kind.open_to
    role = Role(kind.role)
    if role is not Role.MEMBER:
        return granted_by(role)
    if not takes_stuf(kind):
        return EVERYBODY
    return LOOKING if kind.effect is Effect.READS else ACTING


def takes_stuf(kind: type[Command]) -> bool:
    """Whether the command is about a STUF that has to be named."""
    marks = [mark(field, Argument) for field in kind.model_fields.values() if field.is_required()]
    return any(each is not None and each.noun == "stuf" for each in marks)
