"""The time from a direct message to its answer, as the person's client sees it, for three who answer.

All on one realm, in turn and each alone on it, in several blocks: a machine that is slow for a while
slows all of them. The pace is that of the slowest allowed: zulip-bots' runner ends after 20 answers in 5 s.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import Any

import zulip

from bench import answerer
from bench.figures import Figure, figure, percentile
from bench.realm import Small, small
from stuf_bot.cli import say

_ANSWER_SECONDS = 30.0
_BLOCKS = 5
_ROUNDS = 16
_WARM_UP = 3
_PACE_SECONDS = 0.27
_LIMIT = 1.15
_QUESTION = "help"

Answerer = Callable[[Small], AbstractContextManager[int]]
_WHO: dict[str, Answerer] = {
    "echo": answerer.echo,
    "help": answerer.bot,
    "helloworld": answerer.helloworld,
}


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

    def times(self, text: str, count: int, *, warm_up: int = 1, pause: float = 0.0) -> list[float]:
        """`count` round trips, in seconds, after some that do not count; with a pause before each."""
        taken = []
        for _ in range(warm_up + count):
            time.sleep(pause)
            taken.append(self.ask(text))
        return taken[warm_up:]


def measure(folder: Path) -> list[Figure]:
    """The medians and the 95th percentiles of all three, in ms, and the ratio of `help` to the echo."""
    taken: dict[str, list[float]] = {name: [] for name in _WHO}
    with small(folder) as realm:
        for block in range(_BLOCKS):
            for name, answers in _WHO.items():
                with answers(realm):
                    asker = Asker(realm.zuliprc("tess"), realm.bot_id)
                    times = asker.times(_QUESTION, _ROUNDS, warm_up=_WARM_UP, pause=_PACE_SECONDS)
                taken[name] += [1000 * seconds for seconds in times]
                say(f"round trip, block {block + 1} of {_BLOCKS}, {name}: {1000 * median(times):.2f} ms")
    middle = {name: median(times) for name, times in taken.items()}
    late = {name: percentile(times, 0.95) for name, times in taken.items()}
    return [
        figure("help_round_trip_ratio", middle["help"] / middle["echo"], "x", _LIMIT),
        figure("help_round_trip", middle["help"], "ms", middle["echo"]),
        figure("help_round_trip_p95", late["help"], "ms", late["echo"]),
        figure("helloworld_round_trip", middle["helloworld"], "ms", middle["echo"]),
        figure("helloworld_round_trip_p95", late["helloworld"], "ms", late["echo"]),
    ]
