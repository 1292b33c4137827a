"""Plan, confirm, do: a plan is shown, good once, for fifteen minutes, and only for who asked."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.acts import Act, Choice, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Bus
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Direct, Topic, conversation
from stuf_bot.store.conversation_tables import PlanRow, load_place, store_place

GOOD_FOR = timedelta(minutes=15)
CONFIRM_EMOJI = frozenset({"+1", "thumbs_up", "check", "check_mark"})
_KEY = "plan:"
_ASK = ":ask"
EXPIRED = "The plan above is no longer good: nobody confirmed it within 15 minutes. Nothing was changed. Ask again for a new one."


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done: `kind` names the handler that does it, with `payload`.

    `basis` is what the plan was made from besides the payload (states, prices): a change of it
    between showing and confirming makes the plan void.
    """

    kind: str
    payload: Mapping[str, Any]
    text: str
    basis: str = ""

    @property
    def digest(self) -> str:
        """The hash by which the plan is confirmed as shown."""
        content = json.dumps(
            [self.kind, dict(self.payload), self.basis], sort_keys=True, separators=(",", ":"), default=str
        )
        return hashlib.sha256(content.encode()).hexdigest()


def propose(plan: Plan, ctx: Context) -> list[Act]:
    """Show the plan and wait for the word. An older plan of the same person here is void."""
    for row in _open(ctx.session, ctx.place, ctx.person.user_id):
        _end(row, "superseded")
    row = PlanRow(
        id=secrets.token_hex(6),
        kind=plan.kind,
        payload=dict(plan.payload),
        digest=plan.digest,
        person_id=ctx.person.user_id,
        place=store_place(ctx.place),
        asked_in=conversation(ctx.place),
        state="open",
        created_at=ctx.now,
        expires_at=ctx.now + GOOD_FOR,
    )
    ctx.session.add(row)
    text = (
        f"{plan.text}\n\n{ctx.person.silent_mention}: type `confirm`, or react with 👍 to this message, to start. "
        "`cancel` leaves everything as it is. The plan is good for 15 minutes, once, for you alone."
    )
    buttons = (Choice(label="confirm", reply="confirm"), Choice(label="cancel", reply="cancel"))
    return [
        Post(to=ctx.place, content=text, key=_KEY + row.id),
        Post(
            to=ctx.place,
            content="Start it? `confirm` or `cancel`",
            key=f"{_KEY}{row.id}{_ASK}",
            choices=buttons,
        ),
    ]


class Confirmation:
    """Takes the word or the reaction of people and hands confirmed plans to their handlers."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._shown: set[str] = set()

    def load(self, session: Session) -> None:
        """Remember where plans are shown; at start and whenever one is shown or ends."""
        self._shown = set(session.scalars(select(PlanRow.asked_in).where(PlanRow.state == "open")))

    def listens(self, place: Topic | Direct) -> bool:
        """Whether a plan is open here, so that `confirm` and `cancel` need no mention."""
        return conversation(place) in self._shown

    def by_word(self, ctx: Context) -> list[Act]:
        """`confirm`: the newest open plan of this person, here or, if there is just one, anywhere.

        Raises Refusal when there is none, or it is somebody else's.
        """
        here = _open(ctx.session, ctx.place, ctx.person.user_id)
        rows = here or _open(ctx.session, None, ctx.person.user_id)
        if not rows:
            raise self._nothing_to_confirm(ctx)
        if len(rows) > 1 and not here:
            raise Refusal(
                "which-plan",
                "You have several plans open. Type `confirm` in the conversation that shows the one you mean.",
            )
        return self._confirm(rows[-1], ctx)

    def by_reaction(self, post_key: str, ctx: Context) -> list[Act]:
        """👍 on a plan's message. Reactions to anything else do nothing. Raises Refusal like `by_word`."""
        if not post_key.startswith(_KEY):
            return []
        # A thumb goes as naturally to the question below the plan.
        row = ctx.session.get(PlanRow, post_key.removeprefix(_KEY).removesuffix(_ASK))
        if row is None or row.state != "open":
            return []
        there = replace(ctx, place=load_place(row.place))
        if row.person_id != ctx.person.user_id:
            _note(row, ctx, "refused", "not-yours")
            return [there.reply(f"{ctx.person.silent_mention}: {_not_yours(row)}")]
        return self._confirm(row, there)

    def cancel(self, ctx: Context) -> list[Act]:
        """Withdraw the newest open plan of this person. Raises Refusal when there is none."""
        rows = _open(ctx.session, ctx.place, ctx.person.user_id)
        if not rows:
            raise Refusal("nothing-open", "There is nothing of yours to cancel here.", "help")
        _note(rows[-1], ctx, "cancelled")
        _end(rows[-1], "cancelled")
        return [ctx.reply("Cancelled. Nothing was changed.")]

    def _confirm(self, row: PlanRow, ctx: Context) -> list[Act]:
        if ctx.now >= row.expires_at:
            _note(row, ctx, "refused", "expired")
            _end(row, "expired")
            return [
                ctx.reply(
                    "That plan was good until 15 minutes after it was shown. Please ask again; I show a new one."
                )
            ]
        payload = dict(row.payload)
        digest = row.digest
        _note(row, ctx, "done")
        _end(row, "confirmed")
        acts = self._bus.named_handler("plan", row.kind)(payload, digest, ctx)
        return list(acts)

    def _nothing_to_confirm(self, ctx: Context) -> Refusal:
        others = _open(ctx.session, ctx.place, None)
        if others:
            return Refusal("not-yours", _not_yours(others[-1]))
        return Refusal("nothing-open", "There is no plan here that waits for your word.", "help")


def _not_yours(row: PlanRow) -> str:
    return (
        f"only @_**|{row.person_id}**, who asked, can confirm this plan. Nothing was started. "
        "To have a plan of your own, ask for it yourself."
    )


def _open(session: Session, place: Topic | Direct | None, person_id: int | None) -> list[PlanRow]:
    query = select(PlanRow).where(PlanRow.state == "open").order_by(PlanRow.created_at)
    if place is not None:
        query = query.where(PlanRow.asked_in == conversation(place))
    if person_id is not None:
        query = query.where(PlanRow.person_id == person_id)
    return list(session.scalars(query))


def _note(row: PlanRow, ctx: Context, outcome: str, reason_code: str = "") -> None:
    """Who answered which plan, and how, for the audit log: by the plan's hash, without what it holds."""
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.PLAN_CANCELLED if outcome == "cancelled" else Tag.PLAN_CONFIRMED,
        actor_id=ctx.person.user_id,
        outcome=outcome,
        place=row.asked_in,
        reason_code=reason_code,
        cause=f"plan:{row.id}",
        details={
            "kind": row.kind,
            "digest": row.digest,
            "stuf": row.payload.get("stuf") or row.payload.get("slug"),
        },
    )


def _end(row: PlanRow, state: str) -> None:
    row.state = state
    row.payload = {}


def expire(session: Session, now: datetime) -> list[Act]:
    """Void the plans whose time is over, forget what they held, and say so where they were shown."""
    acts: list[Act] = []
    for row in _open(session, None, None):
        if now >= row.expires_at:
            _end(row, "expired")
            acts.append(Post(to=load_place(row.place), content=EXPIRED, key=f"{_KEY}{row.id}:expired"))
    return acts
