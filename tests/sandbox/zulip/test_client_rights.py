"""The official client against the embedded realm: files, groups, bots, channels, who sees what."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
import zulip
from asking import ADMIN, ok, post, until

from sandbox.zulip import ZulipRealm


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


def test_who_loses_sight_of_messages_is_told_that_they_are_gone(client_of: Any) -> None:
    ada, pat = client_of("ada"), client_of("pat")
    ok(ada.add_subscriptions([{"name": "hidden"}], invite_only=True))
    hidden = ok(ada.get_stream_id("hidden"))["stream_id"]
    message = post(pat, "wrong place")
    queue = ok(pat.register(["update_message", "delete_message"]))
    ok(ada.update_message({"message_id": message, "stream_id": hidden, "propagate_mode": "change_all"}))
    events = ok(pat.get_events(queue_id=queue["queue_id"], last_event_id=-1, dont_block=True))["events"]
    assert [(event["type"], event["message_ids"]) for event in events] == [("delete_message", [message])]
    assert pat.get_raw_message(message)["msg"] == "Invalid message(s)"


def test_leaving_a_private_channel_hides_it(client_of: Any) -> None:
    ada, pat = client_of("ada"), client_of("pat")
    ok(ada.add_subscriptions([{"name": "hidden"}], invite_only=True, principals=[8, 11]))
    queue = ok(pat.register(["stream", "subscription"]))
    ok(pat.remove_subscriptions(["hidden"]))
    events = ok(pat.get_events(queue_id=queue["queue_id"], last_event_id=-1, dont_block=True))["events"]
    assert [(event["type"], event["op"]) for event in events] == [
        ("subscription", "remove"),
        ("stream", "delete"),
    ]
    assert pat.get_stream_id("hidden")["msg"] == "Invalid channel name 'hidden'"


def test_half_a_character_is_refused(client_of: Any) -> None:
    answer = client_of("bot").call_endpoint(
        "users/me/subscriptions", "POST", {"subscriptions": '[{"name": "a", "description": "\\ud800"}]'}
    )
    assert answer["msg"] == "subscriptions is not valid JSON"


def test_a_direct_message_is_for_its_people_only(client_of: Any) -> None:
    tess, bot, pat = client_of("tess"), client_of("bot"), client_of("pat")
    queue = ok(pat.register(["message"]))
    sent = ok(bot.send_message({"type": "direct", "to": [9], "content": "+44 7700 900123"}))["id"]
    assert pat.get_raw_message(sent)["result"] == "error"
    assert ok(tess.get_raw_message(sent))["raw_content"] == "+44 7700 900123"
    events = ok(pat.get_events(queue_id=queue["queue_id"], last_event_id=-1, dont_block=True))["events"]
    assert events == []


def test_buttons_come_with_the_message(client_of: Any) -> None:
    bot, tess = client_of("bot"), client_of("tess")
    choice = {"type": "multiple_choice", "short_name": "1", "long_name": "Yes", "reply": "yes"}
    widget = {"widget_type": "zform", "extra_data": {"type": "choices", "heading": "?", "choices": [choice]}}
    message = {"type": "stream", "to": ADMIN, "topic": "t", "content": "yes or no", "widget_content": widget}
    sent = ok(bot.send_message(message))["id"]
    [submessage] = ok(tess.get_raw_message(sent))["message"]["submessages"]
    assert json.loads(submessage["content"]) == widget
    assert bot.update_message({"message_id": sent, "content": "x"})["msg"] == "Widgets cannot be edited."


def test_the_sender_gets_its_own_number_back(client_of: Any) -> None:
    bot = client_of("bot")
    queue = ok(bot.register(["message"]))["queue_id"]
    message = {
        "type": "stream",
        "to": ADMIN,
        "topic": "t",
        "content": "x",
        "queue_id": queue,
        "local_id": "7.1",
    }
    ok(bot.send_message(message))
    [event] = ok(bot.get_events(queue_id=queue, last_event_id=-1))["events"]
    assert event["local_message_id"] == "7.1"
