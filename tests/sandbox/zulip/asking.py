"""Short words for the tests with the official client."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import zulip

from sandbox.zulip import ZulipRealm

ADMIN = "stuf-admin"


def ok(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["result"] == "success", answer
    return answer


def post(client: zulip.Client, content: str, *, topic: str = "t", to: str = ADMIN) -> int:
    message = {"type": "stream", "to": to, "topic": topic, "content": content}
    return int(ok(client.send_message(message))["id"])


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.005)


class Listener:
    """Runs `call_on_each_event` in a thread and keeps what it hears."""

    def __init__(self, client: zulip.Client, event_types: list[str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self._client, self._types = client, event_types
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        # The client gives up when the realm is stopped at the end of a test.
        with contextlib.suppress(requests.ConnectionError, zulip.UnrecoverableNetworkError):
            self._client.call_on_each_event(self._hear, self._types)

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)

    def contents(self) -> list[str]:
        return [event["message"]["content"] for event in self.heard if event["type"] == "message"]


def listen(realm: ZulipRealm, client: zulip.Client, *event_types: str) -> Listener:
    before = len(realm._queues._queues)
    listener = Listener(client, list(event_types))
    until(lambda: len(realm._queues._queues) > before)
    return listener
