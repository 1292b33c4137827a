"""Sends deliveries as their sources do: at a steady pace, on several connections, and again what failed.

`python -m bench.sender URL COUNT PER_SECOND RESULT` writes one line of JSON for each delivery into RESULT: its
number, how often it was sent, whether it was taken in the end, how often the answer was that it is new, and the
seconds from its last byte to the answer to the first attempt.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.mixed import Made, delivery

_CONNECTIONS = 64
_ANSWER_SECONDS = 10.0
_PAUSE = 1.0
_TRIES = 60
_ACCEPTED = 202

_Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Sent:
    """What became of a delivery. `seconds` are those of the first answer, whatever it was; below zero: none came."""

    number: int
    attempts: int = 0
    taken: bool = False
    new: int = 0
    seconds: float = -1.0


class Connections:
    """Connections that are kept, as a proxy keeps them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._free: list[_Pair] = []
        self._places = asyncio.Semaphore(_CONNECTIONS)

    async def post(self, made: Made) -> tuple[int, bytes, float]:
        """Status, body and seconds of the answer. Raises OSError, and EOFError where it broke off."""
        lines = [f"POST {made.path} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(made.body)}"]
        lines += [f"{name}: {value}" for name, value in made.headers.items()]
        async with self._one() as (reader, writer):
            writer.write("\r\n".join([*lines, "", ""]).encode() + made.body)
            await writer.drain()
            begin = time.perf_counter()
            head = await reader.readuntil(b"\r\n\r\n")
            seconds = time.perf_counter() - begin
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
            body = await reader.readexactly(int(fields[b"content-length"]))
            return int(head.split()[1]), body, seconds

    @contextlib.asynccontextmanager
    async def _one(self) -> AsyncIterator[_Pair]:
        async with self._places:
            pair = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
            whole = False
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    yield pair
                whole = True
            finally:
                if whole:
                    self._free.append(pair)
                else:
                    pair[1].close()


async def send_all(url: str, count: int, per_second: float) -> list[Sent]:
    """Send the deliveries with the numbers below `count`."""
    connections = Connections(url)
    begin = time.perf_counter()
    results = [Sent(number) for number in range(count)]
    async with asyncio.TaskGroup() as tasks:
        for number, result in enumerate(results):
            await asyncio.sleep(max(0.0, begin + number / per_second - time.perf_counter()))
            tasks.create_task(_send(connections, result))
    return results


async def _send(connections: Connections, result: Sent) -> None:
    while not result.taken and result.attempts < _TRIES:
        if result.attempts:
            await asyncio.sleep(_PAUSE)
        result.attempts += 1
        try:
            status, body, seconds = await connections.post(delivery(result.number))
        except (OSError, EOFError):
            continue
        if result.attempts == 1:
            result.seconds = seconds
        if status == _ACCEPTED:
            result.taken = True
            result.new += json.loads(body)["stored"]


def main(url: str, count: int, per_second: float, file: Path) -> None:
    """Send, and write what became of each."""
    results = asyncio.run(send_all(url, count, per_second))
    file.write_text("".join(f"{json.dumps(asdict(result))}\n" for result in results))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
