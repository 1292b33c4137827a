"""Plan, confirm, do: what changes something is planned, shown and carried out here, and only here.

A plan is made again, with the asker's authority of that moment, before it is carried out.
"""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Bus
from stuf_bot.chat import plan_wording as words
from stuf_bot.chat import plans
from stuf_bot.chat.contexts import Contexts
from stuf_bot.chat.listening import Listening
from stuf_bot.chat.outside import channel
from stuf_bot.chat.plans import KEY, Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Direct, Topic
from stuf_bot.policy import Policy, Way
from stuf_bot.store.conversation_tables import PlanRow, load_place


class Proposals:
    """Shows plans and carries out those that are confirmed. `home` is the channel for plans of no channel."""

    def __init__(  # noqa: PLR0913 - all that have a say in it.
        self,
        bus: Bus,
        *,
        policy: Policy,
        access: Access,
        contexts: Contexts,
        listening: Listening,
        home: str,
    ) -> None:
        self._bus = bus
        self._policy = policy
        self._access = access
        self._contexts = contexts
        self._listening = listening
        self._home = home

    def decide(self, asked: BaseModel, ctx: Context, *, show: bool = False) -> list[Act]:
        """Show the plan of what is asked, or do it at once where nobody has to confirm it.

        With `show` the plan is shown whatever the policy says. Raises Refusal.
        """
        plan = self.plan(asked, ctx)
        way = self._policy.of(plan.effect, plan.stuf)
        if way is Way.NONE and not show:
            return self._do(asked, ctx)
        return self._propose(asked, plan, _confirmed(way), ctx)

    def plan(self, asked: BaseModel, ctx: Context) -> Plan:
        """What would be done for this person now. Raises Refusal where they may not, or it cannot be done."""
        role = getattr(asked, "role", Role.MEMBER)
        self._access.require(Role(role), ctx.roles, getattr(asked, "words", type(asked).__name__))
        plan: Plan = self._bus.plan_handler(type(asked))(asked, ctx)
        return plan

    def asked(self, row: PlanRow) -> BaseModel:
        """What was asked for."""
        return self._bus.planned(row.kind).model_validate(row.payload)

    def asker(self, row: PlanRow, ctx: Context) -> Context:
        """Who asked, as they are now, where they asked. Raises Refusal where they may do nothing any more."""
        asker = self._contexts.of(
            ctx.session, row.person_id, load_place(row.place), message_id=ctx.message_id, cause=row.cause
        )
        if asker is None:
            raise Refusal("asker-gone", words.asker_gone(row.person_id))
        return asker

    def carry_out(self, row: PlanRow, ctx: Context) -> list[Act]:
        """Do what the plan says, at the word of the person of `ctx`, or show how it has changed. Raises Refusal."""
        asker = self.asker(row, ctx)
        asked = self.asked(row)
        plan = self.plan(asked, asker)
        way = _confirmed(self._policy.of(plan.effect, plan.stuf))
        tag = Tag.PLAN_CONFIRMED if row.person_id == ctx.person.user_id else Tag.PLAN_APPROVED
        if plans.digest(asked, plan, way) != row.digest:
            plans.note(row, tag, "refused", at=ctx.now, actor_id=ctx.person.user_id, reason_code="changed")
            self.end(row, "changed", ctx.session)
            return [asker.reply(words.CHANGED), *self._propose(asked, plan, way, asker)]
        plans.note(row, tag, "done", at=ctx.now, actor_id=ctx.person.user_id)
        self.end(row, "confirmed", ctx.session)
        return self._do(asked, asker)

    def end(self, row: PlanRow, state: str, session: Session) -> None:
        """The plan waits no longer."""
        plans.end(row, state)
        self._listening.changed(session)

    def await_code(self, row: PlanRow, session: Session) -> None:
        """Confirmed, but for the one-time code."""
        row.state = "code"
        self._listening.changed(session)

    def _propose(self, asked: BaseModel, plan: Plan, way: Way, ctx: Context) -> list[Act]:
        place: Topic | Direct = ctx.place
        name = plan.channel or self._home
        if way is Way.TWO_PEOPLE and isinstance(place, Direct):
            # A second person has to see it.
            place = self._contexts.topic(name, words.APPROVALS)
        row = plans.store(asked, plan, way, place, ctx)
        self._listening.changed(ctx.session)
        question, buttons = words.buttons(way, row.id)
        text = f"{plan.text}\n\n{words.how(way, row.id, plans.word(row), ctx.person)}"
        acts: list[Act] = [
            Post(to=place, content=text, key=f"{KEY}{row.id}"),
            Post(to=place, content=question, key=f"{KEY}{row.id}:ask", choices=buttons),
        ]
        if place != ctx.place:
            note = words.UP_FOR_APPROVAL.format(where=channel(name, words.APPROVALS), plan=row.id)
            acts.append(ctx.reply(note))
        return acts

    def _do(self, asked: BaseModel, ctx: Context) -> list[Act]:
        return list(self._bus.deed_handler(type(asked))(asked, ctx))


def _confirmed(way: Way) -> Way:
    """A plan that is shown is confirmed somehow."""
    return Way.SELF if way is Way.NONE else way
