"""`assign`: who works on an issue."""

import re
from typing import Annotated, Final

from pydantic import Field

from handlers.sentry.changing import change, plan_of
from handlers.sentry.resolve import DECIDING
from handlers.sentry.target import target
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from provisioning.sentry.changes import Change
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest, without_code_marks
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.known import KnownHere
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errands import Errands
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.relays import Objects, People, Relays

router = Router()

WHO = "Say to whom: `assign @…`, `assign me`, `assign #team` (a team of Sentry), or `assign nobody`."
NO_ACCOUNT = "I do not know {who}'s account in Sentry. They type {me} with their name there; until then assign it in Sentry."
_TEAM: Final = re.compile(r"(?:#|team\s+#?)(?P<slug>[A-Za-z0-9_-]{1,50})", re.IGNORECASE)
_NOBODY: Final = frozenset({"nobody", "no one", "none"})


class Assign(
    Command,
    words="assign",
    effect=Effect.CHANGES,
    tag=Tag.ISSUE_ASSIGNED,
    open_to=DECIDING,
    examples=("assign @**Tess Architect**", "assign me", "assign ACME-AUDIT-4F #backend", "assign nobody"),
):
    """Assign an issue of Sentry to a person or a team.

    A team is one of Sentry's, by its slug: `#backend` or `team backend`. A person has to have said who they are
    in Sentry: `me sentry NAME`.
    """

    what: Annotated[
        str,
        Rest(),
        Field(title="issue and who", description="the issue's short id, and `@…`, `me`, `#team` or `nobody`"),
    ]


@router.plan
def plan(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Assign,
    ctx: Context,
    *,
    objects: Objects,
    relays: Relays,
    fleet: Fleet,
    people: People,
    directory: Directory,
) -> Plan:
    """Which one, to whom. Raises Refusal."""
    record, who = target(asked.what, ctx, "assign", objects=objects, relays=relays, fleet=fleet)
    return plan_of(record, _read(who, ctx, people, directory)[1])


@router.do
def assign(  # noqa: PLR0913 - what is named here is handed in by name.
    asked: Assign,
    ctx: Context,
    *,
    objects: Objects,
    relays: Relays,
    fleet: Fleet,
    people: People,
    directory: Directory,
    errands: Errands,
) -> list[Act]:
    """Ask Sentry for it."""
    record, who = target(asked.what, ctx, "assign", objects=objects, relays=relays, fleet=fleet)
    wanted, what = _read(who, ctx, people, directory)
    return change(record, wanted, what, typed=f"assign {record.name} {who}", ctx=ctx, errands=errands)


def _read(who: str, ctx: Context, people: People, directory: Directory) -> tuple[Change, str]:
    """The change, and how it is said. Raises Refusal."""
    words = without_code_marks(who.removeprefix("to "))
    if not words:
        raise Refusal("bad-arguments", WHO, "help assign")
    if words.lower() in _NOBODY:
        return changes.unassign(), "assign it to nobody"
    if team := _TEAM.fullmatch(words):
        slug = team["slug"].lower()
        return changes.assign_team(slug), f"assign it to the team {inline(slug)}"
    try:
        person = KnownHere(directory, ctx.person, ctx.now, tuple).person(words)
    except Refusal as refusal:
        raise Refusal(refusal.code, f"{refusal.what} {WHO}", "help assign") from None
    account = people.account(ctx.session, "sentry", person.user_id)
    if account is None:
        told = NO_ACCOUNT.format(who=person.silent_mention, me=ctx.type_this("me sentry"))
        raise Refusal("no-sentry-account", told)
    return changes.assign_member(account), f"assign it to {person.silent_mention}"
