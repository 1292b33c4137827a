"""What all changes of one issue have in common: the plan, the errand, the answer."""

from handlers.sentry.asked import asked_by
from handlers.sentry.asking import UPDATE, ask
from handlers.sentry.record import Record, digest
from provisioning.sentry.changes import Change
from stuf_bot.acts import Act
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Effect

PLAN = "**Plan**: {what}\n{issue} {title}\nSentry shows it to everybody there, and its topic here follows."
ASKED = (
    "{issue}: I have asked Sentry to {what}. Its card follows, and ✔ on your message says that it is done."
)
NOT_CONNECTED = (
    "I am not connected to Sentry's API, so I can change nothing there: an administrator sets `url`, "
    "`organization` and `token` under `[sentry]` in the bot's configuration."
)


def plan_of(record: Record, what: str) -> Plan:
    """The plan to do `what` (safe Markdown) with an issue."""
    issue = record.issue
    name = inline(record.name, 60)
    text = PLAN.format(what=what, issue=name, title=inline(issue.title, 120))
    return Plan(title=f"{what} {name}", text=text, effect=Effect.CHANGES, stuf=record.stuf, basis=issue.id)


def change(  # noqa: PLR0913 - what is done to which, how it is said and typed, and what it takes.
    record: Record, wanted: Change, what: str, *, typed: str, ctx: Context, errands: Errands
) -> list[Act]:
    """Ask Sentry for the change; `typed` is the command with the issue named. Raises Refusal."""
    put(record, wanted, typed, ctx, errands)
    return [ctx.reply(ASKED.format(issue=inline(record.name, 60), what=what))]


def put(record: Record, wanted: Change, typed: str, ctx: Context, errands: Errands) -> None:
    """Put the errand. Raises Refusal where Sentry's API is not connected."""
    asked = asked_by(ctx, typed).model_dump(mode="json")
    # The key outlives the errand, and what is typed may name a person.
    cause = f"{ctx.cause}:{digest(typed)}"
    if not ask(errands, ctx.session, UPDATE, record.issue.id, cause, change=wanted, asked=asked):
        raise not_connected()


def not_connected() -> Refusal:
    """Sentry's API is not configured."""
    return Refusal("sentry-not-connected", NOT_CONNECTED)
