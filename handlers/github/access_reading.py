"""Asks GitHub who may read a STUF's repository, and tells what no webhook told: invitations above all."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from handlers.github.access import may
from handlers.github.access_ledger import Change, Place, of_repository, shown, tell, told_since
from handlers.github.reading import Account, Hook, Json, ReadContext, Repository
from handlers.github.shared import person, quoted
from provisioning.events import OperationEnded
from provisioning.fleet import Fleet, OperationKind, Stuf, StufState
from provisioning.github_access import ACCESS, EVERY
from stuf_bot.acts import Act, Lane
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import DeliveryReceived, ErrandEnded
from stuf_bot.relays import Objects, People, Relay, Relays

router = Router()

INVITED = "{who} is invited and {may} {name} once they accept. They have 7 days."
ACCEPTED = "{who} accepted the invitation, and {may} {name} now."
LAPSED = "The invitation of {who} to {name} has lapsed: they did not accept in 7 days. Next: invite them again on GitHub."
WITHDRAWN = "The invitation of {who} to {name} is withdrawn."
GAINED = "{what} {may} {name} now. I learned of it when I asked GitHub, which does not say who did it."
LOST = "{what} may no longer read {name}. I learned of it when I asked GitHub, which does not say who did it."
PUBLIC = (
    "🚨 **Everybody** may read {name}. I learned of it when I asked GitHub, which does not say who did it."
)

KINDS: Final = frozenset(
    {"deploy_key", "installation_repositories", "member", "public", "repository", "team", "team_add"}
)
# GitHub's own lists follow its webhooks by a moment.
_SOON: Final = timedelta(seconds=10)
_WORDS: Final = {"people": "", "teams": "The team ", "keys": "The deploy key "}
_THINGS: Final = {"people": "member", "teams": "team", "keys": "key"}


@router.event
def look_again(delivery: DeliveryReceived, ctx: EventContext, *, fleet: Fleet, errands: Errands) -> list[Act]:
    """After a change of access, ask how it stands."""
    if delivery.source == "github" and delivery.kind in KINDS:
        name = Hook.of(delivery.body).repository.full_name
        stuf = fleet.by_repository(ctx.session, name) if name else None
        if stuf is not None:
            _ask(errands, ctx, stuf, delivery.delivery_id)
    return []


@router.event
def look_after(ended: OperationEnded, ctx: EventContext, *, fleet: Fleet, errands: Errands) -> list[Act]:
    """After a provisioning, which invites the TA's account."""
    operation = fleet.operation(ctx.session, ended.operation_id)
    stuf = fleet.stuf_of_operation(ctx.session, ended.operation_id)
    if operation and stuf and ended.succeeded and operation.kind is OperationKind.PROVISION:
        _ask(errands, ctx, stuf, operation.attempt_id)
    return []


@router.event
def look_round(ended: ErrandEnded, ctx: EventContext, *, fleet: Fleet, errands: Errands) -> list[Act]:
    """By the clock, for every STUF that is ready."""
    if ended.kind == EVERY:
        for stuf in fleet.all(ctx.session):
            if stuf.state is StufState.READY:
                _ask(errands, ctx, stuf, f"{stuf.slug}:{ended.number}")
    return []


@router.event
def take(  # noqa: PLR0913 - what it works with, by name.
    ended: ErrandEnded,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
) -> list[Act]:
    """Tell what is not known yet, and show on the card how it stands."""
    if ended.kind != ACCESS or not ended.succeeded:
        return []
    stuf = fleet.get(ctx.session, str(ended.payload.get("slug", "")))
    if stuf is None or stuf.outputs is None or stuf.outputs.repository != ended.payload.get("repository"):
        return []
    reading = ReadContext(
        session=ctx.session, stuf=stuf, objects=objects, people=people, fleet=fleet, now=ctx.now
    )
    return [
        act for one in taken(reading, stuf, ended.result) for act in relays.say(ctx.session, one, ctx.now)
    ]


def taken(ctx: ReadContext, stuf: Stuf, readers: Json) -> list[Relay]:
    """What `readers` (of GitHubAccess) says that was not known. The first time it is only remembered."""
    place = of_repository(ctx, _repository(stuf))
    key = place.subject.key
    facts = ctx.objects.read(ctx.session, key) or {}
    former, since = facts.get("readers"), facts.get("read_at", "")
    # A part that could not be read this time is as it was.
    now = {name: (former or {}).get(name) if part is None else part for name, part in readers.items()}
    ctx.objects.keep(ctx.session, key, ctx.scope, {**facts, "readers": now, "read_at": ctx.now.isoformat()})
    if not former:
        return []
    unknown = [
        change
        for change in _changes(ctx, place, former, now)
        if not told_since(ctx, place, change.thing, since)
    ]
    told = [tell(Hook(), ctx, place, change) for change in unknown]
    return told or ([shown(Hook(), ctx, place)] if facts.get("changes") else [])


def _changes(ctx: ReadContext, place: Place, former: Json, now: Json) -> Iterator[Change]:
    invited = former.get("invited") or {}
    if now.get("public") and not former.get("public"):
        text = PUBLIC.format(name=place.name)
        yield Change(thing="visibility", said="visibility:public", text=text, lane=Lane.INCIDENT)
    for part in ("people", "teams", "keys"):
        before, after = former.get(part), now.get(part)
        if before is None or after is None:
            continue
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) == after.get(name):
                continue
            accepted = part == "people" and name in invited
            text = (ACCEPTED if accepted else GAINED) if name in after else LOST
            what = _what(ctx, part, name)
            said = text.format(who=what, what=what, may=may(after.get(name, "")), name=place.name)
            yield Change(
                thing=f"{_THINGS[part]}:{name}", said=f"read:{after.get(name)}", text=said, expected=accepted
            )
    yield from _invitations(ctx, place, former, now)


def _invitations(ctx: ReadContext, place: Place, former: Json, now: Json) -> Iterator[Change]:
    before, after = former.get("invited"), now.get("invited")
    if before is None or after is None:
        return
    for name in sorted(before.keys() | after.keys()):
        if name in after and name not in before:
            text, said = INVITED, "invited"
        elif name in before and name not in after and name not in (now.get("people") or {}):
            lapsed = name in now.get("lapsed", ())
            text, said = (LAPSED, "lapsed") if lapsed else (WITHDRAWN, "withdrawn")
        else:
            continue
        told = text.format(who=_what(ctx, "people", name), may=may(after.get(name, "")), name=place.name)
        yield Change(
            thing=f"invitation:{name}",
            said=f"{said}:{ctx.now.isoformat()}",
            text=told,
            expected=said != "invited",
        )


def _what(ctx: ReadContext, part: str, name: str) -> str:
    return person(Account(login=name), ctx) if part == "people" else f"{_WORDS[part]}{quoted(name, 60)}"


def _ask(errands: Errands, ctx: EventContext, stuf: Stuf, key: str) -> None:
    if stuf.outputs is not None:
        payload: dict[str, Any] = {"slug": stuf.slug, "repository": stuf.outputs.repository}
        errands.put(ctx.session, ACCESS, key, payload, order=f"{ACCESS}:{stuf.slug}", at=ctx.now + _SOON)


def _repository(stuf: Stuf) -> Repository:
    outputs = stuf.outputs
    if outputs is None:
        return Repository()
    name = outputs.repository.rpartition("/")[2]
    return Repository(name=name, full_name=outputs.repository, html_url=outputs.repository_url)
