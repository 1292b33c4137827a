"""The door to chat: hears the event queue, and after a gap reads what it missed.

Zulip forgets an event once the next request names it, so that comes only after the inbox's commit.
A queue can be lost at any time (nobody read it for ten minutes, the event server crashed): then a
new one is opened first and the messages since the cursor are read after, so that none falls between.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from stuf_bot.chat import cursor
from stuf_bot.chat.catch_up import CatchUp
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.hearing import Hearing, Invites, Listens
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.zulip_api import RateLimited, Rejected, Unauthorised, ZulipApi, ZulipError
from stuf_bot.clock import Clock, utc_now
from stuf_bot.inbox import Inbox, Incoming
from stuf_bot.messages import MessageReceived, Reconnected
from stuf_bot.store.database import Database

log = logging.getLogger(__name__)

Json = dict[str, Any]

_GAP = timedelta(minutes=1)
_PATIENCE = 0.02
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class Intake:
    """One thread that listens to Zulip until it is stopped, whatever happens to the connection.

    `settle` waits until a message that is being sent just now is known as ours. `calm` waits until
    what came in is answered, but no longer than so many seconds: asking for more would delay the answer.
    """

    def __init__(  # noqa: PLR0913 - it stands between as many.
        self,
        database: Database,
        inbox: Inbox,
        outbox: Outbox,
        api: ZulipApi,
        directory: Directory,
        *,
        listens: Listens = lambda _place, _sender: False,
        invites: Invites = lambda _channel, _topic, _content: False,
        settle: Callable[[], None] = lambda: None,
        calm: Callable[[float], object] = lambda _seconds: None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._api = api
        self._directory = directory
        self._settle = settle
        self._calm = calm
        self._clock = clock
        self._hearing = Hearing(directory, listens, invites)
        self._catch_up = CatchUp(database, inbox, outbox, api, self._hearing, clock=clock)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._queue: str | None = None
        self._last_event = -1
        self._newest = 0
        self._contact: datetime | None = None
        self.connected = threading.Event()
        """Set while the bot hears Zulip and has read what it missed."""

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Listen no more; what is not stored yet is read again next time."""
        self._stopping.set()
        queue, self._queue = self._queue, None
        if queue and self._thread.is_alive():
            # Zulip answers a poll whose queue is closed.
            try:
                self._api.delete_queue(queue)
            except ZulipError as error:
                log.debug("the queue was not closed: %s", error)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def connect(self) -> None:
        """Open a queue, learn the realm, read what was missed. Raises `ZulipError`s."""
        state = self._api.register()
        self._directory.load(state)
        # A realm in which nothing was said yet tells -1.
        newest = max(0, int(state["max_message_id"]))
        with self._database.reading() as session:
            mark = cursor.read(session)
        if mark is None:
            with self._database.session() as session:
                cursor.begin(session, newest, self._clock())
        else:
            since = max(mark.seen_at, self._contact) if self._contact else mark.seen_at
            missed = self._catch_up.read(mark, since)
            newest = missed.newest
            now = self._clock()
            gap = Reconnected(since=since, until=now, waited=missed.waited, messages=missed.messages)
            self._store([gap] if missed.waited and now - since > _GAP else [], newest)
        self._newest = max(self._newest, newest)
        self._queue, self._last_event = str(state["queue_id"]), int(state["last_event_id"])
        self._contact = self._clock()
        self.connected.set()

    def listen(self) -> None:
        """Wait for events once, and store what concerns the bot. Raises `ZulipError`s."""
        if self._queue is None:
            raise RuntimeError("not connected")
        events = self._api.events(self._queue, self._last_event)
        if self._stopping.is_set():
            return
        incoming: list[Incoming] = []
        told = False
        newest = self._newest
        for event in events:
            self._directory.apply(event)
            incoming += self._heard(event)
            if event["type"] == "message":
                newest = max(newest, int(event["message"]["id"]))
                # The bot's own are known by the outbox; only others' have to move the cursor at once.
                told |= event["message"]["sender_id"] != self._directory.me.user_id
            told |= event["type"] == "heartbeat"
        if incoming or told:
            self._store(incoming, newest)
        self._newest = newest
        self._last_event = max([self._last_event, *(int(event["id"]) for event in events)])
        self._contact = self._clock()
        if incoming:
            self._calm(_PATIENCE)

    def _heard(self, event: Json) -> Iterable[Incoming]:
        sort = event["type"]
        if sort == "message":
            message = event["message"]
            if int(message["id"]) not in self._catch_up.seen:
                heard = self._hearing.message(message, event["flags"])
                return [heard] if heard else []
        elif sort == "reaction" and event.get("op") == "add":
            return self._reacted(event)
        elif sort == "reaction" and event.get("op") == "remove":
            self._taken_back(event)
        elif sort == "update_message":
            return self._updated(event)
        return []

    def _updated(self, event: Json) -> Iterable[Incoming]:
        if marked := self._hearing.mark(event, self._queue or ""):
            return [marked]
        heard = self._edited(event) if "mentioned" in event.get("flags", ()) else None
        return [heard] if heard else []

    def _reacted(self, event: Json) -> Iterable[Incoming]:
        message_id = int(event["message_id"])
        if not self._is_ours(message_id):
            self._settle()
            if not self._is_ours(message_id):
                return []
        heard = self._hearing.reaction(message_id, event)
        return [heard] if heard else []

    def _taken_back(self, event: Json) -> None:
        """Whoever was refused may take the reaction back and make it again: then it is heard again."""
        message_id = int(event["message_id"])
        if (heard := self._hearing.reaction(message_id, event)) and self._is_ours(message_id):
            with self._database.session() as session:
                self._inbox.forget(session, heard.key)

    def _is_ours(self, message_id: int) -> bool:
        with self._database.reading() as session:
            return self._outbox.key_of(session, message_id) is not None

    def _edited(self, event: Json) -> MessageReceived | None:
        """A mention that an edit brought. A topic that moves carries the flag too, but no content."""
        if event.get("rendering_only") or "content" not in event:
            return None
        before = str(event.get("orig_content", ""))
        if self._hearing.is_mentioned(before) or not self._hearing.is_mentioned(str(event["content"])):
            return None
        try:
            message = self._api.message(int(event["message_id"]))
        except Rejected:
            # Deleted again, or in a channel where the bot could not answer either.
            return None
        return self._hearing.message(message, event["flags"], edited=True)

    def _store(self, incoming: Iterable[Incoming], newest: int) -> None:
        # A power cut takes the cursor with it, and then this is read again.
        with self._database.session(durable=False) as session:
            for event in incoming:
                self._inbox.put(session, event)
            cursor.advance(session, newest, self._clock())

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if self._queue is None:
                    self.connect()
                    pause = _FIRST_PAUSE
                self.listen()
            except RateLimited as error:
                self._stopping.wait(error.seconds)
            except Exception as error:  # noqa: BLE001 - the door stays open, whatever comes through it.
                if self._stopping.is_set():
                    return
                self._lost(error)
                self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing.
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _lost(self, error: Exception) -> None:
        self.connected.clear()
        self._queue = None
        if isinstance(error, Unauthorised):
            log.error("Zulip does not accept the bot's account (%s): check its key in the zuliprc", error)
        elif isinstance(error, ZulipError):
            log.warning("the connection to Zulip is lost (%s); connecting again", error)
        elif isinstance(error, DBAPIError):
            log.warning("what Zulip told cannot be stored; reading it again", exc_info=error)
        else:
            log.error("an event could not be read; reading from the cursor again", exc_info=error)
