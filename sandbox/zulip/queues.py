"""Event queues: what happened, for each client that asked to be told. They live in memory only."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.zulip.errors import Json, Refused, bad_queue
from sandbox.zulip.records import Message

_WEEK_SECONDS = 7 * 24 * 3600


@dataclass
class Queue:
    """One client's queue. `idle_seconds`: how long it lives without being asked."""

    user_id: int
    event_types: frozenset[str] | None
    apply_markdown: bool = False
    all_public: bool = False
    wants: Callable[[Message, list[str]], bool] = lambda _message, _flags: True
    idle_seconds: float = 600
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    last_seen: float = 0
    events: deque[Json] = field(default_factory=deque)
    next_id: int = 0
    newest_pruned: int = -1
    waiter: asyncio.Future[None] | None = None
    dropped: bool = False

    def hears(self, event_type: str) -> bool:
        """Whether this client asked for events of that type."""
        return self.event_types is None or event_type in self.event_types

    def push(self, event: Json) -> None:
        """Add an event and wake who waits for it."""
        self.events.append({**event, "id": self.next_id})
        self.next_id += 1
        self.wake()

    def wake(self) -> None:
        """Let a waiting long poll look again."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def acknowledge(self, last_event_id: int) -> None:
        """Forget events up to this one. Raises Refused for ids that were pruned or never given."""
        if last_event_id < self.newest_pruned:
            raise Refused(f"An event newer than {last_event_id} has already been pruned!")
        if last_event_id >= self.next_id:
            raise Refused(f"Event {last_event_id} was not in this queue")
        while self.events and self.events[0]["id"] <= last_event_id:
            self.newest_pruned = self.events.popleft()["id"]


class EventQueues:
    """All queues of the realm. Used from the server's event loop only."""

    def __init__(self, clock: Callable[[], float], heartbeat_seconds: float, idle_seconds: float) -> None:
        self._clock = clock
        self.heartbeat_seconds = heartbeat_seconds
        self.idle_seconds = idle_seconds
        self._queues: dict[str, Queue] = {}

    def add(self, queue: Queue, lifespan_seconds: int | None = None) -> Queue:
        """Take in a new queue; it may ask to live idle for up to a week."""
        queue.idle_seconds = max(self.idle_seconds, min(lifespan_seconds or 0, _WEEK_SECONDS))
        queue.last_seen = self._clock()
        self._queues[queue.id] = queue
        return queue

    def get(self, queue_id: str, user_id: int) -> Queue:
        """The living queue of this account. Raises Refused (BAD_EVENT_QUEUE_ID)."""
        self._expire()
        queue = self._queues.get(queue_id)
        if queue is None or queue.user_id != user_id:
            raise bad_queue(queue_id)
        return queue

    def remove(self, queue: Queue) -> None:
        """Delete one queue; a poll that waits on it is told."""
        self._queues.pop(queue.id, None)
        queue.dropped = True
        queue.wake()

    def drop_all(self) -> None:
        """Lose everything, as a crashed event server does."""
        for queue in list(self._queues.values()):
            self.remove(queue)

    def hearing(self, event_type: str) -> list[Queue]:
        """Living queues that asked for this type of event."""
        self._expire()
        return [queue for queue in self._queues.values() if queue.hears(event_type)]

    def tell(self, user_ids: Iterable[int], event: Json) -> None:
        """Give an event to every queue of these accounts that wants it."""
        told = set(user_ids)
        for queue in self.hearing(event["type"]):
            if queue.user_id in told:
                queue.push(event)

    async def wait(self, queue: Queue) -> None:
        """Return when there is something to fetch; after the heartbeat interval, that is a heartbeat.

        An earlier poll on the same queue returns at once, with nothing.
        Raises Refused (BAD_EVENT_QUEUE_ID) when the queue goes away meanwhile.
        """
        queue.wake()
        waiter = asyncio.get_running_loop().create_future()
        queue.waiter = waiter
        try:
            await asyncio.wait_for(waiter, self.heartbeat_seconds)
        except TimeoutError:
            queue.push({"type": "heartbeat"})
        finally:
            if queue.waiter is waiter:
                queue.waiter = None
                queue.last_seen = self._clock()
        if queue.dropped:
            raise bad_queue(queue.id)

    def _expire(self) -> None:
        now = self._clock()
        for queue in list(self._queues.values()):
            if queue.waiter is None and now - queue.last_seen > queue.idle_seconds:
                self.remove(queue)
