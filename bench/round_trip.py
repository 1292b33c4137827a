"""The time from a direct message to its answer, as the person's client sees it."""

import time
from pathlib import Path
from typing import Any

import zulip

_ANSWER_SECONDS = 30.0


class Asker:
    """Writes direct messages to the bot `bot_id`, and waits for the answers on an event queue."""

    def __init__(self, zuliprc: Path, bot_id: int) -> None:
        self._client = zulip.Client(config_file=str(zuliprc), retry_on_errors=False)
        self._bot_id = bot_id
        queue = self._client.register(event_types=["message"], apply_markdown=False)
        self._queue, self._last = queue["queue_id"], queue["last_event_id"]

    def ask(self, text: str) -> float:
        """Seconds from the sending of `text` to the first answer. Raises TimeoutError without one."""
        begin = time.monotonic()
        self._client.send_message({"type": "private", "to": [self._bot_id], "content": text})
        while time.monotonic() < begin + _ANSWER_SECONDS:
            answer: dict[str, Any] = self._client.get_events(queue_id=self._queue, last_event_id=self._last)
            for event in answer["events"]:
                self._last = max(self._last, event["id"])
            if any(
                e["type"] == "message" and e["message"]["sender_id"] == self._bot_id for e in answer["events"]
            ):
                return time.monotonic() - begin
        raise TimeoutError(f"no answer to {text!r} within {_ANSWER_SECONDS:g} s")

    def times(self, text: str, count: int) -> list[float]:
        """`count` round trips, after one that does not count, in seconds."""
        self.ask(text)
        return [self.ask(text) for _ in range(count)]
