"""Limits of time, rate and size, and where a token goes."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from provisioning.sentry.client import SentryApi
from provisioning.sentry.http import SentryBusy, SentryHttp, SentryRefused, SentryUnavailable

TOKEN = "sntrys_secret"
Script = list[tuple[int, dict[str, str], bytes]]


class Scripted:
    """A server that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: Script = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                scripted.asked.append((self.command, self.path, dict(self.headers)))
                status, headers, body = scripted.script.pop(0) if scripted.script else (200, {}, b"[]")
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.server.shutdown()
    server.server.server_close()


def http(server: Scripted, clock: Callable[[], float] = lambda: 1000.0, **options: Any) -> SentryHttp:
    return SentryHttp(server.url, SecretStr(TOKEN), clock=clock, **options)


def ask(client: SentryHttp, path: str = "/organizations/acme/issues/1/") -> Any:
    return client.call("GET", path, "reading an issue").body


def test_the_token_goes_with_every_call_and_in_no_address(scripted: Scripted) -> None:
    assert ask(http(scripted)) == []
    ((_, path, headers),) = scripted.asked
    assert path == "/api/0/organizations/acme/issues/1/"
    assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    scripted.script = [(302, {"Location": f"{scripted.url}/elsewhere"}, b"")]
    with pytest.raises(SentryRefused) as refused:
        ask(http(scripted))
    assert refused.value.status == 302
    assert len(scripted.asked) == 1


def test_a_netrc_of_the_machine_takes_no_tokens_place(
    scripted: Scripted, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(http(scripted))
    assert scripted.asked[0][2]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"X-Sentry-Rate-Limit-Reset": "1012"}, 12.0),
        ({"X-Sentry-Rate-Limit-Reset": "900"}, 1.0),
        ({"X-Sentry-Rate-Limit-Reset": "99999999"}, 3600.0),
        ({"Retry-After": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_rate_limit_says_when_to_ask_again(
    scripted: Scripted, headers: dict[str, str], seconds: float
) -> None:
    scripted.script = [(429, headers, b"{}")]
    with pytest.raises(SentryBusy) as busy:
        ask(http(scripted))
    assert busy.value.seconds == seconds


def test_an_endpoint_with_nothing_left_is_not_asked_before_its_time(scripted: Scripted) -> None:
    now = [1000.0]
    client = http(scripted, clock=lambda: now[0])
    limits = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "1005"}
    scripted.script = [(200, limits, b"{}")]
    ask(client)
    with pytest.raises(SentryBusy) as busy:
        ask(client, "/organizations/acme/issues/2/")
    assert busy.value.seconds == 5
    assert len(scripted.asked) == 1
    # Another endpoint has a limit of its own.
    ask(client, "/organizations/acme/teams/")
    now[0] = 1005.0
    ask(client)
    assert len(scripted.asked) == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "sentry-refused"),
        (401, "sentry-token"),
        (403, "sentry-forbidden"),
        (404, "sentry-not-found"),
        (409, "sentry-conflict"),
    ],
)
def test_a_refusal_has_a_code_and_says_what_to_do(scripted: Scripted, status: int, code: str) -> None:
    scripted.script = [(status, {}, json.dumps({"detail": "No such thing."}).encode())]
    with pytest.raises(SentryRefused) as refused:
        ask(http(scripted))
    assert (refused.value.status, refused.value.code) == (status, code)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"detail": "No such team."}', "No such team."),
        (b'{"detail": {"code": "x", "message": "Later, please"}}', "Later, please."),
        (b'{"name": ["This field is required."], "slug": ["Wrong."]}', "name: This field is required.; slug"),
        (b'["Bad"]', "Bad."),
        (b"<html>", "answered 400 while reading an issue."),
    ],
)
def test_what_sentry_says_is_passed_on_as_one_line(scripted: Scripted, body: bytes, said: str) -> None:
    scripted.script = [(400, {}, body)]
    with pytest.raises(SentryRefused) as refused:
        ask(http(scripted))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("script", [[(500, {}, b"")], [(503, {}, b"{}")], [(200, {}, b"not json")]])
def test_what_may_pass_is_told_as_such(scripted: Scripted, script: Script) -> None:
    scripted.script = script
    with pytest.raises(SentryUnavailable):
        ask(http(scripted))


def test_nobody_there(scripted: Scripted) -> None:
    client = SentryHttp("http://127.0.0.1:9", SecretStr(TOKEN))
    with pytest.raises(SentryUnavailable, match="no answer from Sentry"):
        ask(client)


def test_an_answer_that_never_ends_is_left(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.sentry.http._MOST_BYTES", 100)
    scripted.script = [(200, {}, b"[" + b"1," * 100 + b"1]")]
    with pytest.raises(SentryUnavailable, match="too large"):
        ask(http(scripted))


@pytest.mark.parametrize("body", [b"{}", b'[{"id": 1}, "x"]', b"[null]", b'[{"project": []}]'])
def test_an_answer_of_another_form_is_no_crash(scripted: Scripted, body: bytes) -> None:
    scripted.script = [(200, {}, body)]
    with pytest.raises(SentryUnavailable, match="not of the known form"):
        SentryApi(scripted.url, "acme", SecretStr(TOKEN)).issues("")
