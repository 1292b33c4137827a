"""Ten thousand signed deliveries from another process while somebody asks things, once whole and once with a kill.

Both times all of them have to be handled once, however often they are sent, and what is urgent has to be seen at
once. Where the bot is killed, it is started again and the senders come again.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import zulip

from bench import answerer, mixed
from bench.figures import Figure, figure, percentile
from bench.realm import REAL_LIMIT, ROOT, Small, small
from bench.round_trip import Asker
from bench.sender import Sent
from stuf_bot.cli import say
from stuf_bot.cli._bot import BotProcess

_MANY = int(os.environ.get("BENCH_DELIVERIES", "10000"))
_PER_SECOND = 200.0
_ASK_SECONDS = 2.0
_URGENT_SECONDS = 5.0
_PATIENCE_SECONDS = 900.0
_HOME = "stuf-admin"
_ANSWER_LIMIT = 50.0
_URGENT_LIMIT = 2.0
_MEMORY_LIMIT = 300.0
_MEGABYTE = 1024


@dataclass
class Seen:
    """What one run showed. Times in seconds, memory in MB."""

    results: list[Sent]
    asked: list[float] = field(default_factory=list)
    urgent: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    handled: float = 0.0
    drained: float = 0.0
    messages: int = 0
    memory: float = 0.0

    def answers(self) -> list[float]:
        """Milliseconds of each answer to a first attempt, also where it was to come again."""
        return [1000 * one.seconds for one in self.results if one.seconds >= 0]


def measure(folder: Path) -> list[Figure]:
    """Lost and doubled ones of both runs together; the times and the memory are those of the one without a kill."""
    calm = _run(folder / "calm", kill=False)
    killed = _run(folder / "killed", kill=True)
    again = sum(one.attempts > 1 for one in killed.results)
    say(
        f"deliveries, with a kill: {again} were sent again; the longest answers: help {max(killed.asked):.2f} s"
    )
    return [
        figure("deliveries_lost", calm.lost + killed.lost, "deliveries", 0),
        figure("deliveries_doubled", calm.doubled + killed.doubled, "deliveries", 0),
        figure("delivery_answer_p50_ms", percentile(calm.answers(), 0.5), "ms", _ANSWER_LIMIT),
        figure("delivery_answer_p99_ms", percentile(calm.answers(), 0.99), "ms", _ANSWER_LIMIT),
        figure("urgent_post_seconds", max(calm.urgent), "s", _URGENT_LIMIT),
        figure("deliveries_asked_seconds", max(calm.asked), "s", _URGENT_LIMIT),
        figure("deliveries_handled_seconds", calm.handled, "s", 2 * _MANY / _PER_SECOND),
        figure("deliveries_drained_seconds", calm.drained, "s", 60.0 * _MANY / REAL_LIMIT),
        figure("deliveries_messages", calm.messages, "messages", _MANY),
        figure("deliveries_memory", calm.memory, "MB", _MEMORY_LIMIT),
    ]


def _run(folder: Path, *, kill: bool) -> Seen:
    with small(folder, limit=REAL_LIMIT) as realm:
        conf, url = answerer.configuration(
            realm,
            {
                "github": {"webhook_secrets": mixed.SECRETS["github"]},
                "sentry": {"client_secrets": mixed.SECRETS["sentry"]},
                "cloud": {"azure_secrets": mixed.SECRETS["azure"]},
            },
        )
        _subscribe(realm, "ada")
        bot = BotProcess(conf, url, folder / "bot.log", say)
        bot.start()
        try:
            return _watched(realm, bot, url, kill=kill)
        finally:
            bot.stop()


def _watched(realm: Small, bot: BotProcess, url: str, *, kill: bool) -> Seen:
    begin = time.monotonic()
    results = realm.folder / "results.jsonl"
    command = [sys.executable, "-m", "bench.sender", url, str(_MANY), str(_PER_SECOND), str(results)]
    sender = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own command
    seen = Seen([])
    asker, urgent = Asker(realm.zuliprc("tess"), realm.bot_id), Urgent(realm, url)
    threads = [
        threading.Thread(
            target=_repeat, args=(sender, _ASK_SECONDS, lambda: seen.asked.append(_asked(asker)))
        ),
        threading.Thread(
            target=_repeat, args=(sender, _URGENT_SECONDS, lambda: seen.urgent.append(urgent.once()))
        ),
    ]
    for thread in threads:
        thread.start()
    if kill:
        time.sleep(_MANY / _PER_SECOND / 2)
        os.kill(bot.pid, signal.SIGKILL)
    sender.wait(_PATIENCE_SECONDS)
    for thread in threads:
        thread.join()
    seen.results = [Sent(**json.loads(line)) for line in results.read_text().splitlines()]
    ask = _reader(answerer.database(realm))
    _until(lambda: ask("SELECT count(*) FROM inbox WHERE state = 'waiting'") == 0)
    seen.handled = time.monotonic() - begin
    seen.memory = _memory(bot.pid)
    _until(lambda: ask("SELECT count(*) FROM outbox WHERE state = 'waiting'") == 0)
    seen.drained = time.monotonic() - begin
    messages = _messages(realm)
    seen.messages, seen.lost, seen.doubled = len(messages), _lost(seen, realm), _doubled(seen, messages)
    say(
        f"deliveries{', with a kill' if kill else ''}: p50 {percentile(seen.answers(), 0.5):.1f} ms, "
        f"p99 {percentile(seen.answers(), 0.99):.1f} ms, longest {max(seen.answers()):.0f} ms; "
        f"handled after {seen.handled:.0f} s, told after {seen.drained:.0f} s in {seen.messages} messages; "
        f"urgent {max(seen.urgent):.2f} s, help {max(seen.asked):.2f} s at most; {seen.memory:.0f} MB; "
        f"lost {seen.lost}, doubled {seen.doubled}"
    )
    return seen


def _repeat(sender: "subprocess.Popen[bytes]", every: float, act: Callable[[], None]) -> None:
    while sender.poll() is None:
        time.sleep(every)
        act()


def _asked(asker: Asker) -> float:
    begin = time.monotonic()
    try:
        return asker.ask("help")
    except TimeoutError:
        # It is as slow as that, and no reason to measure nothing else.
        return time.monotonic() - begin


class Urgent:
    """Sends alarms, and waits until a person sees each."""

    def __init__(self, realm: Small, url: str) -> None:
        self._url = url
        self._number = 0
        self._client = zulip.Client(config_file=str(realm.zuliprc("ada")), retry_on_errors=False)
        queue = self._client.register(event_types=["message"], apply_markdown=False)
        self._queue, self._last = queue["queue_id"], queue["last_event_id"]

    def once(self) -> float:
        """Seconds from an alarm, sent until it is taken, to the message about it."""
        self._number += 1
        rule = f"urgent-{self._number}"
        made = mixed.alarm(rule, rule, fires=True)
        begin = time.monotonic()
        _until(lambda: self._sent(made))
        while time.monotonic() < begin + _PATIENCE_SECONDS:
            answer: dict[str, Any] = self._client.get_events(queue_id=self._queue, last_event_id=self._last)
            for event in answer["events"]:
                self._last = max(self._last, event["id"])
            told = [event["message"] for event in answer["events"] if event["type"] == "message"]
            if any(rule in message["subject"] or rule in message["content"] for message in told):
                return time.monotonic() - begin
        raise TimeoutError(f"nobody was told of {rule}")

    def _sent(self, made: mixed.Made) -> bool:
        try:
            answer = requests.post(self._url + made.path, data=made.body, headers=made.headers, timeout=10)
        except requests.RequestException:
            return False
        return answer.ok


def _subscribe(realm: Small, name: str) -> None:
    client = zulip.Client(config_file=str(realm.zuliprc(name)))
    answer = client.add_subscriptions([{"name": _HOME}])
    if answer["result"] != "success":
        raise RuntimeError(f"the realm refused a subscription: {answer['msg']}")


def _lost(seen: Seen, realm: Small) -> int:
    """Those that no answer came for, and those that were not handled though it came."""
    connection = sqlite3.connect(f"file:{answerer.database(realm)}?mode=ro", uri=True)
    done = {key for (key,) in connection.execute("SELECT key FROM inbox WHERE state = 'done'")}
    connection.close()
    answered = {one.number for one in seen.results if one.taken}
    keys = {number: mixed.delivery(number).key for number in range(_MANY)}
    return sum(number not in answered or key not in done for number, key in keys.items())


def _doubled(seen: Seen, messages: Sequence[dict[str, Any]]) -> int:
    """Those that were said to be new twice, and pushes that are told of in two messages beside the card."""
    told: Counter[str] = Counter()
    topics: set[str] = set()
    for message in messages:
        if message["subject"] in topics:
            told.update(
                {word for word in message["content"].split() if word.strip("`:").startswith("change-")}
            )
        topics.add(message["subject"])
    return sum(one.new > 1 for one in seen.results) + sum(count > 1 for count in told.values())


def _messages(realm: Small) -> list[dict[str, Any]]:
    """All that the bot said in its channel, oldest first."""
    client = zulip.Client(config_file=str(realm.zuliprc("ada")))
    found: list[dict[str, Any]] = []
    anchor = 0
    while True:
        answer: dict[str, Any] = client.get_messages(
            {
                "anchor": anchor,
                "include_anchor": False,
                "num_before": 0,
                "num_after": 1000,
                "narrow": [["channel", _HOME], ["sender", realm.bot_id]],
                "apply_markdown": False,
            }
        )
        found += answer["messages"]
        if answer["found_newest"]:
            return found
        anchor = found[-1]["id"]


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"not all was done after {_PATIENCE_SECONDS:g} s")
        time.sleep(0.2)


def _reader(file: Path) -> Callable[[str], int]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    return lambda query: int(connection.execute(query).fetchone()[0])


def _memory(process: int) -> float:
    command = ["ps", "-o", "rss=", "-p", str(process)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command
    return int(told) / _MEGABYTE
