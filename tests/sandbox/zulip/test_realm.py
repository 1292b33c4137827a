"""The realm as an object: restarts, faults on demand, pages beside it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandbox.zulip import ZulipRealm


def call(realm: ZulipRealm, name: str, method: str, path: str, **data: Any) -> requests.Response:
    account = realm.accounts[name]
    given = {"params" if method == "GET" else "data": data}
    return requests.request(
        method, f"{realm.url}/api/v1/{path}", auth=(account.email, account.api_key), timeout=10, **given
    )


def post(realm: ZulipRealm, name: str, content: str) -> requests.Response:
    return call(realm, name, "POST", "messages", type="stream", to="stuf-admin", topic="t", content=content)


def newest(realm: ZulipRealm) -> list[str]:
    answer = call(
        realm, "bot", "GET", "messages", anchor="newest", num_before=9, num_after=0, apply_markdown="false"
    )
    return [message["content"] for message in answer.json()["messages"]]


def test_state_survives_a_restart_and_queues_do_not(tmp_path: Path) -> None:
    first = ZulipRealm(tmp_path / "state")
    first.start()
    first_id = post(first, "tess", "kept").json()["id"]
    call(first, "tess", "POST", f"messages/{first_id}/reactions", emoji_name="eyes")
    queue = call(first, "bot", "POST", "register", event_types='["message"]').json()["queue_id"]
    accounts = first.accounts
    first.stop()
    second = ZulipRealm(tmp_path / "state")
    second.start()
    assert second.accounts == accounts
    assert newest(second) == ["kept"]
    kept = call(second, "bot", "GET", f"messages/{first_id}").json()["message"]
    assert kept["reactions"][0]["emoji_name"] == "eyes"
    assert post(second, "tess", "next").json()["id"] > first_id
    gone = call(second, "bot", "GET", "events", queue_id=queue, last_event_id=-1)
    assert gone.json()["code"] == "BAD_EVENT_QUEUE_ID"
    second.stop()


def test_the_same_object_starts_again_at_the_same_address(realm: ZulipRealm) -> None:
    url = realm.url
    post(realm, "tess", "before")
    realm.stop()
    realm.start()
    assert realm.url == url
    post(realm, "tess", "after")
    assert newest(realm) == ["before", "after"]


@pytest.mark.parametrize(("after_effect", "posted"), [(False, []), (True, ["lost answer"])])
def test_a_fault_before_or_after_the_effect(realm: ZulipRealm, after_effect: bool, posted: list[str]) -> None:
    realm.fail_next("POST", "/api/v1/messages", 502, after_effect=after_effect)
    assert post(realm, "bot", "lost answer").status_code == 502
    assert newest(realm) == posted
    assert post(realm, "bot", "fine").status_code == 200


def test_a_fault_has_a_body_and_a_number_of_times(realm: ZulipRealm) -> None:
    body = '{"result": "error", "msg": "Internal server error"}'
    realm.fail_next("POST", "/api/v1/register", 500, body, times=2)
    for _ in range(2):
        answer = call(realm, "bot", "POST", "register")
        assert (answer.status_code, answer.json()["msg"]) == (500, "Internal server error")
    assert call(realm, "bot", "POST", "register").status_code == 200


def test_pages_are_served_beside_the_realm(tmp_path: Path) -> None:
    realm = ZulipRealm(
        tmp_path / "state", extra_routes=[Route("/hello", lambda _request: PlainTextResponse("route"))]
    )
    realm.mount("/chat", Starlette(routes=[Route("/", lambda _request: PlainTextResponse("page"))]))
    realm.start()
    assert requests.get(f"{realm.url}/hello", timeout=10).text == "route"
    assert requests.get(f"{realm.url}/chat/", timeout=10).text == "page"
    assert call(realm, "bot", "GET", "users/me").status_code == 200
    realm.stop()


def test_a_page_beside_the_realm_may_drop_its_queues(tmp_path: Path) -> None:
    def crash(_request: object) -> PlainTextResponse:
        realm.drop_queues()
        return PlainTextResponse("crashed")

    async def crash_in_the_loop(request: object) -> PlainTextResponse:
        return crash(request)

    realm = ZulipRealm(tmp_path / "state", extra_routes=[Route("/crash", crash_in_the_loop)])
    realm.start()
    queue = call(realm, "bot", "POST", "register").json()["queue_id"]
    assert requests.get(f"{realm.url}/crash", timeout=5).text == "crashed"
    gone = call(realm, "bot", "GET", "events", queue_id=queue, last_event_id=-1)
    assert gone.json()["code"] == "BAD_EVENT_QUEUE_ID"
    realm.stop()


def test_the_address_people_see_may_be_another(tmp_path: Path) -> None:
    realm = ZulipRealm(tmp_path / "state", public_url="https://chat.example.org/")
    realm.start()
    settings = requests.get(f"{realm.url}/api/v1/server_settings", timeout=10).json()
    assert settings["realm_url"] == "https://chat.example.org"
    realm.stop()


def test_the_realm_has_no_address_before_it_starts(tmp_path: Path) -> None:
    realm = ZulipRealm(tmp_path / "state")
    with pytest.raises(RuntimeError, match="call start"):
        _ = realm.url


def test_the_edit_limit_can_be_lifted_from_the_start(tmp_path: Path) -> None:
    realm = ZulipRealm(tmp_path / "state", edit_limit_seconds=None)
    realm.start()
    state = call(realm, "bot", "POST", "register", fetch_event_types='["realm"]').json()
    assert state["realm_message_content_edit_limit_seconds"] is None
    realm.stop()


_TOLD = """
import sys, time
import subprocess
import sys
from pathlib import Path
from sandbox.zulip import ZulipRealm
realm = ZulipRealm(Path(sys.argv[1]))
realm.start()
sys.stdout.write(realm.zuliprc("tess"))
sys.stdout.flush()
time.sleep(600)
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    root = Path(__file__).parents[3]
    running = subprocess.Popen(
        [sys.executable, "-c", _TOLD, str(state)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert running.stdout is not None
    values = dict(line.strip().split("=", 1) for line in [running.stdout.readline() for _ in range(4)][1:])
    message = {"type": "stream", "to": "stuf-admin", "topic": "t", "content": "answered"}
    url = f"{values['site']}/api/v1/messages"
    sent = requests.post(url, data=message, auth=(values["email"], values["key"]), timeout=10)
    running.kill()
    running.communicate()
    assert sent.status_code == 200
    realm = ZulipRealm(state)
    realm.start()
    assert newest(realm) == ["answered"]
    realm.stop()
