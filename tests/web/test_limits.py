"""How large, how slow and how many: what is beyond it is refused early, and shuts out nobody else."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from signers import github, sentry, stuf
from starlette.requests import Request

from stuf_bot.store.database import Database
from stuf_bot.web.bodies import Reader, Refused
from stuf_bot.web.door import Limits
from stuf_bot.web.rates import Rates
from stuf_bot.web.server import WebServer

HOOKS = ["/hooks/stuf", "/hooks/github", "/hooks/sentry", "/hooks/cloud"]
MEGABYTE = 1_000_000


@contextlib.contextmanager
def open_door(app: Any) -> Iterator[WebServer]:
    server = WebServer(app)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    connection.settimeout(20)
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            found += piece
    return found


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


@pytest.mark.parametrize("path", HOOKS)
def test_a_hundred_megabytes_are_refused_before_they_are_sent(door: Any, path: str) -> None:
    with open_door(door.client.app) as server, socket.create_connection(("127.0.0.1", server.port)) as sender:
        sender.sendall(request(path, f"Content-Length: {100 * MEGABYTE}"))
        answer = answer_of(sender)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert [code for _, code in door.unwanted] == ["too-large"]


def test_a_hundred_megabytes_in_pieces_are_cut_off(door: Any) -> None:
    """Nobody says how many will come."""
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    with open_door(door.client.app) as server, socket.create_connection(("127.0.0.1", server.port)) as sender:
        sender.settimeout(20)
        with contextlib.suppress(ConnectionError):
            sender.sendall(request("/hooks/github", "Transfer-Encoding: chunked"))
            while sent < 100 * MEGABYTE:
                sender.sendall(piece)
                sent += 65536
    assert sent < 20 * MEGABYTE
    assert [code for _, code in door.unwanted] == ["too-large"]
    assert door.stored() == []


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "²", "9" * 5000, "1,000"])
def test_a_length_that_is_none(door: Any, length: str) -> None:
    answer = door.client.post("/hooks/github", content=b"{}", headers={"Content-Length": length.encode()})
    assert answer.status_code == 413


@pytest.mark.parametrize("pace", ["nothing", "drops"])
def test_a_slow_body_is_given_up_and_holds_up_nobody(database: Database, make_door: Any, pace: str) -> None:
    door = make_door(database, Limits(body_seconds=0.3))
    with open_door(door.client.app) as server, socket.create_connection(("127.0.0.1", server.port)) as sender:
        sender.sendall(request("/hooks/github", "Content-Length: 1000"))
        ended = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not ended.wait(0.02):
                    sender.sendall(b"x")

        dripping = threading.Thread(target=drip, daemon=True)
        if pace == "drops":
            dripping.start()
        with socket.create_connection(("127.0.0.1", server.port)) as other:
            headers, body = github()
            lines = [f"{name}: {value}" for name, value in headers.items()]
            other.sendall(
                request("/hooks/github", *lines, f"Content-Length: {len(body)}", "Connection: close") + body
            )
            assert answer_of(other).startswith(b"HTTP/1.1 202 ")
        answer = answer_of(sender)
        ended.set()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert [code for _, code in door.unwanted] == ["too-slow"]


def test_a_body_that_breaks_off(door: Any, until: Any) -> None:
    with open_door(door.client.app) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sender:
            sender.sendall(request("/hooks/github", "Content-Length: 1000") + b"x")
        assert until(lambda: [code for _, code in door.unwanted]) == ["broken-off"]


def test_a_sender_has_a_budget_that_fills_again(database: Database, make_door: Any) -> None:
    door = make_door(database, Limits(per_second=1.0, burst_seconds=3.0))

    def sends(path: str, delivery: tuple[dict[str, str], bytes]) -> Any:
        headers, body = delivery
        return door.client.post(path, headers=headers, content=body)

    assert [sends("/hooks/github", github()).status_code for _ in range(4)] == [202, 202, 202, 429]
    refused = sends("/hooks/github", github())
    assert refused.json()["code"] == "too-many"
    assert refused.headers["Retry-After"] == "1"
    # The others have their own, each STUF one for itself.
    assert sends("/hooks/sentry", sentry()).status_code == 202
    assert sends("/hooks/stuf", stuf()).status_code == 202
    door.seconds += 1.0
    assert [sends("/hooks/github", github()).status_code for _ in range(2)] == [202, 429]
    assert len(door.stored()) == 6


def test_what_is_forged_or_played_again_takes_nothing_of_it(database: Database, make_door: Any) -> None:
    door = make_door(database, Limits(per_second=1.0, burst_seconds=2.0))
    headers, body = github()
    for _ in range(10):
        forged = github(key=b"not the secret")
        assert door.client.post("/hooks/github", headers=forged[0], content=forged[1]).status_code == 401
    for _ in range(10):
        assert door.client.post("/hooks/github", headers=headers, content=body).status_code == 202
    new = github()
    assert door.client.post("/hooks/github", headers=new[0], content=new[1]).json() == {"stored": True}
    assert len(door.stored()) == 2


def test_a_bucket() -> None:
    now = [0.0]
    rates = Rates(2.0, 2.0, monotonic=lambda: now[0])
    assert [rates.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    now[0] += 0.25
    assert rates.take("a") == 0.25
    assert rates.take("b") == 0
    now[0] += 100
    assert [rates.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_a_database_that_takes_too_long(database: Database, make_door: Any, until: Any) -> None:
    """The sender is told to come again; what it sent is stored all the same, and then known."""
    door = make_door(database, Limits(answer_seconds=0.1))
    headers, body = sentry()
    with open_door(door.client.app) as server, database.session():
        begin = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port)) as sender:
            lines = [f"{name}: {value}" for name, value in headers.items()]
            sender.sendall(
                request("/hooks/sentry", *lines, f"Content-Length: {len(body)}", "Connection: close") + body
            )
            answer = answer_of(sender)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 10" in answer.lower()
        assert time.monotonic() - begin < 15
        assert door.unwanted == []
    assert until(door.stored)
    assert door.client.post("/hooks/sentry", headers=headers, content=body).json() == {"stored": False}


def test_bodies_that_are_too_much_together() -> None:
    reader = Reader(limit=1000, room=1500)
    going_on = asyncio.Event()

    def body(size: int, gate: asyncio.Event | None) -> Request:
        async def receive() -> dict[str, Any]:
            if gate is not None and sent:
                await gate.wait()
                return {"type": "http.request", "body": b"", "more_body": False}
            sent.append(True)
            return {"type": "http.request", "body": b"x" * size, "more_body": gate is not None}

        sent: list[bool] = []
        return Request({"type": "http", "method": "POST", "headers": []}, receive)

    async def both() -> None:
        first = asyncio.create_task(reader.read(body(900, going_on)))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            await reader.read(body(900, None))
        assert (refused.value.status, refused.value.code) == (503, "too-much")
        going_on.set()
        assert len(await first) == 900
        assert len(await reader.read(body(900, None))) == 900

    asyncio.run(both())
