"""From an event of the inbox to acts."""

import logging
import secrets
from collections.abc import Callable
from typing import Protocol

from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.acts import Act, Post
from stuf_bot.bus import Bus
from stuf_bot.chat import offers
from stuf_bot.chat.confirmation import CONFIRM_EMOJI, Confirmation
from stuf_bot.chat.contexts import Contexts
from stuf_bot.chat.conversing import Conversing
from stuf_bot.chat.running import attempt
from stuf_bot.clock import Clock
from stuf_bot.context import Context, EventContext
from stuf_bot.errors import Refusal
from stuf_bot.messages import MessageReceived, ReactionAdded
from stuf_bot.places import Direct


class Heard(Protocol):
    """An event of the inbox; those of business are not of our own classes."""

    @property
    def key(self) -> str:
        """The sender's id for it."""


log = logging.getLogger(__name__)

FAILED = (
    "Something went wrong on my side (`internal-error`, reference `{reference}`), and nothing was changed. "
    "Please try again; if it stays so, give an administrator the reference."
)


class Dispatcher:
    """The hall behind the three doors. Every event passes through `handle`, once.

    `key_of` gives the key of a message of ours.
    """

    def __init__(  # noqa: PLR0913 - one for each kind of event.
        self,
        *,
        bus: Bus,
        contexts: Contexts,
        conversing: Conversing,
        confirmation: Confirmation,
        key_of: Callable[[Session, int], str | None],
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._contexts = contexts
        self._conversing = conversing
        self._confirmation = confirmation
        self._key_of = key_of
        self._clock = clock

    def handle(self, event: Heard, session: Session) -> list[Act]:
        """What is to be said and done about `event`. Changes of state go into `session`."""
        if isinstance(event, MessageReceived):
            return self._message(event, session)
        if isinstance(event, ReactionAdded):
            return self._reaction(event, session)
        context = EventContext(session=session, now=self._clock(), cause=event.key)
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
                reference = secrets.token_hex(4)
                log.exception("reference %s: a handler of %s failed", reference, type(event).__name__)
                audit.note_fault(session, event, context.now, reference)
        return acts

    def failed(self, event: BaseModel, error: Exception, reference: str) -> list[Act]:
        """What the person who asked is told when the program itself failed; the reference leads to the log."""
        del error
        text = FAILED.format(reference=reference)
        if isinstance(event, MessageReceived):
            return [Post(to=event.place, content=text)]
        if isinstance(event, ReactionAdded) and event.emoji_name in CONFIRM_EMOJI:
            return [Post(to=Direct(user_ids=(event.user_id,)), content=text)]
        return []

    def _message(self, event: MessageReceived, session: Session) -> list[Act]:
        ctx = self._contexts.of(
            session,
            event.sender_id,
            event.place,
            message_id=event.message_id,
            cause=event.key,
            channel_name=event.channel_name,
        )
        return self._conversing.hear(event, ctx) if ctx else []

    def _reaction(self, event: ReactionAdded, session: Session) -> list[Act]:
        """👍 on a plan or on an offer; anything else on anything else is left alone."""
        if event.emoji_name not in CONFIRM_EMOJI:
            return []
        key = self._key_of(session, event.message_id)
        if key is None:
            return []
        ctx = self._contexts.of(
            session,
            event.user_id,
            Direct(user_ids=(event.user_id,)),
            message_id=event.message_id,
            cause=event.key,
        )
        return self._answered(key, ctx) if ctx else []

    def _answered(self, key: str, ctx: Context) -> list[Act]:
        if offer := offers.take(key, ctx):
            return self._conversing.run(offer.line, self._contexts.moved(ctx, offer.place))
        there = self._contexts.moved(ctx, self._confirmation.place_of(key, ctx.session) or ctx.place)
        try:
            return attempt(there, lambda: self._confirmation.by_reaction(key, there))
        except Refusal as refusal:
            self._confirmation.note_refusal(key, refusal.code, there)
            whom = "" if there.private else f"{ctx.person.silent_mention}: "
            told = self._conversing.say(refusal, there)
            return [told.model_copy(update={"content": whom + told.content})]
