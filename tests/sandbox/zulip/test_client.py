"""The official client against the embedded realm: events, catching up, limits."""

import threading
from pathlib import Path
from typing import Any

import pytest
import requests
import zulip
from asking import listen, ok, post, until

from sandbox.zulip import ZulipRealm


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

    def poll(client: zulip.Client) -> None:
        answers.append(client.get_events(queue_id=queue["queue_id"], last_event_id=-1))

    threads = [threading.Thread(target=poll, args=(client_of("bot"),)) for _ in range(2)]
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


def test_many_talk_at_once_and_everything_arrives_in_order(realm: ZulipRealm, client_of: Any) -> None:
    listener = listen(realm, client_of("bot"), "message")
    people = [client_of(name) for name in ("ada", "tess", "omar", "pat")]

    def talk(person: zulip.Client) -> None:
        for number in range(20):
            post(person, str(number))

    threads = [threading.Thread(target=talk, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(listener.heard) >= 80)
    assert [event["id"] for event in listener.heard] == list(range(80))
    numbers = [event["message"]["id"] for event in listener.heard]
    assert numbers == sorted(set(numbers))
