"""Reads what was said while the bot was away, by message id, page by page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stuf_bot.chat import cursor
from stuf_bot.chat.cursor import Cursor
from stuf_bot.chat.hearing import Hearing
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.clock import Clock
from stuf_bot.inbox import Inbox, Incoming
from stuf_bot.messages import MessageReceived, WaitingMessage
from stuf_bot.store.database import Database

Json = dict[str, Any]

_PAGE = 500
_BEHIND = 50
_OWN = 100
_NAMED = 20
_REACTIONS_REACH_BACK = timedelta(hours=1)
_OUT_OF_ORDER = timedelta(minutes=2)
_FORGOTTEN = timedelta(days=7)
"""Well within the time for which the inbox remembers what it has had."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What was read: `waited` things that concern the bot, `messages` the first of them, up to id `newest`."""

    waited: int
    messages: tuple[WaitingMessage, ...]
    newest: int


class CatchUp:
    """What a gap took: messages, mentions that came by an edit, marks of topics, reactions to what the bot said."""

    def __init__(  # noqa: PLR0913 - it stands between as many.
        self,
        database: Database,
        inbox: Inbox,
        outbox: Outbox,
        api: ZulipApi,
        hearing: Hearing,
        *,
        clock: Clock,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._api = api
        self._hearing = hearing
        self._clock = clock
        self.seen: set[int] = set()
        """Ids of the messages that the last run weighed; the new queue may tell of them again."""
        self._first: list[WaitingMessage] = []
        self._forgetful = False

    def read(self, mark: Cursor, since: datetime) -> Missed:
        """Store all that concerns the bot since the cursor; gives what that was.

        Raises `ZulipError`s; what was stored by then is not stored again.
        """
        self.seen = set()
        self._first = []
        self._forgetful = self._has_forgotten(mark)
        waited = self._behind(mark, since)
        newest = mark.message_id
        complete = False
        while not complete:
            page, complete = self._api.messages(newest, after=_PAGE)
            complete |= not page
            heard = [self._heard(message) or self._hearing.notice(message) for message in page]
            self.seen |= {int(message["id"]) for message in page}
            newest = max([newest, *self.seen])
            waited += self._store([message for message in heard if message], newest, mark.seen_at)
        waited += self._reactions(since)
        return Missed(waited, tuple(self._first), newest)

    def _behind(self, mark: Cursor, since: datetime) -> int:
        """What lies behind the cursor and may be new: mentions by edits, and messages that overtook others."""
        # What was heard already is known by its key; clocks differ, and Zulip's stamps are whole seconds.
        edited_after = (since - _OUT_OF_ORDER).timestamp()
        sent_after = (mark.seen_at - _OUT_OF_ORDER).timestamp()
        forgotten = (self._clock() - _FORGOTTEN).timestamp()
        heard = []
        for narrow in ("mentioned", "dm"):
            page, _ = self._api.messages(
                mark.message_id + 1, before=_BEHIND, narrow=[{"operator": "is", "operand": narrow}]
            )
            for message in page:
                if int(message["id"]) <= mark.floor or message["timestamp"] < forgotten:
                    continue
                edited = message.get("last_edit_timestamp", 0) >= edited_after and narrow == "mentioned"
                if edited or message["timestamp"] >= sent_after:
                    heard.append(self._heard(message, edited=edited))
        return self._store([message for message in heard if message], mark.message_id, mark.seen_at)

    def _heard(self, message: Json, *, edited: bool = False) -> MessageReceived | None:
        heard = self._hearing.message(message, message["flags"], caught_up=True, edited=edited)
        if heard is None or not self._forgetful:
            return heard
        return heard.model_copy(update={"perhaps_answered": True})

    def _has_forgotten(self, mark: Cursor) -> bool:
        """Whether the bot said something after the cursor that it does not know of: a power cut took the note.

        The cursor is among the notes, so what is after it is all that can be missing.
        """
        narrow = [{"operator": "sender", "operand": self._hearing.me}]
        anchor, complete = mark.message_id, False
        while not complete:
            page, complete = self._api.messages(anchor, after=_PAGE, narrow=narrow)
            ids = [int(message["id"]) for message in page]
            with self._database.reading() as session:
                if any(self._outbox.key_of(session, said) is None for said in ids):
                    return True
            complete |= not ids
            anchor = max([anchor, *ids])
        return False

    def _reactions(self, since: datetime) -> int:
        """Reactions to what the bot said lately: a plan may have been confirmed while it was away."""
        newer = (since - _REACTIONS_REACH_BACK).timestamp()
        narrow = [{"operator": "sender", "operand": self._hearing.me}]
        page, _ = self._api.messages("newest", before=_OWN, narrow=narrow)
        heard = [
            self._hearing.reaction(int(message["id"]), reaction)
            for message in page
            if message["timestamp"] >= newer
            for reaction in message.get("reactions", ())
        ]
        with self._database.session() as session:
            ours = [one for one in heard if one and self._outbox.key_of(session, one.message_id) is not None]
            return sum(self._inbox.put(session, one) for one in ours)

    def _store(self, incoming: Iterable[Incoming], newest: int, seen_at: datetime) -> int:
        with self._database.session() as session:
            new = [event for event in incoming if self._inbox.put(session, event)]
            # The moment stays: until all is read, the gap is not over.
            cursor.advance(session, newest, seen_at)
        messages = [event for event in new if isinstance(event, MessageReceived)]
        self._first += [_named(message) for message in messages[: _NAMED - len(self._first)]]
        return len(new)


def _named(message: MessageReceived) -> WaitingMessage:
    return WaitingMessage(
        message_id=message.message_id,
        sender_id=message.sender_id,
        sender_name=message.sender_name,
        place=message.place,
        channel_name=message.channel_name,
    )
