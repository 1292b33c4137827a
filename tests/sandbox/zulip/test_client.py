"""The official client against the embedded realm."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import zulip

from sandbox.zulip import ZulipRealm

ADMIN = "stuf-admin"


def ok(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["result"] == "success", answer
    return answer


def post(client: zulip.Client, content: str, *, topic: str = "t", to: str = ADMIN) -> int:
    message = {"type": "stream", "to": to, "topic": topic, "content": content}
    return int(ok(client.send_message(message))["id"])


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.005)


class Listener:
    """Runs `call_on_each_event` in a thread and keeps what it hears."""

    def __init__(self, client: zulip.Client, event_types: list[str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self._client, self._types = client, event_types
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        # The client gives up when the realm is stopped at the end of a test.
        with contextlib.suppress(requests.ConnectionError, zulip.UnrecoverableNetworkError):
            self._client.call_on_each_event(self._hear, self._types)

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)

    def contents(self) -> list[str]:
        return [event["message"]["content"] for event in self.heard if event["type"] == "message"]


def listen(realm: ZulipRealm, client: zulip.Client, *event_types: str) -> Listener:
    before = len(realm._queues._queues)
    listener = Listener(client, list(event_types))
    until(lambda: len(realm._queues._queues) > before)
    return listener


def test_who_one_is(client_of: Any) -> None:
    profile = ok(client_of("bot").get_profile())
    assert (profile["user_id"], profile["bot_type"], profile["bot_owner_id"]) == (12, 1, 8)
    assert len(ok(client_of("tess").get_members())["members"]) == 5


def test_events_reach_the_listener(realm: ZulipRealm, client_of: Any) -> None:
    tess = client_of("tess")
    listener = listen(realm, client_of("bot"), "message", "reaction", "update_message")
    message = post(tess, "@**STUF Bot** help")
    ok(tess.add_reaction({"message_id": message, "emoji_name": "thumbs_up"}))
    ok(tess.update_message({"message_id": message, "content": "never mind"}))
    ok(tess.update_message({"message_id": message, "topic": "✔ t", "propagate_mode": "change_all"}))
    until(lambda: len(listener.heard) >= 5)
    kinds = [event["type"] for event in listener.heard]
    assert kinds == ["message", "reaction", "update_message", "update_message", "message"]
    assert listener.heard[0]["flags"] == ["mentioned"]
    assert listener.heard[2]["flags"] == []
    assert listener.heard[3]["subject"] == "✔ t"
    assert listener.heard[4]["message"]["sender_email"] == "notification-bot@zulip.com"


def test_queue_loss_and_catching_up(realm: ZulipRealm, client_of: Any) -> None:
    tess, bot = client_of("tess"), client_of("bot")
    listener = listen(realm, bot, "message")
    first = post(tess, "before")
    until(lambda: listener.contents() == ["before"])
    realm.drop_queues()
    until(lambda: bool(realm._queues._queues))
    post(tess, "after")
    until(lambda: listener.contents()[-1] == "after")
    missed = ok(
        bot.get_messages(
            {
                "anchor": first,
                "include_anchor": False,
                "num_before": 0,
                "num_after": 100,
                "apply_markdown": False,
            }
        )
    )
    assert [message["content"] for message in missed["messages"]] == ["after"]
    assert missed["found_newest"]


def test_events_wait_and_are_acknowledged(client_of: Any) -> None:
    tess, bot = client_of("tess"), client_of("bot")
    queue = ok(bot.register(["message"]))
    assert queue["last_event_id"] == -1
    timer = threading.Timer(0.2, post, (tess, "later"))
    timer.start()
    first = ok(bot.get_events(queue_id=queue["queue_id"], last_event_id=-1))["events"]
    timer.join()
    assert [event["message"]["content"] for event in first] == ["later"]
    post(tess, "again")
    second = ok(bot.get_events(queue_id=queue["queue_id"], last_event_id=first[0]["id"]))["events"]
    assert [event["message"]["content"] for event in second] == ["again"]
    pruned = bot.get_events(queue_id=queue["queue_id"], last_event_id=-1)
    assert pruned["code"] == "BAD_REQUEST"
    assert "pruned" in pruned["msg"]


def test_a_second_poll_ends_the_first(realm: ZulipRealm, client_of: Any) -> None:
    bot = client_of("bot")
    queue = ok(bot.register(["message"]))
    answers: list[dict[str, Any]] = []

    def poll() -> None:
        answers.append(client_of("bot").get_events(queue_id=queue["queue_id"], last_event_id=-1))

    threads = [threading.Thread(target=poll) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: len(answers) == 1)
    assert answers[0]["events"] == []
    post(client_of("tess"), "x")
    for thread in threads:
        thread.join()
    assert [len(answer["events"]) for answer in answers] == [0, 1]


def test_idle_queue_is_gone(client_of: Any, clock: Any) -> None:
    bot = client_of("bot")
    queue = ok(bot.register(["message"]))
    clock.now += 601
    answer = bot.get_events(queue_id=queue["queue_id"], last_event_id=-1, dont_block=True)
    assert answer["code"] == "BAD_EVENT_QUEUE_ID"


def test_heartbeats(tmp_path: Path) -> None:
    realm = ZulipRealm(tmp_path / "state", heartbeat_seconds=0.01)
    realm.start()
    account = realm.accounts["bot"]
    client = zulip.Client(email=account.email, api_key=account.api_key, site=realm.url)
    queue = ok(client.register(["message"]))
    events = ok(client.get_events(queue_id=queue["queue_id"], last_event_id=-1))["events"]
    assert events == [{"type": "heartbeat", "id": 0}]
    realm.stop()


def test_time_limit_of_edits(client_of: Any, clock: Any) -> None:
    bot = client_of("bot")
    message = post(bot, "a card")
    clock.now += 599
    ok(bot.update_message({"message_id": message, "content": "a newer card"}))
    clock.now += 2
    late = bot.update_message({"message_id": message, "content": "too late"})
    assert late["msg"] == "The time limit for editing this message has passed"
    ok(
        client_of("ada").call_endpoint(
            "realm", "PATCH", {"message_content_edit_limit_seconds": '"unlimited"'}
        )
    )
    ok(bot.update_message({"message_id": message, "content": "late, but allowed"}))


def test_rate_limit(realm: ZulipRealm, client_of: Any, clock: Any) -> None:
    bot = client_of("bot")
    while (answer := bot.get_profile())["result"] == "success":
        clock.now += 0.001
    assert answer["code"] == "RATE_LIMIT_HIT"
    assert 0 < answer["retry-after"] < 60
    account = realm.accounts["bot"]
    raw = requests.get(f"{realm.url}/api/v1/users/me", auth=(account.email, account.api_key), timeout=10)
    assert raw.status_code == 429
    assert float(raw.headers["Retry-After"]) == pytest.approx(answer["retry-after"], abs=1)
    assert raw.headers["X-RateLimit-Remaining"] == "0"
    events = bot.get_events(queue_id="x", last_event_id=-1)
    assert events["code"] == "BAD_EVENT_QUEUE_ID"
    clock.now += 61
    ok(bot.get_profile())


def test_rate_limit_headers(realm: ZulipRealm) -> None:
    account = realm.accounts["omar"]
    for left in (199, 198):
        raw = requests.get(f"{realm.url}/api/v1/users/me", auth=(account.email, account.api_key), timeout=10)
        assert (raw.headers["X-RateLimit-Limit"], raw.headers["X-RateLimit-Remaining"]) == ("200", str(left))


def test_upload(realm: ZulipRealm, client_of: Any, tmp_path: Path) -> None:
    bot, pat = client_of("bot"), client_of("pat")
    file = tmp_path / "plan <b>.txt"
    file.write_text("hello")
    with file.open("rb") as opened:
        url = ok(bot.upload_file(opened))["url"]
    assert url.endswith("/plan-b.txt")
    account = realm.accounts["pat"]
    signed = {"auth": (account.email, account.api_key), "timeout": 10}
    assert requests.get(realm.url + url, **signed).status_code == 403
    post(bot, f"[plan]({url})")
    assert requests.get(realm.url + url, **signed).text == "hello"
    temporary = ok(pat.call_endpoint(url.removeprefix("/"), "GET"))["url"]
    assert requests.get(realm.url + temporary, timeout=10).text == "hello"
    assert requests.get(realm.url + temporary.replace("A", "B", 1), timeout=10).status_code in {403, 404}


def test_a_bot_of_zulip_bots_runs(realm: ZulipRealm, client_of: Any, tmp_path: Path) -> None:
    client_of("bot")
    program = Path(sys.executable).with_name("zulip-run-bot")
    command = [str(program), "helloworld", "--config-file", str(tmp_path / "bot.zuliprc")]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        pat = client_of("pat")
        until(lambda: bool(realm._queues._queues) or running.poll() is not None, 60)
        ok(pat.send_message({"type": "direct", "to": [12], "content": "hello"}))
        until(lambda: _last(pat).startswith("beep boop") or running.poll() is not None)
        assert running.poll() is None
    finally:
        running.kill()
        running.wait()


def _last(client: zulip.Client) -> str:
    request = {"anchor": "newest", "num_before": 1, "num_after": 0, "apply_markdown": False}
    return str(ok(client.get_messages(request))["messages"][-1]["content"])


def test_a_bot_keeps_things(client_of: Any) -> None:
    bot = client_of("bot")
    ok(bot.update_storage({"storage": {"a": "1", "b": "2"}}))
    assert ok(bot.get_storage({"keys": ["b"]}))["storage"] == {"b": "2"}
    assert ok(bot.get_storage())["storage"] == {"a": "1", "b": "2"}


def test_realm_settings_are_told(client_of: Any) -> None:
    bot = client_of("bot")
    queue = ok(bot.register(["realm"], fetch_event_types=[]))
    ok(client_of("ada").call_endpoint("realm", "PATCH", {"message_content_edit_limit_seconds": 60}))
    [event] = ok(bot.get_events(queue_id=queue["queue_id"], last_event_id=-1))["events"]
    assert (event["op"], event["data"]) == ("update_dict", {"message_content_edit_limit_seconds": 60})


def test_groups_come_with_the_queue(client_of: Any) -> None:
    bot = client_of("bot")
    refused = bot.get_user_groups()
    assert refused["msg"] == "This endpoint does not accept bot requests."
    state = ok(bot.register(["user_group"], fetch_event_types=["realm_user_groups"]))
    groups = {group["name"]: group for group in state["realm_user_groups"]}
    assert groups["stuf-operators"]["members"] == [10]
    assert groups["role:administrators"]["direct_subgroup_ids"] == [groups["role:owners"]["id"]]
    ok(client_of("ada").update_user_group_members(groups["stuf-operators"]["id"], {"add": [9]}))
    events = ok(bot.get_events(queue_id=state["queue_id"], last_event_id=-1))["events"]
    assert [(event["op"], event["user_ids"]) for event in events] == [("add_members", [9])]
