"""The yes of people to plans, by word, by reaction, by a second person, by a one-time code."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.chat import plan_wording as words
from stuf_bot.chat import plans
from stuf_bot.chat.listening import WAITING
from stuf_bot.chat.plans import KEY
from stuf_bot.chat.proposals import Proposals
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Direct, Topic
from stuf_bot.policy import Way
from stuf_bot.store.conversation_tables import PlanRow, load_place

CONFIRM_EMOJI = frozenset({"+1", "thumbs_up", "check", "check_mark"})
_CODE = re.compile(r"\d{3} ?\d{3}")


class Codes(Protocol):
    """One-time codes of people."""

    def require_enrolled(self, session: Session, user_id: int) -> None:
        """Raises Refusal that says how to enrol, where the person has no authenticator yet."""

    def check(self, session: Session, user_id: int, code: str, now: datetime) -> None:
        """Use up a code. Raises Refusal for a wrong or used one, and while too many were wrong."""


class Confirmation:
    """Takes the answers to plans. `shown` knows whether a post was sent, by its key."""

    def __init__(
        self, proposals: Proposals, codes: Codes, shown: Callable[[Session, str], bool] = lambda *_: False
    ) -> None:
        self._proposals = proposals
        self._codes = codes
        self._shown = shown

    def by_word(self, typed: str, ctx: Context) -> list[Act]:
        """`confirm`: this person's newest open plan, here or, if there is just one, anywhere.

        `typed` is what stands after the word. Raises Refusal when there is none, or more is needed.
        """
        here = plans.waiting(ctx.session, place=ctx.place)
        mine = [row for row in here if row.person_id == ctx.person.user_id]
        if not mine and any(row.way == Way.TWO_PEOPLE for row in here):
            return self.approve(typed, ctx)
        if here and not mine:
            # The word stands under that plan: it must not start another one.
            raise Refusal("not-yours", words.not_yours(here[-1].person_id))
        rows = mine or plans.waiting(ctx.session, person_id=ctx.person.user_id)
        if not rows:
            raise Refusal("nothing-open", words.NOTHING, "approvals")
        if len(rows) > 1 and not mine:
            raise Refusal("which-plan", words.WHICH, "approvals")
        return self._asker_says(rows[-1], typed.strip(), ctx)

    def by_reaction(self, post_key: str, ctx: Context) -> list[Act]:
        """👍 on a message that shows a plan; on anything else it does nothing. Raises Refusal like `by_word`."""
        if not post_key.startswith(KEY):
            return []
        # A thumb goes as naturally to the question below the plan.
        row = plans.find(ctx.session, post_key.split(":")[1])
        if row is None or row.state not in WAITING:
            return []
        if row.person_id == ctx.person.user_id:
            return self._asker_says(row, "", ctx)
        if row.way == Way.TWO_PEOPLE:
            return self._second_says(row, ctx)
        raise Refusal("not-yours", words.not_yours(row.person_id))

    def note_refusal(self, post_key: str, code: str, ctx: Context) -> None:
        """For the audit log: this person's answer to the plan of this message was not taken."""
        row = plans.find(ctx.session, post_key.split(":")[1])
        if row:
            plans.note(
                row,
                Tag.PLAN_CONFIRMED,
                "refused",
                at=ctx.now,
                actor_id=ctx.person.user_id,
                reason_code=code,
            )

    def place_of(self, post_key: str, session: Session) -> Topic | Direct | None:
        """Where the plan of this message is shown, so that it is answered there; None where it shows none."""
        row = plans.find(session, post_key.split(":")[1]) if post_key.startswith(KEY) else None
        return load_place(row.shown_in) if row else None

    def proposed(self, ctx: Context) -> bool:
        """Whether a plan waits for this person that follows from the same message."""
        mine = plans.waiting(ctx.session, person_id=ctx.person.user_id)
        return any(row.cause == ctx.cause for row in mine)

    def approve(self, plan_id: str, ctx: Context) -> list[Act]:
        """A second person's word. Where they cannot have seen the plan, they see it first. Raises Refusal."""
        here = [row for row in plans.waiting(ctx.session, place=ctx.place) if row.way == Way.TWO_PEOPLE]
        row = _named(plan_id.strip().lower(), here, ctx)
        key = f"{KEY}{row.id}:for:{ctx.person.user_id}"
        if row in here or row.person_id == ctx.person.user_id or self._shown(ctx.session, key):
            return self._second_says(row, ctx)
        asked, asker = self._proposals.asked(row), self._proposals.asker(row, ctx)
        # Only who might do it may see it.
        self._proposals.plan(asked, ctx)
        how = words.how(Way.TWO_PEOPLE, row.id, plans.word(row), asker.person)
        return [ctx.reply(f"{self._proposals.plan(asked, asker).text}\n\n{how}", key=key)]

    @staticmethod
    def is_code(text: str, ctx: Context) -> bool:
        """Whether this is six digits in a direct message."""
        return ctx.private and _CODE.fullmatch(text.strip()) is not None

    def by_code(self, text: str, ctx: Context) -> list[Act]:
        """A one-time code for the plan that waits for it; nothing where none does. Raises Refusal."""
        rows = plans.waiting(ctx.session, person_id=ctx.person.user_id)
        row = next((row for row in reversed(rows) if row.state == "code"), None)
        return [] if row is None else self._asker_says(row, text.strip(), ctx)

    def cancel(self, ctx: Context) -> list[Act]:
        """Withdraw the newest open plan of this person, here or else anywhere. Raises Refusal without one."""
        mine = plans.waiting(ctx.session, person_id=ctx.person.user_id)
        here = [row for row in mine if plans.is_in(row, ctx.place)]
        if not mine:
            raise Refusal("nothing-open", words.NOTHING_TO_CANCEL, "help")
        row = (here or mine)[-1]
        plans.note(row, Tag.PLAN_CANCELLED, "cancelled", at=ctx.now, actor_id=ctx.person.user_id)
        self._proposals.end(row, "cancelled", ctx.session)
        return [ctx.reply(words.CANCELLED.format(title=row.title))]

    def _asker_says(self, row: PlanRow, typed: str, ctx: Context) -> list[Act]:
        """The asker's own word, thumb or code: enough, or not."""
        _still_good(row, ctx)
        way, word = Way(row.way), plans.word(row)
        if way is Way.TWO_PEOPLE:
            raise Refusal("needs-second", words.needs_second(row.id))
        if way in {Way.NONE, Way.SELF} and typed not in {"", word}:
            # A sentence may begin with the word.
            raise Refusal("needs-bare-word", words.NEEDS_BARE_WORD, "confirm")
        if way is Way.TYPED and typed != word:
            raise Refusal("needs-typing", words.needs_typing(word))
        if way is Way.CODE:
            if not _CODE.fullmatch(typed):
                return self._ask_code(row, ctx)
            if not ctx.private:
                raise Refusal("code-in-channel", words.CODE_IN_CHANNEL)
            return self._with_code(row, typed, ctx)
        return self._proposals.carry_out(row, ctx)

    def _with_code(self, row: PlanRow, typed: str, ctx: Context) -> list[Act]:
        self._codes.check(ctx.session, ctx.person.user_id, typed.replace(" ", ""), ctx.now)
        try:
            with ctx.session.begin_nested():
                return self._proposals.carry_out(row, ctx)
        except Refusal as refusal:
            # The code is used up all the same.
            refusal.keeps = True
            raise

    def _ask_code(self, row: PlanRow, ctx: Context) -> list[Act]:
        self._codes.require_enrolled(ctx.session, ctx.person.user_id)
        self._proposals.await_code(row, ctx.session)
        asked = ctx.tell(words.ASK_CODE.format(title=row.title))
        return [asked] if ctx.private else [ctx.reply(words.CODE_ASKED), asked]

    def _second_says(self, row: PlanRow, ctx: Context) -> list[Act]:
        _still_good(row, ctx)
        if row.person_id == ctx.person.user_id:
            raise Refusal("needs-second", words.needs_second(row.id))
        # Who could not ask for it cannot approve it: the plan can be made with their authority, or this refuses.
        self._proposals.plan(self._proposals.asked(row), ctx)
        said = Post(to=load_place(row.shown_in), content=words.approved(row.title, ctx.person))
        return [said, *self._proposals.carry_out(row, ctx)]


def _still_good(row: PlanRow, ctx: Context) -> None:
    if ctx.now >= row.expires_at:
        raise Refusal("expired", words.OVER)


def _named(plan_id: str, here: list[PlanRow], ctx: Context) -> PlanRow:
    """The plan that a second person means: by its name, or the only one here. Raises Refusal."""
    if plan_id:
        row = plans.find(ctx.session, plan_id)
        if row is None or row.state not in WAITING or row.way != Way.TWO_PEOPLE:
            raise Refusal("no-such-plan", words.NO_SUCH_PLAN, "approvals")
        return row
    if not here:
        raise Refusal("nothing-open", words.NOTHING, "approvals")
    if len(here) > 1:
        commands = ", ".join(f"`approve {row.id}`" for row in here)
        raise Refusal("which-plan", words.WHICH_APPROVAL.format(commands=commands))
    return here[0]
