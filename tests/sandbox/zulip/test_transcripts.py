"""Recorded exchanges with a real Zulip server, repeated here: what agrees, and what cannot and why."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from causes import BEFORE, CAUSE
from comparing import SITE, difference, index, load, value_difference
from replay import Replay

# Not repeated, each with its reason.
CANNOT: dict[str, str] = {
    "54d": "samples of headers over a burst; test_rate_limit_headers compares them",
    "56c": "a graceful restart keeps queues; this realm loses them, as a crash does",
    "56d": "a graceful restart tells of itself; this realm loses queues at a restart",
}
_HOSTILE = "R"  # test_markdown.py
_WRONG = {
    "20": ("stuf-bot@example.org", "a" * 32),
    "21": ("stuf-bot@example.org", "short"),
    "22": ("nobody@example.org", "a" * 32),
    "26": ("stuf-bot@example.org", "a" * 32),
}
_UPLOADS: dict[str, dict[str, Any]] = {
    "96": {"report.txt": ("report.txt", b"hello report\n", "text/plain")},
    "96h": {"f": ("../evil <b>.html", b"<script>alert(1)</script>", "text/html")},
    "96j": {"empty.txt": ("empty.txt", b"", "text/plain")},
    "96l": {"big": ("big.bin", b"0" * (26 * 1024 * 1024), "application/octet-stream")},
    "96n": {"dot.png": ("dot.png", b"\x89PNG", "image/png")},
}


def _prefix(name: str) -> str:
    return name.partition("-")[0]


EXCHANGES = [one["file"] for one in index() if not one["file"].startswith(_HOSTILE)]
REPEATED = [name for name in EXCHANGES if _prefix(name) not in CANNOT]


def _request(recorded: dict[str, Any], replay: Replay, prefix: str) -> dict[str, Any]:
    params = dict(recorded["request"])
    if replay.queue and len(str(params.get("queue_id", ""))) == len(replay.queue):
        params["queue_id"] = replay.queue
    if prefix in CAUSE and "last_event_id" in params:
        params["last_event_id"] = -1
    return params


async def _repeat(name: str, state: Path) -> tuple[dict[str, Any], Any]:
    recorded, prefix = load(name), _prefix(name)
    async with Replay(state, SITE) as replay:
        for step in [*BEFORE.get(prefix, []), *CAUSE.get(prefix, [])]:
            await step(replay)
        auth = _WRONG.get(prefix)
        if prefix == "23":
            auth = (replay.realm.accounts["bot"].email, replay.realm.accounts["pat"].api_key)
        response = await replay.ask(
            recorded["as"],
            recorded["method"],
            recorded["path"],
            _request(recorded, replay, prefix),
            auth=auth,
            files=_UPLOADS.get(prefix),
        )
    return recorded, response


@pytest.mark.parametrize("name", REPEATED)
def test_agrees(name: str, tmp_path: Path) -> None:
    recorded, response = asyncio.run(_repeat(name, tmp_path))
    assert response.status_code == recorded["status"], response.text
    wanted = recorded.get("response")
    if not isinstance(wanted, dict) or "_not_json" in wanted or "_body" in wanted:
        return
    ours = response.json()
    assert ours.get("code") == wanted.get("code")
    lines = difference(wanted, ours) + value_difference(wanted, ours)
    if wanted["result"] == "error":
        lines += [] if wanted["msg"] == ours["msg"] else [f"{wanted['msg']!r} -> {ours['msg']!r}"]
    assert not lines, "\n".join(lines)


def test_every_exception_is_a_recorded_exchange() -> None:
    if not EXCHANGES:
        pytest.skip("the recorded exchanges are not here")
    known = {_prefix(name) for name in EXCHANGES}
    assert set(CANNOT) | set(BEFORE) | set(CAUSE) <= known
