"""A delivery counts if it is whole, signed and new; anything else changes nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretBytes
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stuf_bot.web.bodies import LIMIT, Refused
from stuf_bot.web.github import github_delivery
from stuf_bot.web.stuf import stuf_delivery

STUF, GITHUB = "/hooks/stuf", "/hooks/github"


def post(door: Any, path: str, delivery: tuple[dict[str, str], bytes]) -> Any:
    headers, body = delivery
    return door.client.post(path, headers=headers, content=body)


def test_a_delivery_of_a_stuf_is_stored_and_answered(door: Any, stuf: Any) -> None:
    delivery = stuf()
    answer = post(door, STUF, delivery)
    assert (answer.status_code, answer.json()) == (202, {"stored": True})
    (stored,) = door.stored()
    assert (stored.source, stored.kind, stored.subject) == ("stuf", "upload.completed", "acme-audit")
    assert stored.body["upload_id"] == "u1"
    assert stored.order == "stuf:acme-audit"


def test_the_same_delivery_again_is_known(door: Any, stuf: Any, github: Any) -> None:
    for path, delivery in ((STUF, stuf()), (GITHUB, github())):
        assert post(door, path, delivery).json() == {"stored": True}
        assert post(door, path, delivery).json() == {"stored": False}
    assert len(door.stored()) == 2


def test_one_stuf_cannot_use_up_the_ids_of_another(door: Any, stuf: Any) -> None:
    """The key of a delivery holds its sender."""
    post(door, STUF, stuf())
    (stored,) = door.stored()
    assert stored.delivery_id.startswith("acme-audit:")


@pytest.mark.parametrize(
    ("event", "body", "subject"),
    [
        ("workflow_run", {"workflow_run": {"id": 42}}, "run:42"),
        ("workflow_job", {"workflow_job": {"id": 7, "run_id": 42}}, "run:42"),
        ("ping", {"repository": {"full_name": "acme/stuf-acme"}}, "acme/stuf-acme"),
        ("ping", {"zen": "Keep it logically awesome."}, ""),
        ("ping", {"repository": "no object"}, ""),
    ],
)
def test_a_delivery_of_github_is_stored(door: Any, github: Any, event: str, body: Any, subject: str) -> None:
    assert post(door, GITHUB, github(event, body)).status_code == 202
    (stored,) = door.stored()
    assert (stored.source, stored.kind, stored.subject, stored.body) == ("github", event, subject, body)


def test_while_a_secret_is_changed_both_hold(door: Any, github: Any) -> None:
    for key in (b"new secret", b"old secret"):
        assert post(door, GITHUB, github(key=key)).status_code == 202
    assert post(door, GITHUB, github(key=b"older secret")).status_code == 401


def test_a_key_that_was_changed_is_read_again(stuf: Any) -> None:
    class Keys:
        def __call__(self, slug: str) -> SecretBytes | None:
            return SecretBytes(b"the old key") if slug == "acme-audit" else None

        def afresh(self, slug: str) -> SecretBytes | None:
            return SecretBytes(b"the new key") if slug == "acme-audit" else None

    def received(key: bytes) -> str:
        headers, body = stuf(key=key)
        lowered = {name.lower(): value for name, value in headers.items()}
        return stuf_delivery(
            lowered, body, Keys(), datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
        ).delivery.subject

    assert received(b"the old key") == received(b"the new key") == "acme-audit"
    with pytest.raises(Refused):
        received(b"another key")


@pytest.mark.parametrize(
    "change",
    [
        {"X_STUF_Signature_256": ""},
        {"X_STUF_Signature_256": "sha256="},
        {"X_STUF_Signature_256": "sha256=" + "0" * 64},
        {"X_STUF_Slug": "someone-else"},
        {"X_STUF_Slug": ""},
        {"X_STUF_Slug": "../acme-audit"},
        {"X_STUF_Slug": "acme-audit" * 50},
        {"X_STUF_Timestamp": "0"},
        {"X_STUF_Timestamp": "-1"},
        {"X_STUF_Timestamp": "1e10"},
        {"X_STUF_Timestamp": "9" * 40},
        {"key": b"another STUF's key"},
        {"key": b""},
    ],
)
def test_a_forged_delivery_changes_nothing(door: Any, stuf: Any, change: dict[str, Any]) -> None:
    answer = post(door, STUF, stuf(**change))
    assert (answer.status_code, answer.json()["error"]) == (401, "the signature is missing or wrong")
    assert door.stored() == []


def test_a_body_that_was_changed_on_the_way_is_refused(door: Any, stuf: Any, github: Any) -> None:
    for path, (headers, body) in ((STUF, stuf()), (GITHUB, github())):
        assert post(door, path, (headers, body + b" ")).status_code == 401
    assert door.stored() == []


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_an_old_delivery_cannot_be_played_again(door: Any, stuf: Any, seconds: int, status: int) -> None:
    stamp = str(1893553445 + seconds)
    assert post(door, STUF, stuf(stamp=stamp)).status_code == status


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b'"a string"',
        b"{",
        b'{"slug": NaN, "event": "x"}',
        b"\xff\xfe{}",
        b'{"slug": "acme-audit", "event": "\xc3\x28"}',
        b'{"slug": "acme-audit", "event": "x", "name": "\\ud800"}',
        b'{"slug": "acme-audit", "event": "x", "name": "\x00"}',
        b'{"slug": "acme-audit", "event": ""}',
        b'{"slug": "acme-audit", "event": ["x"]}',
        b'{"slug": "acme-audit", "event": "x y"}',
        b'{"slug": "acme-audit", "event": "' + b"x" * 200 + b'"}',
        b'{"slug": "another", "event": "x"}',
        b'{"event": "x"}',
        b'{"slug": "acme-audit", "event": "x", "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"slug": "acme-audit", "event": "x", "deep": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"slug": "acme-audit", "event": "x", "number": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_malformed_body_changes_nothing_though_signed(
    door: Any, stuf: Any, github: Any, raw: bytes
) -> None:
    answer = post(door, STUF, stuf(raw=raw))
    assert answer.status_code == 400, answer.text
    assert door.stored() == []
    assert post(door, GITHUB, github("ping", raw=raw)).status_code in {202, 400}


def test_what_can_be_stored_can_be_read_again(door: Any, github: Any) -> None:
    body = {"text": "\x00 \u202e 😀 ' \" \\ ${x} <b>", "number": 2**70, "float": 1e300, "nested": [[[{}]]]}
    assert post(door, GITHUB, github("ping", body)).status_code == 202
    assert door.stored()[0].body == body


@pytest.mark.parametrize("name", ["X_STUF_Delivery"])
@pytest.mark.parametrize("value", ["", "1", "../../x", "g" * 36])
def test_a_delivery_without_an_id_is_refused(door: Any, stuf: Any, name: str, value: str) -> None:
    assert post(door, STUF, stuf(**{name: value})).status_code == 400
    assert door.stored() == []


@pytest.mark.parametrize("path", [STUF, GITHUB])
def test_too_large_a_body_is_refused_before_it_is_read(door: Any, path: str) -> None:
    assert door.client.post(path, content=b"x" * (LIMIT + 1)).status_code == 413
    assert door.client.post(path, content=b"x", headers={"Content-Length": "99999999"}).status_code == 413

    def endless() -> Any:
        for _ in range(LIMIT // 1000 + 2):
            yield b"x" * 1000

    assert door.client.post(path, content=endless()).status_code == 413
    assert door.stored() == []
    assert door.asked == []


def test_a_form_from_github_says_what_to_change(door: Any, github: Any) -> None:
    headers, body = github(Content_Type="application/x-www-form-urlencoded")
    answer = post(door, GITHUB, (headers, body))
    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]


def test_without_secrets_github_is_not_believed(github: Any) -> None:
    for key in (b"", b"nobody signs with this"):
        headers, body = github(key=key)
        with pytest.raises(Refused):
            github_delivery({name.lower(): value for name, value in headers.items()}, body, [])


def test_only_post_is_a_delivery(door: Any) -> None:
    assert door.client.get(STUF).status_code == 405
    assert door.client.post("/hooks/other").status_code == 404


@pytest.mark.parametrize(
    "error", [OperationalError("statement", {}, Exception("disk full")), PoolTimeout("disk full")]
)
def test_a_database_that_fails_asks_the_sender_to_come_again(
    door: Any, stuf: Any, monkeypatch: Any, error: Exception
) -> None:
    def put(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(door.inbox, "put_all", put)
        delivery = stuf()
        answer = post(door, STUF, delivery)
    assert answer.status_code == 503
    assert "disk" not in answer.text
    assert post(door, STUF, delivery).json() == {"stored": True}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "x-stuf-slug",
                "x-stuf-timestamp",
                "x-stuf-delivery",
                "x-stuf-signature-256",
                "x-github-event",
                "x-hub-signature-256",
                "x-github-delivery",
                "content-type",
            ]
        ),
        st.binary(max_size=60).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b"")),
    ),
    body=st.binary(max_size=300),
    path=st.sampled_from([STUF, GITHUB]),
)
def test_noise_changes_nothing_and_breaks_nothing(
    door: Any, headers: dict[str, bytes], body: bytes, path: str
) -> None:
    answer = door.client.post(path, headers=headers, content=body)
    assert 400 <= answer.status_code < 500
    assert door.stored() == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_signed_json_is_stored_as_it_is_or_refused(door: Any, github: Any, body: Any) -> None:
    before = len(door.stored())
    answer = post(door, GITHUB, github("ping", raw=json.dumps(body).encode()))
    if answer.status_code == 202:
        assert door.stored()[-1].body == json.loads(json.dumps(body))
    else:
        assert answer.status_code == 400
        assert len(door.stored()) == before
