"""What a message means to the bot: an answer, a code, or commands, one a line."""

from collections.abc import Sequence
from dataclasses import replace

from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.chat.confirmation import Confirmation
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.listening import Listening
from stuf_bot.chat.outside import inline
from stuf_bot.chat.prose import Prose
from stuf_bot.chat.reading import Said, read
from stuf_bot.chat.running import Running, Typed, attempt, record
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import MessageReceived
from stuf_bot.personal_text import found
from stuf_bot.places import Direct
from stuf_bot.store.conversation_tables import Dialogue

STOPPED = "\n\nOf your {count} lines {ran}. I stopped at line {number}; not run: {left}."
WAITS = "First answer that, please. Not run: {left}. Type these again afterwards."
TOO_MANY = "These are {count} lines; I take {most} in one message, and have run none. Send them in parts."
MOST_LINES = 20
PERSONAL = (
    "That message holds what looks like an e-mail address or a phone number, and others read along here: I have "
    "not taken it. Please delete it (its ⋮ menu → *Delete message*), and write it to me in a direct message instead."
)
FIRST_CODE = "code verify {code}"
"""What six digits mean where no plan waits for a code: the first one of an authenticator app."""
_TO_PLANS = frozenset({"confirm", "cancel", "approve"})
_STEERS = frozenset({"back", "skip", "skip all", "cancel"})


class Conversing:
    """Between the messages that are heard and the lines that are run."""

    def __init__(  # noqa: PLR0913 - one for each thing that a message may be.
        self,
        *,
        running: Running,
        grammar: Grammar,
        dialogues: Dialogues,
        confirmation: Confirmation,
        listening: Listening,
        prose: Prose,
    ) -> None:
        self._running = running
        self._grammar = grammar
        self._dialogues = dialogues
        self._confirmation = confirmation
        self._listening = listening
        self._prose = prose

    def hear(self, event: MessageReceived, ctx: Context) -> list[Act]:
        """What is to be said and done about a message."""
        direct = isinstance(ctx.place, Direct)
        said = read(event.content, ctx.bot, direct=direct)
        ctx = replace(ctx, quoted=said.quoted)
        dialogue = self._awaited(said, ctx)
        meant = said.mentioned or direct or dialogue is not None or self._is_to_a_plan(said.text, ctx)
        meant = meant or self._prose.is_asked(said.text, ctx.session, ctx.channel_name, ctx.place)
        # Where a form was begun in a channel, a private answer may be written there by mistake.
        overheard = meant or self._listening.awaits_answer(ctx.place, ctx.person.user_id)
        if overheard and not ctx.private and found(event.content):
            record(ctx, Tag.COMMAND_REFUSED, "refused", {}, "personal-in-channel")
            return [ctx.reply(PERSONAL)]
        return self._take(said, dialogue, event, ctx) if meant else []

    def _take(self, said: Said, dialogue: Dialogue | None, event: MessageReceived, ctx: Context) -> list[Act]:
        """As an answer, as a one-time code, or as commands."""
        is_code = self._confirmation.is_code(said.text, ctx)
        try:
            # A code first: it must not become the answer to a form.
            acts = attempt(ctx, lambda: self._confirmation.by_code(said.text, ctx)) if is_code else []
            if acts:
                return acts
            if dialogue:
                return attempt(ctx, lambda: self._dialogues.answer(dialogue, said.text, ctx))
        except Refusal as refusal:
            record(ctx, Tag.COMMAND_REFUSED, "refused", {}, refusal.code)
            return [self._running.say(refusal, ctx)]
        lines = [FIRST_CODE.format(code=said.text)] if is_code else self._commands(said, ctx)
        return self._lines(lines or [""], event, ctx)

    def _commands(self, said: Said, ctx: Context) -> list[str]:
        """One for all of it, or one a line."""
        whole = self._prose.command(said.text, ctx.session, ctx.channel_name, ctx.place)
        return [whole] if whole else self._grammar.gather(said.lines)

    def say(self, refusal: Refusal, ctx: Context) -> Post:
        """A refusal as an answer."""
        return self._running.say(refusal, ctx)

    def run(self, line: str, ctx: Context) -> list[Act]:
        """One line that is wanted now, as after a thumb on an offer."""
        try:
            return self._running.run(Typed(line, sent_at=ctx.now), ctx)
        except Refusal as refusal:
            return [self._running.say(refusal, ctx)]

    def _lines(self, lines: Sequence[str], event: MessageReceived, ctx: Context) -> list[Act]:
        """In order, up to the first that fails or that waits for an answer."""
        if len(lines) > MOST_LINES:
            # Answers go out one after the other: whoever asks so much would hold up everybody.
            record(ctx, Tag.COMMAND_REFUSED, "refused", {}, "too-many-lines")
            return [ctx.reply(TOO_MANY.format(count=len(lines), most=MOST_LINES))]
        acts: list[Act] = []
        for number, line in enumerate(lines, start=1):
            left = lines[number:]
            try:
                typed = Typed(line, event.sent_at, waited=event.caught_up, alone=len(lines) == 1)
                acts += self._running.run(typed, ctx)
            except Refusal as refusal:
                told = self._running.say(refusal, ctx)
                stopped = _stopped(lines, number) if len(lines) > 1 else ""
                return [*acts, told.model_copy(update={"content": told.content + stopped})]
            if left and self._waits(ctx):
                return [*acts, ctx.reply(WAITS.format(left=_named(left)))]
        return acts

    def _waits(self, ctx: Context) -> bool:
        """Whether the line that has just run asks something back."""
        return self._dialogues.begun_here(ctx) is not None or self._confirmation.proposed(ctx)

    def _awaited(self, said: Said, ctx: Context) -> Dialogue | None:
        """The dialogue that this answers, if it does: who mentions the bot may give a command instead."""
        if not self._listening.awaits_answer(ctx.place, ctx.person.user_id):
            return None
        waiting = self._dialogues.waiting(ctx.session, ctx.place, ctx.person.user_id)
        word = " ".join(said.text.lower().split())
        if waiting and said.mentioned and self._grammar.is_command(said.text) and word not in _STEERS:
            return None
        return waiting

    def _is_to_a_plan(self, text: str, ctx: Context) -> bool:
        first = text.lower().split(maxsplit=1)[:1]
        return bool(first) and first[0] in _TO_PLANS and self._listening.awaits_word(ctx.place)


def _stopped(lines: Sequence[str], number: int) -> str:
    ran = f"these ran: {_named(lines[: number - 1])}" if number > 1 else "none ran"
    return STOPPED.format(count=len(lines), ran=ran, number=number, left=_named(lines[number - 1 :]))


def _named(lines: Sequence[str]) -> str:
    return ", ".join(inline(line) for line in lines)
