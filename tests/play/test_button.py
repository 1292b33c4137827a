"""Pressing a button on a web page."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stuf_bot.play.button import press


@pytest.fixture
def page() -> Iterator[tuple[str, list[bytes]]]:
    came: list[bytes] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(303 if self.path == "/there" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()


def test_a_form_is_sent_with_who_it_is(page: tuple[str, list[bytes]]) -> None:
    address, came = page
    assert not press(f"{address}/there", "Ana", {"text": "a b"})
    assert came == [b"by=ana&text=a+b"]


def test_what_goes_wrong_is_said(page: tuple[str, list[bytes]]) -> None:
    address, _ = page
    assert press(f"{address}/elsewhere", "Ana", {}) == "the page answered 404"
    assert "nothing answers" in press("http://127.0.0.1:1/x", "Ana", {})
