"""Answers and events agree with Zulip's API description, also where nothing was recorded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from comparing import SITE
from description import FILE, answer_schema, departures
from event_causes import CAUSE
from recorded_realm import PICTURE
from replay import Replay

if not FILE.exists():
    pytest.skip("Zulip's API description is not here", allow_module_level=True)

_NARROW = [{"operator": "channel", "operand": "incidents"}]
_READ = {"op": "add", "flag": "read"}
# Who asks, how, the path as described, the path, the parameters.
CALLS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("bot", "GET", "/server_settings", "server_settings", {}),
    ("bot", "POST", "/register", "register", {"include_subscribers": True}),
    ("tess", "POST", "/register", "register", {}),
    ("tess", "GET", "/users", "users", {"include_custom_profile_fields": True}),
    ("tess", "GET", "/users/me", "users/me", {}),
    ("tess", "GET", "/users/{user_id}", "users/12", {}),
    ("tess", "GET", "/users/{email}", "users/stuf-bot@example.org", {}),
    ("tess", "GET", "/users/{user_id}/status", "users/9/status", {}),
    ("tess", "POST", "/users/me/presence", "users/me/presence", {"status": "active"}),
    ("tess", "GET", "/users/{user_id}/subscriptions/{stream_id}", "users/9/subscriptions/4", {}),
    ("tess", "GET", "/messages", "messages", {"anchor": "newest", "num_before": 50, "num_after": 0}),
    (
        "bot",
        "GET",
        "/messages",
        "messages",
        {"anchor": 0, "num_before": 0, "num_after": 50, "narrow": _NARROW},
    ),
    ("bot", "GET", "/messages/{message_id}", "messages/48", {}),
    ("bot", "GET", "/messages/{message_id}/history", "messages/31/history", {}),
    (
        "bot",
        "GET",
        "/messages/matches_narrow",
        "messages/matches_narrow",
        {"msg_ids": [31], "narrow": _NARROW},
    ),
    (
        "bot",
        "POST",
        "/messages",
        "messages",
        {"type": "stream", "to": "general", "topic": "t", "content": "x"},
    ),
    ("bot", "PATCH", "/messages/{message_id}", "messages/31", {"content": "x"}),
    ("bot", "DELETE", "/messages/{message_id}", "messages/31", {}),
    ("bot", "POST", "/messages/render", "messages/render", {"content": "x"}),
    ("bot", "POST", "/messages/flags", "messages/flags", {"messages": [54], **_READ}),
    (
        "bot",
        "POST",
        "/messages/flags/narrow",
        "messages/flags/narrow",
        {"anchor": "newest", "num_before": 10, "num_after": 0, "narrow": _NARROW, **_READ},
    ),
    ("bot", "POST", "/messages/{message_id}/reactions", "messages/54/reactions", {"emoji_name": "eyes"}),
    ("bot", "POST", "/typing", "typing", {"op": "start", "to": [9]}),
    ("bot", "GET", "/streams", "streams", {}),
    ("bot", "GET", "/streams/{stream_id}", "streams/4", {}),
    ("bot", "GET", "/streams/{stream_id}/members", "streams/4/members", {}),
    ("bot", "GET", "/get_stream_id", "get_stream_id", {"stream": "general"}),
    ("bot", "GET", "/users/me/{stream_id}/topics", "users/me/4/topics", {}),
    ("bot", "GET", "/users/me/subscriptions", "users/me/subscriptions", {"include_subscribers": True}),
    (
        "bot",
        "POST",
        "/users/me/subscriptions",
        "users/me/subscriptions",
        {"subscriptions": [{"name": "new"}]},
    ),
    ("bot", "DELETE", "/users/me/subscriptions", "users/me/subscriptions", {"subscriptions": ["general"]}),
    ("ada", "PATCH", "/streams/{stream_id}", "streams/4", {"description": "x"}),
    ("ada", "DELETE", "/streams/{stream_id}", "streams/4", {}),
    ("ada", "GET", "/user_groups", "user_groups", {}),
    ("ada", "GET", "/user_groups/{user_group_id}/members", "user_groups/17/members", {}),
    ("ada", "GET", "/user_groups/{user_group_id}/members/{user_id}", "user_groups/17/members/9", {}),
    ("bot", "GET", "/attachments", "attachments", {}),
    ("bot", "GET", "/user_uploads/{realm_id_str}/{filename}", f"user_uploads/{PICTURE}", {}),
]
# Sent by the real server as well, though its description says nothing of them.
_UNDESCRIBED = {"bot_type", "bot_owner_id"}


def _known(line: str) -> bool:
    return line.endswith("is not described") and line.split()[1] in _UNDESCRIBED


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]} {call[3]}"[:50])
def test_answers(call: tuple[str, str, str, str, dict[str, Any]], tmp_path: Path) -> None:
    who, method, described, path, params = call

    async def ask() -> Any:
        async with Replay(tmp_path, SITE) as replay:
            return await replay.do(who, method, path, params)

    answer = asyncio.run(ask())
    found = departures(answer_schema(method, described), answer)
    assert not [line for line in found if not _known(line)]
    assert "ignored_parameters_unsupported" not in answer


@pytest.mark.parametrize("name", sorted(CAUSE))
def test_events(name: str, tmp_path: Path) -> None:
    """Everybody's events of what was recorded for the bot only."""

    async def hear() -> list[Any]:
        async with Replay(tmp_path, SITE) as replay:
            queues = {who: await replay.register(who) for who in ("ada", "tess", "pat", "bot")}
            for step in CAUSE[name]:
                await step(replay)
            answers = []
            for who, queue in queues.items():
                params = {"queue_id": queue, "last_event_id": -1, "dont_block": True}
                answers.append((await replay.ask(who, "GET", "events", params)).json())
            return [answer for answer in answers if answer["result"] == "success"]

    schema = answer_schema("GET", "/events")
    for answer in asyncio.run(hear()):
        assert not departures(schema, answer)[:5]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "reaction", "op": "add", "id": 1, "surprise": 1},
        {"type": "reaction", "op": "swap", "id": 1},
        {"type": "heartbeat", "id": "1"},
        {"type": "no_such_event", "id": 1},
    ],
)
def test_the_reader_notices_what_is_not_described(event: dict[str, Any]) -> None:
    answer = {"result": "success", "msg": "", "events": [event], "queue_id": "x"}
    assert departures(answer_schema("GET", "/events"), answer)
