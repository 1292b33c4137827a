"""The card of an operation: the first message of its topic, kept current."""

from sqlalchemy.orm import Session

from handlers import _operation_record
from handlers._words import ENDS, KINDS, step_line, topic_of
from provisioning.events import OperationChanged
from provisioning.fleet import Fleet, Operation, OperationKind, OperationState, Stuf, split_attempt
from stuf_bot.acts import Act, Card
from stuf_bot.bus import Router
from stuf_bot.chat.format import duration, moment, spoiler
from stuf_bot.chat.outside import block, inline, link
from stuf_bot.context import EventContext
from stuf_bot.places import Topic, silent_mention
from stuf_bot.relays import Objects

router = Router()

# The reason code of the workflow where an earlier STUF left its files.
KEPT = "files-kept"
NEXT = "Next: `test {slug}` tries an upload from end to end, `deployments {slug}` lists what was deployed."


def card_key(operation: Operation) -> str:
    """The key of an operation's card in the outbox."""
    return f"operation:{operation.id}:card"


@router.event
def show(changed: OperationChanged, ctx: EventContext, *, fleet: Fleet) -> list[Act]:
    """Draw the card from the state now, not from the event: late events draw nothing old."""
    return drawn(ctx.session, fleet, changed.operation_id)


def running(session: Session, fleet: Fleet) -> list[Act]:
    """The cards of all operations that are not finished, so that none grows too old to be edited."""
    found = (split_attempt(attempt_id)[0] for _, attempt_id in fleet.waiting(session))
    return [act for operation_id in found for act in drawn(session, fleet, operation_id)]


def record_key(operation_id: str) -> str:
    """Where it is kept what the attempts of an operation left behind: {attempt id: AttemptRecord}."""
    return f"operation:{operation_id}:record"


def drawn(session: Session, fleet: Fleet, operation_id: str) -> list[Act]:
    """The card as it stands now; nothing for an operation that nobody knows."""
    operation = fleet.operation(session, operation_id)
    stuf = fleet.stuf_of_operation(session, operation_id)
    if operation is None or stuf is None:
        return []
    place = Topic(channel=stuf.channel, topic=topic_of(operation))
    left = _left(session, operation, stuf)
    return [Card(to=place, key=card_key(operation), content=card(operation, left))]


def _left(session: Session, operation: Operation, stuf: Stuf) -> list[str]:
    """What this attempt left in the instance repository, once it is read."""
    records = Objects().read(session, record_key(operation.id)) if not operation.active else None
    record = (records or {}).get(operation.attempt_id)
    return _operation_record.lines(record, operation, stuf) if record else []


def card(operation: Operation, left: list[str] | None = None) -> str:
    """The card's text; `left` are lines (safe Markdown) about what the attempt left behind."""
    head = f"**{KINDS[operation.kind]} `{operation.slug}`**: {ENDS[operation.state]}"
    facts = [f"Asked for by {silent_mention(operation.person_id)} at {moment(operation.started_at)}"]
    if operation.attempt > 1:
        facts.append(f"attempt {operation.attempt}")
    if operation.run_url:
        facts.append(link("workflow run", operation.run_url))
    if operation.ended_at:
        facts.append(f"took {duration((operation.ended_at - operation.started_at).total_seconds())}")
    lines = [head, " · ".join(facts), "", *(f"{step_line(step)}  " for step in operation.steps)]
    if left:
        lines += ["", *left]
    if operation.failure:
        lines += ["", *_failure(operation)]
    if operation.state is OperationState.SUCCEEDED and operation.kind is OperationKind.PROVISION:
        lines += ["", NEXT.format(slug=operation.slug)]
    return "\n".join(lines)


def _failure(operation: Operation) -> list[str]:
    failure = operation.failure
    if failure is None or operation.state is not OperationState.FAILED:
        return []
    step = operation.failed_step
    where = f"**{step}** failed" if step else "It failed"
    lines = [f"{where} (`{failure.code}`): {inline(failure.sentence, 600)}"]
    if failure.log_tail:
        lines.append(spoiler("Last lines of the log", block("\n".join(failure.log_tail))))
    if failure.code == KEPT:
        lines.append(f"An administrator may type `retry {operation.slug} adopt` to take the kept files over.")
    lines.append(
        f"Type `retry {operation.slug}` to continue from the failed step, "
        f"or `abandon {operation.slug}` to remove what was made."
    )
    return lines
