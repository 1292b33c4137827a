"""Begins an operation for a person, or says what is in the way."""

from collections.abc import Callable

from handlers._words import KINDS, topic_of
from handlers.operation_audit import begun
from provisioning.fleet import Busy, Fleet, NothingToRetry, Operation, OperationKind, Stuf
from stuf_bot.acts import Act
from stuf_bot.chat.format import moment
from stuf_bot.chat.outside import channel
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import silent_mention


def begin(fleet: Fleet, kind: OperationKind, stuf: Stuf, ctx: Context, doing: str) -> list[Act]:
    """Begin a new operation. Raises Refusal while another one holds the STUF's lock."""

    def start() -> Operation:
        return fleet.begin(
            ctx.session,
            kind,
            stuf.slug,
            person_id=ctx.person.user_id,
            person_name=ctx.person.name,
            reason=f"{kind.value} {stuf.slug}",
        )

    return _started(start, stuf, ctx, doing)


def again(fleet: Fleet, stuf: Stuf, ctx: Context, doing: str, *, adopt_files: bool = False) -> list[Act]:
    """Continue the last operation from the step that failed. Raises Refusal when nothing failed."""

    def start() -> Operation:
        return fleet.retry(
            ctx.session,
            stuf.slug,
            person_id=ctx.person.user_id,
            person_name=ctx.person.name,
            adopt_files=adopt_files,
        )

    return _started(start, stuf, ctx, doing)


def _started(start: Callable[[], Operation], stuf: Stuf, ctx: Context, doing: str) -> list[Act]:
    try:
        operation = start()
    except Busy as busy:
        held = busy.operation
        raise Refusal(
            "busy",
            f"`{stuf.slug}` is locked: {KINDS[held.kind].lower()} `{held.id}`, asked for by {silent_mention(held.person_id)} at "
            f"{moment(held.started_at)}, is not finished. See {channel(stuf.channel, topic_of(held))}.",
            f"status {stuf.slug}",
        ) from None
    except NothingToRetry:
        raise nothing_failed(stuf) from None
    begun(ctx, operation, stuf)
    return [
        ctx.reply(
            f"{doing}: follow it in {channel(stuf.channel, topic_of(operation))}. I tell you how it ends."
        )
    ]


def nothing_failed(stuf: Stuf) -> Refusal:
    """For what continues an operation that did not fail."""
    return Refusal(
        "nothing-failed",
        f"The last operation of `{stuf.slug}` did not fail, so there is nothing to continue.",
        f"status {stuf.slug}",
    )
