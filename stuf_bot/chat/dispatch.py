"""From an event of the inbox to acts: who speaks, what is meant, may they, and what comes of it."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Bus
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.mention import without_mention
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.plans import CONFIRM_EMOJI, Confirmation
from stuf_bot.clock import Clock
from stuf_bot.context import Context, EventContext
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect, MessageReceived, ReactionAdded
from stuf_bot.places import Direct, Topic, conversation

log = logging.getLogger(__name__)

STALE = timedelta(minutes=10)
_PLAN_WORDS = frozenset({"confirm", "cancel"})
_DIALOGUE_WORDS = frozenset({"back", "skip", "skip all", "cancel"})


class Dispatcher:
    """The hall behind the three doors. Every event passes through `handle`, once."""

    def __init__(  # noqa: PLR0913 - the roof hands over every part by name.
        self,
        *,
        bus: Bus,
        grammar: Grammar,
        access: Access,
        directory: Directory,
        dialogues: Dialogues,
        confirmation: Confirmation,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._grammar = grammar
        self._access = access
        self._directory = directory
        self._dialogues = dialogues
        self._confirmation = confirmation
        self._outbox = outbox
        self._clock = clock

    def handle(self, event: BaseModel, session: Session) -> list[Act]:
        """What is to be said and done about `event`. Changes of state go into `session`."""
        if isinstance(event, MessageReceived):
            return self._message(event, session)
        if isinstance(event, ReactionAdded):
            return self._reaction(event, session)
        context = EventContext(session=session, now=self._clock())
        acts: list[Act] = []
        for handler in self._bus.event_handlers(type(event)):
            # A savepoint each: one handler's failure leaves the others' work alone.
            try:
                with session.begin_nested():
                    acts += list(handler(event, context) or ())
            except DBAPIError:
                # Not the handler's fault: the hall tries the whole event again.
                raise
            except Exception:
                log.exception("a handler of %s failed", type(event).__name__)
        return acts

    def failed(self, event: BaseModel, error: Exception, reference: str) -> list[Act]:
        """What the person who asked is told when the program itself failed; the reference leads to the log."""
        del error
        if not isinstance(event, MessageReceived):
            return []
        text = (
            f"Something went wrong on my side (`internal-error`, reference `{reference}`), and nothing was changed. "
            "Please try again; if it stays so, give an administrator the reference."
        )
        return [Post(to=event.place, content=text)]

    def _message(self, event: MessageReceived, session: Session) -> list[Act]:
        context = self._context(session, event.sender_id, event.place, event.message_id, event.channel_name)
        if context is None:
            return []
        text, mentioned = without_mention(event.content, self._directory.me)
        waiting = self._dialogues.waiting(session, event.place, event.sender_id)
        try:
            if waiting is not None and not (
                mentioned and self._grammar.is_command(text) and not _steers(text)
            ):
                with session.begin_nested():
                    acts = self._dialogues.answer(waiting, text, context)
                self._confirmation.load(session)
                return acts
            if (
                not mentioned
                and isinstance(event.place, Topic)
                and not self._is_word_to_a_plan(event.place, text)
            ):
                return []
            return self._command(text, event, context)
        except Refusal as refusal:
            self._dialogues.load(session)
            self._record(context, Tag.COMMAND_REFUSED, "refused", {}, refusal.code)
            return [_say(refusal, context)]
        except Exception:
            # The savepoint took the dialogue's row back; what is listened for has to follow it.
            self._dialogues.load(session)
            raise

    def _command(self, text: str, event: MessageReceived, context: Context) -> list[Act]:
        command = self._grammar.parse(text).command
        kind = type(command)
        if Role(kind.role) not in context.roles:
            raise Refusal(
                "not-allowed",
                f"`{kind.words}` is for {self._access.granted_by(Role(kind.role))}. Ask one of them.",
                "help",
            )
        if event.caught_up and kind.effect is not Effect.READS and context.now - event.sent_at > STALE:
            raise Refusal(
                "stale",
                "You wrote this while I was away, so I have not run it. If you still want it, type it again.",
            )
        with context.session.begin_nested():
            acts = list(self._bus.command_handler(kind)(command, context))
        self._confirmation.load(context.session)
        self._record(context, kind.tag, "done", _subject(command))
        return acts

    def listens(self, place: Topic | Direct, person_id: int) -> bool:
        """Whether a message without a mention is for the bot here: an answer, or the word to a plan."""
        return self._dialogues.listens(place, person_id) or self._confirmation.listens(place)

    def load(self, session: Session) -> None:
        """Remember what is listened for; once, at start."""
        self._dialogues.load(session)
        self._confirmation.load(session)

    def _is_word_to_a_plan(self, place: Topic | Direct, text: str) -> bool:
        return self._confirmation.listens(place) and text.strip().lower() in _PLAN_WORDS

    def _reaction(self, event: ReactionAdded, session: Session) -> list[Act]:
        if event.emoji_name not in CONFIRM_EMOJI:
            return []
        key = self._outbox.key_of(session, event.message_id)
        direct = Direct(user_ids=(event.user_id,))
        context = self._context(session, event.user_id, direct, event.message_id, None)
        if key is None or context is None:
            return []
        try:
            with session.begin_nested():
                acts = self._confirmation.by_reaction(key, context)
            self._confirmation.load(session)
        except Refusal as refusal:
            self._record(context, Tag.COMMAND_REFUSED, "refused", {}, refusal.code)
            return [_say(refusal, context)]
        else:
            return acts

    def _context(
        self, session: Session, user_id: int, place: Topic | Direct, message_id: int, channel_name: str | None
    ) -> Context | None:
        roles = self._access.roles(user_id)
        person = self._directory.person(user_id)
        if not roles or person is None:
            return None
        return Context(
            session=session,
            now=self._clock(),
            person=person,
            roles=roles,
            place=place,
            message_id=message_id,
            bot=self._directory.me,
            channel_name=channel_name,
        )

    def _record(
        self, context: Context, tag: str, outcome: str, details: Mapping[str, str], reason_code: str = ""
    ) -> None:
        audit.record(
            context.session,
            at=context.now,
            tag=tag,
            actor_id=context.person.user_id,
            outcome=outcome,
            place=conversation(context.place),
            reason_code=reason_code,
            cause=f"zulip:message:{context.message_id}",
            details=details,
        )


def _steers(text: str) -> bool:
    return " ".join(text.lower().split()) in _DIALOGUE_WORDS


def _subject(command: Command) -> dict[str, str]:
    """What the audit log keeps of the arguments: names of things, never free text."""
    stuf = getattr(command, "stuf", None)
    return {"command": command.words} | ({"stuf": str(stuf)} if stuf else {})


def _say(refusal: Refusal, context: Context) -> Post:
    following = f"\nType {context.type_this(refusal.next_command)}." if refusal.next_command else ""
    return context.reply(f"{refusal.what}{following}")
