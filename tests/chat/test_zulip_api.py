"""Calls, files and what can go wrong with them."""

import io
from typing import Any

import pytest
import requests
import urllib3

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Post
from stuf_bot.chat.wire import wire
from stuf_bot.chat.zulip_api import Rejected, Unauthorised, Unavailable, ZulipApi
from stuf_bot.places import Direct, Topic

TESS = Direct(user_ids=(9,))


def test_a_file_that_somebody_uploaded_is_read(hand_bot: Any, tess: Any) -> None:
    path = tess.client.call_endpoint(
        "user_uploads", files=[named("people.csv", b"ana@example.org,+447700900001\n")]
    )
    link = path.get("url") or path["uri"]
    tess.direct(f"[people.csv]({link})")
    assert hand_bot.api.download(link) == b"ana@example.org,+447700900001\n"
    site = hand_bot.api.connected().base_url.removesuffix("/api/")
    assert hand_bot.api.download(site + link).startswith(b"ana@")
    with pytest.raises(Rejected, match="TOO_LARGE"):
        hand_bot.api.download(link, limit=10)


def named(name: str, content: bytes) -> Any:
    file = io.BytesIO(content)
    file.name = name
    return file


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example.org/user_uploads/2/a/file.csv",
        "//elsewhere.example.org/user_uploads/2/a/file.csv",
        "/api/v1/users/me",
        "/user_uploads/../api/v1/users/me",
        "/user_uploads/2/../../api/v1/users/me",
        "file:///etc/passwd",
        "",
        "user_uploads",
    ],
)
def test_nothing_but_an_upload_of_this_realm_is_read(hand_bot: Any, address: str) -> None:
    with pytest.raises(Rejected, match="NOT_AN_UPLOAD"):
        hand_bot.api.download(address)


def test_an_upload_that_is_not_there_is_refused(hand_bot: Any) -> None:
    with pytest.raises(Rejected):
        hand_bot.api.download("/user_uploads/2/no/such/file.csv")


def test_a_file_that_comes_too_slowly_is_given_up(hand_bot: Any, tess: Any) -> None:
    uploaded = tess.client.call_endpoint("user_uploads", files=[named("people.csv", b"x" * 100)])
    link = uploaded.get("url") or uploaded["uri"]
    tess.direct(f"[people.csv]({link})")
    moments = iter([0.0, 1.0, 16.0])
    with pytest.raises(Unavailable, match="within 15 s"):
        hand_bot.api.download(link, monotonic=lambda: next(moments))


def test_a_file_of_the_bot_reaches_the_reader(hand_bot: Any, tess: Any) -> None:
    path = hand_bot.api.upload("plan.txt", b"the plan")
    hand_bot.put(Post(to=TESS, content=f"[plan.txt]({path})"))
    hand_bot.drain()
    (said,) = tess.reads_from_bot()
    address = tess.call(path.removeprefix("/"), "GET")["url"]
    assert (
        requests.get(tess.client.base_url.removesuffix("/api/") + address, timeout=20).content == b"the plan"
    )
    assert path in said


def test_a_server_that_is_not_there_is_unavailable_until_it_is() -> None:
    api = ZulipApi.from_account("http://127.0.0.1:9", "bot@example.org", "key-" + "x" * 28)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            api.register()
        assert "key-" not in str(caught.value)


def test_a_proxy_that_answers_for_the_server_is_unavailability(realm: ZulipRealm) -> None:
    account = realm.accounts["bot"]
    api = ZulipApi.from_account(realm.url, account.email, account.api_key)
    realm.fail_next("GET", "/api/v1/server_settings", 502)
    with pytest.raises(Unavailable):
        api.register()
    assert api.register()["queue_id"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, '{"result":"error","msg":"Internal server error"}', Unavailable),
        (502, None, Unavailable),
        (200, "[]", Unavailable),
        (200, '{"result":"success"}', Unavailable),
        (401, '{"result":"error","msg":"Invalid API key","code":"UNAUTHORIZED"}', Unauthorised),
        (400, '{"result":"error","msg":"No","code":"BAD_REQUEST"}', Rejected),
    ],
)
def test_every_answer_becomes_one_of_three_errors(
    realm: ZulipRealm, hand_bot: Any, status: int, body: str | None, error: type[Exception]
) -> None:
    realm.fail_next("POST", "/api/v1/messages", status, body)
    with pytest.raises(error):
        hand_bot.api.send(TESS, "hello")


def test_the_calls_are_those_of_the_official_client(hand_bot: Any, monkeypatch: Any) -> None:
    """Who we are, and what is sent, is the same on both ways."""
    sent: list[dict[str, str]] = []
    real = urllib3.HTTPConnectionPool.urlopen

    def urlopen(pool: Any, method: str, url: str, **given: Any) -> Any:
        headers = {str(name).lower(): str(value) for name, value in given["headers"].items()}
        sent.append({"method": method, "url": url, "body": str(given.get("body")), **headers})
        return real(pool, method, url, **given)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)
    for way in (hand_bot.api._wire, None):
        hand_bot.api._wire = way
        hand_bot.api.send(TESS, "ä & b = c?\n`d`")
        hand_bot.api.find_user(9)
        hand_bot.api.messages(0, after=1, narrow=[{"operator": "is", "operand": "dm"}])
    for name in ("method", "url", "body", "authorization", "user-agent"):
        assert [call[name] for call in sent[:3]] == [call[name] for call in sent[3:]], name


def test_a_proxy_is_left_to_the_official_client(realm: ZulipRealm, monkeypatch: Any) -> None:
    account = realm.accounts["bot"]
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.org")
    direct = ZulipApi.from_account(realm.url, account.email, account.api_key)
    with pytest.raises(Unavailable):
        direct.register()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert wire(direct.connected()) is not None
    monkeypatch.setenv("no_proxy", "example.org")
    assert wire(direct.connected()) is None


def test_a_realm_that_says_nothing_is_unavailable(hand_bot: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("stuf_bot.chat.wire._POLL_SECONDS", 0.05)
    with pytest.raises(Unavailable):
        hand_bot.intake.listen()


def test_a_wrong_key_is_said_to_be_wrong(realm: ZulipRealm) -> None:
    api = ZulipApi.from_account(realm.url, realm.accounts["bot"].email, "x" * 32)
    with pytest.raises(Unauthorised):
        api.register()


def test_the_client_does_not_retry_by_itself(realm: ZulipRealm, tmp_path: Any) -> None:
    """Its own retries of POSTs would post twice."""
    file = tmp_path / "zuliprc"
    file.write_text(realm.zuliprc("bot"))
    client = ZulipApi.from_zuliprc(file).connected()
    assert client.retry_on_errors is False


def test_a_fault_of_the_program_silences_only_the_act_that_has_it(
    hand_bot: Any, tess: Any, monkeypatch: Any, caplog: Any
) -> None:
    real = hand_bot.api.send

    def send(to: Any, content: str, choices: Any = ()) -> int:
        if content == "bad":
            raise ZeroDivisionError
        number: int = real(to, content, choices)
        return number

    monkeypatch.setattr(hand_bot.api, "send", send)
    there = Topic(channel="general", topic="t")
    hand_bot.put(Post(to=there, content="bad"), Post(to=there, content="good"))
    hand_bot.drain()
    assert tess.reads_from_bot(("channel", "general")) == ["good"]
    assert "could not be sent" in caplog.text


def test_an_act_that_cannot_be_read_is_given_up(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(Post(to=TESS, content="from the future"), Post(to=TESS, content="good"))
    with hand_bot.database.session() as session:
        session.connection().exec_driver_sql('UPDATE outbox SET payload = \'{"kind": "new"}\' WHERE id = 1')
    hand_bot.drain()
    assert tess.reads_from_bot() == ["good"]
