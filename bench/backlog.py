"""A thousand commands that were written while the bot was away."""

import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import zulip

from bench import answerer
from bench.figures import Figure, figure
from bench.realm import REAL_LIMIT, Small, small
from stuf_bot.cli import say

_MANY = 1000
_PEOPLE = ("ada", "tess", "omar", "pat")
_TOPICS = 5
_PATIENCE_SECONDS = 240.0
_LOOK_SECONDS = 0.1
_STORED = "SELECT count(*) FROM inbox WHERE kind = 'MessageReceived'"
_HANDLED = _STORED + " AND state <> 'waiting'"
_ANSWERED = (
    "SELECT count(*) FROM outbox WHERE state <> 'waiting' AND kind = 'post' AND cause LIKE 'zulip:message:%'"
)
_MEGABYTE = 1024
_INTAKE_LIMIT = 30.0
_MEMORY_LIMIT = 300.0


def measure(folder: Path) -> list[Figure]:
    """Seconds from the bot's being ready until all is stored, is handled and is answered; memory after it.

    The realm allows any number of calls: what 200 a minute would add is no property of the bot. How many
    calls it took is counted, since they are what is scarce elsewhere.
    """
    with small(folder) as realm:
        with answerer.bot(realm):
            pass
        _write(realm)
        begin = time.monotonic()
        with answerer.bot(realm) as process:
            ready = time.monotonic() - begin
            reached = {
                name: _until(realm, query, begin)
                for name, query in (("stored", _STORED), ("handled", _HANDLED), ("answered", _ANSWERED))
            }
            memory = _memory(process)
        say(f"backlog: ready after {ready:.1f} s; " + ", ".join(f"{k} {v:.1f} s" for k, v in reached.items()))
    return [
        figure("backlog_stored", reached["stored"], "s", _INTAKE_LIMIT),
        figure("backlog_handled", reached["handled"], "s", _INTAKE_LIMIT),
        figure("backlog_answered", reached["answered"], "s", 60.0 * _MANY / REAL_LIMIT),
        figure("backlog_memory", memory, "MB", _MEMORY_LIMIT),
    ]


def _write(realm: Small) -> None:
    """Commands of several people, in direct messages and in topics, in turn."""
    clients = [zulip.Client(config_file=str(realm.zuliprc(name))) for name in _PEOPLE]
    mention = f"@**|{realm.bot_id}**"
    for number in range(_MANY):
        client = clients[number % len(clients)]
        if number % 2:
            request = {"type": "private", "to": [realm.bot_id], "content": "help"}
        else:
            topic = f"topic {number // 2 % _TOPICS}"
            request = {"type": "stream", "to": "general", "topic": topic, "content": f"{mention} list"}
        answer = client.send_message(request)
        if answer["result"] != "success":
            raise RuntimeError(f"the realm refused a message: {answer['msg']}")
    say(f"backlog: {_MANY} commands are written")


def _until(realm: Small, query: str, begin: float) -> float:
    """Seconds since `begin` until the query finds all of them. Raises TimeoutError."""
    found = _counter(answerer.database(realm), query)
    while found() < _MANY:
        if time.monotonic() > begin + _PATIENCE_SECONDS:
            raise TimeoutError(f"only {found()} of {_MANY} after {_PATIENCE_SECONDS:g} s: {query}")
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - begin


def _memory(process: int) -> float:
    """What the process holds, in MB."""
    command = ["ps", "-o", "rss=", "-p", str(process)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command
    return int(told) / _MEGABYTE


def _counter(file: Path, query: str) -> Callable[[], int]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)

    def count() -> int:
        return int(connection.execute(query).fetchone()[0])

    return count
