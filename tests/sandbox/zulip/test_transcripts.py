"""Recorded exchanges with a real Zulip server, repeated here: what agrees, and what cannot and why."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from causes import BEFORE
from comparing import SITE, difference, index, load, value_difference
from event_causes import CAUSE
from recorded_realm import OLD_KEY, UPLOAD
from replay import Replay

# Not repeated, each with its reason.
CANNOT: dict[str, str] = {
    "54d": "samples of headers over a burst; compared by test_agrees_on_a_burst",
    "56c": "a graceful restart keeps queues; this realm loses them, as a crash does",
    "56d": "a graceful restart tells of itself; this realm loses queues at a restart",
}
_HOSTILE = "R"  # test_markdown.py
_WRONG = {
    "20": ("stuf-bot@example.org", "a" * 32),
    "21": ("stuf-bot@example.org", "short"),
    "22": ("nobody@example.org", "a" * 32),
    "26": ("stuf-bot@example.org", "a" * 32),
    "C08": ("throwaway-bot@example.org", OLD_KEY),
}
_UPLOADS: dict[str, dict[str, Any]] = {
    "96": {"report.txt": ("report.txt", b"hello report\n", "text/plain")},
    "96h": {"f": ("../evil <b>.html", b"<script>alert(1)</script>", "text/html")},
    "96j": {"empty.txt": ("empty.txt", b"", "text/plain")},
    "96l": {"big": ("big.bin", b"0" * (26 * 1024 * 1024), "application/octet-stream")},
    "96n": {"dot.png": ("dot.png", b"\x89PNG", "image/png")},
}


# Recorded with another account than the index says.
_AS = {"96f": "pat", "96g": "pat"}
# Of answers that tell the whole past of the recorded realm, so many first entries are compared.
_FIRST = {"37b": ("events", 2)}
_SAME_HEADERS = (
    "Content-Type",
    "WWW-Authenticate",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
)


def _prefix(name: str) -> str:
    return name.partition("-")[0]


EXCHANGES = [one["file"] for one in index() if not one["file"].startswith(_HOSTILE)]
if not EXCHANGES:
    pytest.skip("the recorded exchanges are not here", allow_module_level=True)
REPEATED = [name for name in EXCHANGES if _prefix(name) not in CANNOT]


def _request(recorded: dict[str, Any], replay: Replay, prefix: str) -> dict[str, Any]:
    params = dict(recorded["request"])
    if replay.queue and len(str(params.get("queue_id", ""))) == len(replay.queue):
        params["queue_id"] = replay.queue
    if prefix in CAUSE and "last_event_id" in params:
        params["last_event_id"] = -1
    return params


async def _path(recorded: dict[str, Any], replay: Replay) -> str:
    if not recorded["path"].startswith("/user_uploads/temporary/"):
        return str(recorded["path"])
    return str((await replay.do("bot", "GET", f"user_uploads/{UPLOAD}"))["url"])


async def _repeat(name: str, state: Path) -> tuple[dict[str, Any], Any]:
    recorded, prefix = load(name), _prefix(name)
    async with Replay(state, SITE) as replay:
        for step in [*BEFORE.get(prefix, []), *CAUSE.get(prefix, [])]:
            await step(replay)
        auth = _WRONG.get(prefix)
        if prefix == "23":
            auth = (replay.realm.accounts["bot"].email, replay.realm.accounts["pat"].api_key)
        params = _request(recorded, replay, prefix)
        if "queue_id" in params:
            text = json.dumps(recorded).replace(recorded["request"]["queue_id"], params["queue_id"])
            recorded = json.loads(text)
        response = await replay.ask(
            _AS.get(prefix, recorded["as"]),
            recorded["method"],
            await _path(recorded, replay),
            params,
            auth=auth,
            files=_UPLOADS.get(prefix),
        )
    return recorded, response


def _comparable(name: str, wanted: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Our answer in the form in which the other was written down."""
    if "content_length" in wanted:
        content = ours["message"]["content"]
        return {
            "result": ours["result"],
            "content_length": len(content),
            "raw_content_length": len(ours["raw_content"]),
            "content_end": content[-60:],
        }
    if "result" not in wanted:
        return {key: value for key, value in ours.items() if key in wanted}
    if _prefix(name) in _FIRST:
        key, count = _FIRST[_prefix(name)]
        wanted[key], ours[key] = wanted[key][:count], ours[key][:count]
    return ours


@pytest.mark.parametrize("name", REPEATED)
def test_agrees(name: str, tmp_path: Path) -> None:
    recorded, response = asyncio.run(_repeat(name, tmp_path))
    assert response.status_code == recorded["status"], response.text
    theirs = recorded.get("headers", {})
    if recorded["status"] in {200, 400, 401, 429}:
        assert not [one for one in _SAME_HEADERS if one in theirs and one not in response.headers]
    wanted = recorded.get("response")
    if not isinstance(wanted, dict) or "_not_json" in wanted or "_body" in wanted:
        return
    ours = _comparable(name, wanted, response.json())
    assert ours.get("code") == wanted.get("code")
    lines = difference(wanted, ours) + value_difference(wanted, ours)
    if wanted.get("result") == "error":
        lines += [] if wanted["msg"] == ours["msg"] else [f"{wanted['msg']!r} -> {ours['msg']!r}"]
    assert not lines, "\n".join(lines)


BURST = [name for name in EXCHANGES if name.startswith("54d-")]


@pytest.mark.parametrize("name", BURST)
def test_agrees_on_a_burst(name: str, tmp_path: Path) -> None:
    samples = {one["request_number"]: one for one in load(name)["samples"] if "t" in one}
    last = samples[max(samples)]

    async def burst() -> None:
        async with Replay(tmp_path, SITE) as replay:
            start = float(last["headers"]["X-RateLimit-Reset"]) - 59.8
            for number in range(1, max(samples) + 1):
                sample = samples.get(number)
                replay.clock.now = start + (sample["t"] if sample else 0.013 * number)
                answer = await replay.ask("omar", "GET", "users/me")
                if sample:
                    _compare_burst(sample, answer)

    asyncio.run(burst())


def _compare_burst(sample: dict[str, Any], answer: Any) -> None:
    assert answer.status_code == sample["status"]
    for header, value in sample["headers"].items():
        if header == "Retry-After":
            assert float(answer.headers[header]) == pytest.approx(float(value), abs=0.1)
        else:
            assert answer.headers[header] == value, (sample["request_number"], header)


def test_every_exception_is_a_recorded_exchange() -> None:
    known = {_prefix(name) for name in EXCHANGES}
    assert set(CANNOT) | set(BEFORE) | set(CAUSE) <= known
