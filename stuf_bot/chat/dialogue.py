"""Asks a form field by field, in any place, across restarts.

The state lies in the database. Private fields are asked in a direct message whatever the place of
the dialogue. Everything typed before stays: a wrong answer is told with its reason and asked again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Bus
from stuf_bot.chat import forms, wording
from stuf_bot.chat.answering import Answering
from stuf_bot.chat.attachments import Attachments
from stuf_bot.chat.fields import normal_key
from stuf_bot.chat.forms import Form
from stuf_bot.chat.listening import Listening
from stuf_bot.chat.outside import channel
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Direct, Topic, conversation
from stuf_bot.store.conversation_tables import Dialogue, load_place, store_place

GOOD_FOR = timedelta(days=1)


class Dialogues:
    """All open dialogues: one per person and place. `finish` takes what was answered, as a whole."""

    def __init__(  # noqa: PLR0913 - what a dialogue is made of.
        self,
        bus: Bus,
        known: Iterable[type[Form]],
        attachments: Attachments,
        channel_name: Callable[[int], str | None],
        *,
        listening: Listening,
        finish: Callable[[Form, Context], list[Act]],
    ) -> None:
        self._channel_name = channel_name
        # Whoever types a whole command in the middle of a form has forgotten the form, or wants out.
        self._commands = {kind.words for kind in bus.commands if not kind.needs_arguments()}
        self._forms = {form.form: form for form in known}
        self._answering = Answering(bus, attachments)
        self._listening = listening
        self._finish = finish

    def waiting(self, session: Session, place: Topic | Direct, person_id: int) -> Dialogue | None:
        """The dialogue whose question was put to this person here."""
        return session.scalar(
            select(Dialogue)
            .where(Dialogue.person_id == person_id, Dialogue.asked_in == conversation(place))
            .order_by(Dialogue.id.desc())
            .limit(1)
            .with_for_update()
        )

    def begun_here(self, ctx: Context) -> Dialogue | None:
        """The dialogue that this person has open from here, wherever its question was put."""
        return next((row for row in self.mine(ctx) if load_place(row.place) == ctx.place), None)

    def mine(self, ctx: Context) -> Sequence[Dialogue]:
        """The dialogues that this person has open anywhere, the oldest first."""
        mine = select(Dialogue).where(Dialogue.person_id == ctx.person.user_id).order_by(Dialogue.id)
        return ctx.session.scalars(mine).all()

    def describe(self, row: Dialogue, ctx: Context) -> str:
        """One line: what it is about, where it goes on, how far it is."""
        form = self._forms[row.form]
        return wording.described(
            form, forms.read_back(form, row.answers), self._named(load_place(row.place), ctx), row.started_at
        )

    def begin(self, form: type[Form], given: Mapping[str, Any], ctx: Context) -> list[Act]:
        """Start asking; `given` are raw values that came at once. All mistakes are named in one answer.

        Raises Refusal where this person has a form open here: its answers would be lost.
        """
        if older := self.begun_here(ctx):
            raise Refusal("form-open", wording.still_open(self._forms[older.form]), "resume")
        accepted, problems = self._answering.sort_out(form, given, ctx)
        wrong = [name for name in map(normal_key, given) if name not in accepted]
        row = Dialogue(
            person_id=ctx.person.user_id,
            place=store_place(ctx.place),
            form=form.form,
            answers=forms.written(accepted),
            history="[]",
            asks=json.dumps(wrong) if given else None,
            started_at=ctx.now,
            asked_in="",
        )
        ctx.session.add(row)
        ctx.session.flush()
        _note(row, Tag.FORM_BEGUN, ctx.session, ctx.now, ctx)
        head = [ctx.reply(wording.all_mistakes(list(problems.values())))] if problems else []
        return [*head, *self._go_on(row, form, ctx)]

    def resume(self, row: Dialogue, ctx: Context) -> list[Act]:
        """Ask its open question again, from now on here. Raises Refusal where another one is open here."""
        here = self.begun_here(ctx)
        if here is not None and here.id != row.id:
            raise Refusal("form-open", wording.still_open(self._forms[here.form]), "cancel")
        row.place = store_place(ctx.place)
        return self._go_on(row, self._forms[row.form], ctx)

    def expire(self, session: Session, now: datetime) -> list[Act]:
        """Forget forms that were begun a day ago, and say so where they were begun."""
        acts: list[Act] = []
        for row in session.scalars(select(Dialogue).where(Dialogue.started_at <= now - GOOD_FOR)):
            text = wording.expired(self._forms[row.form])
            acts.append(Post(to=load_place(row.place), content=text, key=f"dialogue:{row.id}:expired"))
            _note(row, Tag.FORM_EXPIRED, session, now)
            self._close(row, session)
        return acts

    def answer(self, row: Dialogue, text: str, ctx: Context) -> list[Act]:
        """Take what the person typed as the answer to the open question, or as back, skip, cancel, help."""
        form = self._forms[row.form]
        answers = forms.read_back(form, row.answers)
        name = forms.next_field(form, answers)
        origin = replace(ctx, place=load_place(row.place))
        word = " ".join(text.lower().split())
        if word == "cancel" or name is None:
            return self.cancel(row, ctx)
        if word == "back":
            return self._back(row, form, answers, origin)
        if word in {"help", "resume"}:
            return self._go_on(row, form, origin)
        if word in self._commands and word not in forms.question(form, name).choices:
            return [ctx.reply(wording.form_is_open(form, word)), *self._go_on(row, form, origin)]
        try:
            if word in {"skip", "skip all"}:
                given = self._answering.skipped(form, name, answers, origin, everything=word == "skip all")
            else:
                given = {name: self._answering.read(form, name, text, origin)}
        except ValueError as error:
            return [ctx.reply(wording.wrong_answer(form, name, str(error)))]
        row.history = json.dumps([*json.loads(row.history), list(answers)])
        row.answers = forms.written(answers | given)
        elsewhere = (
            [ctx.reply(wording.on_we_go(self._named(origin.place, ctx)))] if origin.place != ctx.place else []
        )
        return [*elsewhere, *self._go_on(row, form, origin)]

    def _named(self, place: Topic | Direct, ctx: Context) -> str:
        """A link to the place, where it is a topic whose channel is known."""
        if isinstance(place, Direct):
            return "our direct messages" if place == ctx.direct else "a group of direct messages"
        name = self._channel_name(place.channel) if isinstance(place.channel, int) else place.channel
        return channel(name, place.topic) if name else "the channel"

    def cancel(self, row: Dialogue, ctx: Context) -> list[Act]:
        """Forget the dialogue and all its answers."""
        _note(row, Tag.FORM_LEFT, ctx.session, ctx.now, ctx)
        self._close(row, ctx.session)
        return [ctx.reply(wording.cancelled(self._forms[row.form]))]

    def _go_on(self, row: Dialogue, form: type[Form], ctx: Context) -> list[Act]:
        """Ask the next question, or hand the finished form over."""
        answers = forms.read_back(form, row.answers)
        if row.asks is not None:
            answers = self._answering.completed(form, answers, json.loads(row.asks), ctx)
            row.answers = forms.written(answers)
        name = forms.next_field(form, answers)
        if name is None:
            self._close(row, ctx.session)
            finished = forms.finished(form, answers)
            return self._finish(finished, ctx)
        private = forms.question(form, name).private and not ctx.private
        asked = replace(ctx, place=ctx.direct) if private else ctx
        before = row.asked_in
        row.asked_in = conversation(asked.place)
        self._listening.changed(ctx.session)
        if private and self._asks_there(row, ctx):
            # The answer could not be told from that to the other form.
            row.asked_in = conversation(ctx.place)
            return [ctx.reply(wording.asked_elsewhere(form, name, ctx.type_this("resume")))]
        text, choices = wording.ask(form, name, self._answering.default(form, name, answers, ctx))
        if not private:
            return [asked.reply(text, choices)]
        note = [ctx.reply(wording.asked_privately(form, name))] if before != row.asked_in else []
        return [*note, asked.reply(wording.for_form_in(self._named(ctx.place, ctx)) + text, choices)]

    def _asks_there(self, row: Dialogue, ctx: Context) -> bool:
        """Whether another form of this person asks something in their direct messages."""
        direct = conversation(ctx.direct)
        return any(other.asked_in == direct and other.id != row.id for other in self.mine(ctx))

    def _back(self, row: Dialogue, form: type[Form], answers: dict[str, Any], ctx: Context) -> list[Act]:
        history = json.loads(row.history)
        if not history:
            return [ctx.reply(wording.AT_THE_START), *self._go_on(row, form, ctx)]
        kept = history.pop()
        row.history = json.dumps(history)
        row.answers = forms.written({name: value for name, value in answers.items() if name in kept})
        return self._go_on(row, form, ctx)

    def _close(self, row: Dialogue, session: Session) -> None:
        self._listening.changed(session)
        session.delete(row)


def _note(row: Dialogue, tag: Tag, session: Session, at: datetime, ctx: Context | None = None) -> None:
    """For the audit log: whose act it was, if somebody's, and which form; never its answers."""
    audit.record(
        session,
        at=at,
        tag=tag,
        actor_id=ctx.person.user_id if ctx else None,
        outcome="done" if ctx else "expired",
        place=conversation(load_place(row.place)),
        cause=f"dialogue:{row.id}",
        correlation=ctx.cause if ctx else "",
        details={"form": row.form},
    )


def no_dialogue() -> Refusal:
    """For `back`, `skip` and `cancel` where nothing is being asked."""
    return Refusal("nothing-open", "Nothing is being asked here at the moment.", "help")
