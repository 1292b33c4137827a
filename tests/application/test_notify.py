"""What the bot hears: signed, at least once, nothing personal unless the TA wants it."""

import hashlib
import hmac
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from stuf_api.notify import post

SECRET = b"0123456789abcdef" * 4


def test_a_completed_upload_is_announced_with_a_signature(world: Any, who: dict[str, str]) -> None:
    done = world.upload(who, "secret.txt", b"hello").json()
    url, body, headers = world.told[0]
    assert url == "https://bot.example.org/hooks/stuf"
    assert json.loads(body) == {
        "schema_version": 1,
        "event": "upload.completed",
        "slug": "acme-audit",
        "upload_id": done["upload_id"],
        "size": 5,
        "participant": "pat",
        "verification": False,
        "occurred_at": done["completed_at"],
    }
    key = hmac.digest(SECRET, b"notify", hashlib.sha256)
    signed = hmac.new(key, headers["X-STUF-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-STUF-Signature-256"] == f"sha256={signed}"
    assert headers["X-STUF-Slug"] == "acme-audit"
    assert world.keys("notifications/") == []


def test_file_names_only_when_wanted(world: Any, who: dict[str, str]) -> None:
    world.configure(notify={"url": "https://bot.example.org/hooks/stuf", "show_file_names": True})
    world.clock[0] += 5
    world.upload(who, "shown.txt", b"hello")
    assert json.loads(world.told[0][1])["file_name"] == "shown.txt"


def test_nobody_to_tell(world: Any, who: dict[str, str]) -> None:
    world.configure(notify=None)
    world.clock[0] += 5
    assert world.upload(who, "a.txt", b"hello").status_code == 200
    assert world.told == []
    assert world.keys("notifications/") == []


def test_short_absences_are_bridged(world: Any, who: dict[str, str]) -> None:
    world.bot_answers[:] = [None, 503]
    assert world.upload(who, "a.txt", b"hello").status_code == 200
    assert len(world.told) == 3
    assert len({headers["X-STUF-Delivery"] for _, _, headers in world.told}) == 1
    assert world.keys("notifications/") == []


def test_long_absences_are_made_up_for_by_later_requests(
    world: Any, who: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    world.bot_answers[:] = [None] * 3
    with caplog.at_level(logging.INFO):
        assert world.upload(who, "private name.txt", b"hello").status_code == 200
    assert len(world.keys("notifications/")) == 1
    assert "private name" not in "".join(
        record.getMessage() for record in caplog.records if "stuf_api" in record.name
    )
    world.bot_answers[:] = [500]
    world.clock[0] += 10
    world.http.get("/api/uploads", headers=who)
    assert len(world.keys("notifications/")) == 1
    world.clock[0] += 59
    world.http.get("/api/uploads", headers=who)
    assert len(world.told) == 4
    world.clock[0] += 1
    world.http.get("/api/uploads", headers=who)
    assert world.keys("notifications/") == []
    first, last = world.told[0], world.told[-1]
    assert first[1] == last[1]
    assert first[2]["X-STUF-Delivery"] == last[2]["X-STUF-Delivery"]
    assert first[2]["X-STUF-Timestamp"] != last[2]["X-STUF-Timestamp"]


def test_post_over_http() -> None:
    heard: list[Any] = []

    class Bot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(
                (self.path, self.rfile.read(int(self.headers["Content-Length"])), self.headers["X-A"])
            )
            self.send_response(307 if self.path == "/moved" else 202)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Bot)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        assert post(f"{base}/hooks/stuf", b"body", {"X-A": "b"}) == 202
        assert post(f"{base}/moved", b"body", {"X-A": "b"}) == 307
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert heard == [("/hooks/stuf", b"body", "b"), ("/moved", b"body", "b")]
    assert post(f"{base}/hooks/stuf", b"body", {}) is None
    assert post("not an address", b"body", {}) is None
