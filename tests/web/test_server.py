"""The door under a real server: health, and a port that is taken."""

import asyncio
import socket
import threading
from typing import Any

import httpx
import pytest

from stuf_bot.web.server import WebServer

BEGUN = b"POST /hooks/github HTTP/1.1\r\nHost: x\r\n"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def hello_after_all(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass
    await hello(scope, receive, send)


def test_it_serves_until_it_is_stopped() -> None:
    server = WebServer(hello)
    server.start()
    assert server.url.startswith("http://127.0.0.1:")
    assert httpx.get(server.url).text == "hello"
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_a_port_that_is_taken_is_named() -> None:
    first = WebServer(hello)
    with pytest.raises(OSError, match=rf"\[web\] port {first.port} on 127.0.0.1 cannot be used"):
        WebServer(hello, port=first.port)
    first.stop()


@pytest.mark.parametrize(
    ("after", "begun"),
    [(b"", b""), (b"", BEGUN), (b"", b"GE"), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", BEGUN)],
)
def test_headers_that_do_not_come_are_not_waited_for(after: bytes, begun: bytes) -> None:
    server = WebServer(hello, header_seconds=0.2)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as sender:
            sender.settimeout(20)
            if after:
                sender.sendall(after)
                assert b"200 OK" in sender.recv(65536)
            if begun:
                sender.sendall(begun)
            while sender.recv(65536):
                pass
        assert httpx.get(server.url).text == "hello"
    finally:
        server.stop()


def test_a_body_may_take_longer_than_headers() -> None:
    server = WebServer(hello_after_all, header_seconds=0.2)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as sender:
            sender.settimeout(20)
            sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
            threading.Event().wait(0.5)
            sender.sendall(b"b")
            assert b"200 OK" in sender.recv(65536)
    finally:
        server.stop()


def test_deliveries_over_the_wire(door: Any, stuf: Any, github: Any) -> None:
    server = WebServer(door.client.app)
    server.start()
    try:
        for path, (headers, body) in (("stuf", stuf()), ("github", github())):
            answer = httpx.post(f"{server.url}/hooks/{path}", headers=headers, content=body)
            assert answer.status_code == 202
    finally:
        server.stop()
    assert len(door.stored()) == 2


def test_health(door: Any) -> None:
    assert door.client.get("/healthz").status_code == 200
    assert door.client.get("/readyz").json() == {"zulip": True}
    door.ready["zulip"] = False
    assert door.client.get("/readyz").status_code == 503
    assert door.client.get("/healthz").status_code == 200
