"""Tells the person who asked how an operation ended, by mention and in a direct message."""

from handlers._words import step_line, topic_of
from handlers.operation_card import card_key
from provisioning.events import OperationEnded
from provisioning.fleet import Fleet, Operation, OperationKind, Stuf
from stuf_bot import audit
from stuf_bot.acts import Act, Lane, Post, ResolveTopic
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.format import listing
from stuf_bot.chat.outside import channel, inline, web_address
from stuf_bot.context import EventContext
from stuf_bot.places import Direct, Topic

router = Router()

READY = """`{slug}` is **ready**: participants can upload now.
- Address: {address}
- Repository: {repository}
- {people}

Next: `test {slug}` tries an upload from end to end, `status {slug}` shows where it stands."""
TESTED = "The test of `{slug}` **passed**:\n{steps}\n\nThe test file is removed. Next: send {address} to the participants."
ABANDONED = "`{slug}` is **removed**, and its name is free again. Its repository stays, archived. Next: `create` makes a new STUF."
FAILED = """`{slug}`: {kind} **failed** at **{step}** (`{code}`).
{sentence}
Next: {following}."""


@router.event
def tell(ended: OperationEnded, ctx: EventContext, *, fleet: Fleet, directory: Directory) -> list[Act]:
    """One post in the operation's topic that mentions the person, and the same in a direct message."""
    operation = fleet.operation(ctx.session, ended.operation_id)
    stuf = fleet.stuf_of_operation(ctx.session, ended.operation_id)
    if operation is None or stuf is None:
        return []
    text = _text(operation, stuf, succeeded=ended.succeeded)
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.OPERATION_ENDED,
        actor_id=operation.person_id,
        outcome="succeeded" if ended.succeeded else "failed",
        reason_code=operation.failure.code if operation.failure else "",
        cause=ended.key,
        correlation=operation.id,
        details={"stuf": operation.slug, "operation": operation.id, "attempt": ended.attempt},
    )
    place = Topic(channel=stuf.channel, topic=topic_of(operation))
    person = directory.person(operation.person_id)
    mention = person.mention if person else f"@**|{operation.person_id}**"
    key = f"operation:{operation.id}:ended:{ended.attempt}"
    acts: list[Act] = [
        Post(to=place, content=f"{mention} {text}", key=key, lane=Lane.OPERATION),
        Post(
            to=Direct(user_ids=(operation.person_id,)),
            content=f"{text}\nMore in {channel(stuf.channel, topic_of(operation))}.",
            key=f"{key}:direct",
        ),
    ]
    if ended.succeeded:
        acts.append(ResolveTopic(key=card_key(operation)))
    return acts


def _text(operation: Operation, stuf: Stuf, *, succeeded: bool) -> str:
    if not succeeded:
        return _failed(operation)
    if operation.kind is OperationKind.ABANDON or stuf.outputs is None:
        return ABANDONED.format(slug=operation.slug)
    if operation.kind is OperationKind.TEST:
        steps = listing(step_line(step) for step in operation.steps)
        return TESTED.format(slug=operation.slug, steps=steps, address=web_address(stuf.outputs.address))
    return READY.format(
        slug=operation.slug,
        address=web_address(stuf.outputs.address),
        repository=web_address(stuf.outputs.repository_url),
        people="The authorised users can sign in with their e-mail and phone",
    )


def _failed(operation: Operation) -> str:
    failure = operation.failure
    step = operation.failed_step or "the end"
    again = f"`retry {operation.slug}` continues from there"
    following = (
        again
        if operation.kind is OperationKind.TEST
        else f"{again}, `abandon {operation.slug}` removes what was made"
    )
    return FAILED.format(
        slug=operation.slug,
        kind=operation.kind.value,
        step=step,
        code=failure.code if failure else "unknown",
        sentence=inline(failure.sentence, 600) if failure else "The log of the run says more.",
        following=following,
    )
