"""`comment`: what is said in the topic of an issue, for those who read along in Sentry."""

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from handlers.sentry.asked import asked_by
from handlers.sentry.asking import COMMENT, ask
from handlers.sentry.changing import not_connected, plan_of
from handlers.sentry.record import Record, keep
from handlers.sentry.resolve import DECIDING
from handlers.sentry.target import issue_in, target
from provisioning.fleet import Fleet
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.relays import Objects, Relays

router = Router()

EMPTY = "Say what: `comment` and the text, all in one message."
SAID = "{name} (in Zulip): {text}"
LONGEST = 8000
TOO_LONG = "That is longer than Sentry takes ({longest} characters). Say it in two comments."


class Comment(
    Command,
    words="comment",
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_COMMENTED,
    open_to=DECIDING,
    examples=("comment The bucket's policy was changed yesterday", "comment ACME-AUDIT-4F Solved by #12"),
):
    """Comment on an issue in Sentry.

    In the topic of an issue no mention of the bot is needed for it, and what is said to the bot there that is no
    command is a comment as well. ✔ on the message says that Sentry has it.
    """

    text: Annotated[
        str,
        Rest(lines=True, whole=True),
        Field(
            title="text", description="what to say; elsewhere than in the issue's topic its short id first"
        ),
    ]


@router.plan
def plan(asked: Comment, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet) -> Plan:
    """On which one. Raises Refusal."""
    record, _ = _read(asked.text, ctx, objects, relays, fleet)
    return plan_of(record, "comment on it")


@router.do
def comment(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Comment, ctx: Context, *, objects: Objects, relays: Relays, fleet: Fleet, errands: Errands
) -> list[Act]:
    """Ask Sentry to take it; nothing is said until it has."""
    record, text = _read(asked.text, ctx, objects, relays, fleet)
    return say(record, text, ctx, objects, errands)


@router.on("prose", "topic")
def prose(session: Session, channel: str, topic: str, *, objects: Objects, relays: Relays) -> str:
    """What is said in the topic of an issue is a comment on it."""
    found = issue_in(session, objects, relays, channel, topic)
    return Comment.words if found and not found.gone else ""


def say(record: Record, text: str, ctx: Context, objects: Objects, errands: Errands) -> list[Act]:
    """Put the comment. Raises Refusal where Sentry's API is not connected."""
    whole = SAID.format(name=ctx.person.name, text=text)
    asked = asked_by(ctx, f"comment {record.name}").model_dump(mode="json")
    when = ctx.now.isoformat()
    if not ask(
        errands, ctx.session, COMMENT, record.issue.id, ctx.cause, text=whole, asked_at=when, asked=asked
    ):
        raise not_connected()
    # By what it says, for the case that Sentry tells of it before it has answered.
    keep(ctx.session, objects, record.has_said(whole))
    return []


def _read(text: str, ctx: Context, objects: Objects, relays: Relays, fleet: Fleet) -> tuple[Record, str]:
    record, words = target(text, ctx, "comment", objects=objects, relays=relays, fleet=fleet)
    if not words:
        raise Refusal("bad-arguments", EMPTY, "help comment")
    if len(words) > LONGEST:
        raise Refusal("too-long", TOO_LONG.format(longest=f"{LONGEST:,}"))
    return record, words
