"""Which runs the bot has started itself, for operations: their cards tell of them.

Titles of runs are what anybody may write (that of a push is its commit's message), so a title alone says nothing.
"""

import re
from typing import Final

from handlers.github.reading import Facts, ReadContext, Repository
from provisioning.fleet import Operation, split_attempt

_ATTEMPT: Final = re.compile(r"\((op-[a-z0-9]{1,20}-[0-9]{1,4})\)")
_DISPATCH: Final = "workflow_dispatch"


class TitledRun(Facts):
    """What of a run says whose it is. `event` is what started it."""

    id: int = 0
    event: str = ""
    display_title: str = ""


def belongs_to_operation(ctx: ReadContext, repository: Repository, run: TitledRun) -> bool:
    """Whether this run of the repository is one that the bot started for an operation.

    Once the operation knows its run, it is that one and no other.
    """
    found = _ATTEMPT.search(run.display_title)
    if found is None or run.event != _DISPATCH or not _is_control(ctx, repository):
        return False
    operation = _operation(ctx, found[1])
    if operation is None:
        return False
    if operation.attempt_id == found[1] and operation.run_id is not None:
        return operation.run_id == run.id
    return True


def starts_operation(ctx: ReadContext, repository: Repository, attempt: object) -> bool:
    """Whether a `workflow_dispatch` of the repository with this input `operation` is the bot's own."""
    if not isinstance(attempt, str) or not _ATTEMPT.fullmatch(f"({attempt})"):
        return False
    return _is_control(ctx, repository) and _operation(ctx, attempt) is not None


def _is_control(ctx: ReadContext, repository: Repository) -> bool:
    return ctx.fleet.repositories.is_control(repository.full_name)


def _operation(ctx: ReadContext, attempt: str) -> Operation | None:
    return ctx.fleet.operation(ctx.session, split_attempt(attempt)[0])
