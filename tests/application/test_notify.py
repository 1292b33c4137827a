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


def undelivered(world: Any, who: dict[str, str], count: int) -> None:
    """Leave `count` notifications behind, with the next look due."""
    for number in range(count):
        world.bot_answers[:] = [None] * 3
        assert world.upload(who, f"{number}.txt", b"hello").status_code == 200
    assert len(world.keys("notifications/")) == count
    world.told.clear()
    world.clock[0] += 60


def test_a_refused_delivery_holds_up_no_other(world: Any, who: dict[str, str]) -> None:
    undelivered(world, who, 3)
    world.bot_answers[:] = [400]
    world.http.get("/api/uploads", headers=who)
    assert len(world.told) == 3
    assert len(world.keys("notifications/")) == 1


def test_many_refused_deliveries_hold_up_no_other(
    world: Any, who: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    undelivered(world, who, 1)
    good = world.keys("notifications/")[0]
    for number in range(12):
        body = {"schema_version": 1, "delivery": f"0{number}", "body": {"refused": True}}
        world.write(f"notifications/0{number}.json", body)

    def bot(_url: str, body: bytes, _headers: dict[str, str]) -> int:
        return 422 if b"refused" in body else 202

    monkeypatch.setattr(world.services.notifier, "_send", bot)
    for _ in range(60):  # One round passes it over with a chance of 3 in 13.
        if good not in world.keys("notifications/"):
            break
        world.clock[0] += 60
        world.services.notifier.deliver_backlog()
    assert good not in world.keys("notifications/")
    assert len(world.keys("notifications/")) == 12


@pytest.mark.parametrize("status", [None, 503, 429])
def test_a_bot_that_is_away_is_not_asked_again(world: Any, who: dict[str, str], status: int | None) -> None:
    undelivered(world, who, 2)
    world.bot_answers[:] = [status]
    world.http.get("/api/uploads", headers=who)
    assert len(world.told) == 1
    assert len(world.keys("notifications/")) == 2


def test_a_broken_backlog_harms_no_request(
    world: Any, who: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    undelivered(world, who, 1)
    world.write("notifications/0.json", {"private": "note"})
    assert world.http.get("/api/uploads", headers=who).status_code == 200
    assert world.keys("notifications/") == ["notifications/0.json"]

    def broken(*_arguments: Any) -> int:
        raise RuntimeError("private note")

    world.clock[0] += 60
    undelivered_before = world.keys("notifications/")
    monkeypatch.setattr(world.services.notifier, "_deliver_each", broken)
    assert world.http.get("/api/uploads", headers=who).status_code == 200
    assert world.keys("notifications/") == undelivered_before
    assert "notifications could not be made up for: RuntimeError" in caplog.text
    assert "private" not in caplog.text


def test_the_page_and_a_sign_in_look_for_the_backlog_once_a_minute(
    world: Any, pat: tuple[str, str], who: dict[str, str]
) -> None:
    undelivered(world, who, 1)
    assert world.http.get("/api/config").status_code == 200
    assert world.keys("notifications/") == []
    world.write("notifications/0.json", {"schema_version": 1, "delivery": "0", "body": {}})
    world.clock[0] += 59
    world.http.get("/api/config")
    world.session(*pat)
    assert world.keys("notifications/") == ["notifications/0.json"]
    world.clock[0] += 1
    world.session(*pat)
    assert world.keys("notifications/") == []


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
