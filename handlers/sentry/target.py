"""Which issue a command is about, and whether this person may work on it."""

import re
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers._fleet import ACTIVE, find_to_act, may_see
from handlers.sentry import record as records
from handlers.sentry.record import PREFIX, Record
from provisioning.fleet import Fleet
from stuf_bot.access import Role
from stuf_bot.chat.arguments import said, without_code_marks
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Topic
from stuf_bot.relays import Objects, Relays
from stuf_bot.store.relay_tables import SubjectRow

NO_ISSUE = (
    "`{words}` is about one issue of Sentry. Type it in the topic of that issue, or with its short id: "
    "{example}. {errors} lists them."
)
UNKNOWN = "There is no issue {name} that you may see. {errors} lists those there are."
FLEET_ONLY = "`{words}` for an issue of no STUF is for operators and administrators. Ask one of them."
_LIKE_ID: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*-(?=[0-9A-Za-z]*[0-9A-Z])[0-9A-Za-z]{1,8}"
)


def issue_in(
    session: Session, objects: Objects, relays: Relays, channel: str | None, topic: str
) -> Record | None:
    """The issue whose topic this is."""
    subject = relays.subject_at(session, channel, topic) if channel else None
    if subject is None or not subject.key.startswith(PREFIX):
        return None
    return records.read(session, objects, subject.key.removeprefix(PREFIX))


def issue_called(session: Session, objects: Objects, short_id: str) -> Record | None:
    """The issue with this short id, whatever the case."""
    key = session.scalar(
        select(SubjectRow.key).where(
            SubjectRow.label_key == short_id.casefold(), SubjectRow.key.startswith(PREFIX)
        )
    )
    return records.read(session, objects, key.removeprefix(PREFIX)) if key else None


def is_visible(record: Record, ctx: Context, fleet: Fleet) -> bool:
    """Whether this person may know of it: those who may see its STUF, and of the fleet's who may see all."""
    if not record.stuf:
        return Role.VIEWER in ctx.roles
    stuf = fleet.get(ctx.session, record.stuf)
    return stuf is not None and stuf.state in ACTIVE and may_see(stuf, ctx)


def split_target(  # noqa: PLR0913 - what looks it up, by name.
    text: str, ctx: Context, words: str, *, objects: Objects, relays: Relays, fleet: Fleet
) -> tuple[Record, str]:
    """The issue that is meant, and what else was typed: by its short id, or the one whose topic this is.

    Raises Refusal that says how to name one. What may not be seen is as unknown as what does not exist.
    """
    first, _, rest = text.strip().partition(" ")
    name = without_code_marks(first.rstrip(",:"))
    found = issue_called(ctx.session, objects, name) if name else None
    if found and is_visible(found, ctx, fleet):
        return found, rest.strip()
    # Only what could be nothing else: `well-known` begins a sentence.
    if _LIKE_ID.fullmatch(name) and name.upper() == name:
        raise _unknown(name, ctx)
    here = None
    if isinstance(ctx.place, Topic):
        here = issue_in(ctx.session, objects, relays, ctx.channel_name, ctx.place.topic)
    if here is None:
        told = NO_ISSUE.format(
            words=words, example=ctx.type_this(f"{words} ACME-AUDIT-4F"), errors=ctx.type_this("errors")
        )
        raise Refusal("no-issue", told)
    if not is_visible(here, ctx, fleet):
        raise _unknown(here.name, ctx)
    return here, text.strip()


def may_work(record: Record, ctx: Context, fleet: Fleet, words: str) -> None:
    """The TAs of its STUF, operators and administrators may. Raises Refusal that says who may."""
    if record.stuf:
        find_to_act(fleet, record.stuf, ctx, words)
    elif Role.OPERATOR not in ctx.roles:
        raise Refusal("not-allowed", FLEET_ONLY.format(words=words))


def target(  # noqa: PLR0913 - what looks it up, by name.
    text: str, ctx: Context, words: str, *, objects: Objects, relays: Relays, fleet: Fleet
) -> tuple[Record, str]:
    """The issue that is meant and what else was typed, where this person may work on it. Raises Refusal."""
    record, rest = split_target(text, ctx, words, objects=objects, relays=relays, fleet=fleet)
    may_work(record, ctx, fleet, words)
    if record.gone:
        raise Refusal("issue-gone", f"{said(record.name)} is no longer in Sentry.", "errors")
    return record, rest


def _unknown(name: str, ctx: Context) -> Refusal:
    return Refusal("unknown-issue", UNKNOWN.format(name=said(name), errors=ctx.type_this("errors")))
