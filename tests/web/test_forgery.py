"""Whatever is wrong with a delivery, at whichever hook: it changes nothing, and is counted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signers import (
    AZURE_SECRETS,
    GITHUB_SECRETS,
    NOW,
    SENTRY_SECRETS,
    Delivery,
    Sns,
    azure,
    github,
    sentry,
    stuf,
)

PATHS = {"stuf": "/hooks/stuf", "github": "/hooks/github", "sentry": "/hooks/sentry", "azure": "/hooks/cloud"}
MAKE: dict[str, Callable[..., Delivery]] = {"stuf": stuf, "github": github, "sentry": sentry, "azure": azure}
SIGNED_WITH = {
    "stuf": "X-STUF-Signature-256",
    "github": "X-Hub-Signature-256",
    "sentry": "Sentry-Hook-Signature",
    "azure": "X-STUF-Secret",
}
NEEDED = [(name, header) for name, make in MAKE.items() for header in make()[0]]
SNS_MEMBERS = sorted(
    {"Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "SigningCertURL"}
)


def post(door: Any, path: str, delivery: Delivery, query: str = "") -> Any:
    headers, body = delivery
    return door.client.post(path + query, headers=headers, content=body)


def refused(door: Any, answer: Any, path: str, status: set[int] | None = None) -> None:
    """It was refused, for one reason that was counted, and nothing came of it."""
    assert answer.status_code in (status or {400, 401, 403, 415}), answer.text
    assert door.stored() == []
    assert door.errands == []
    assert door.unwanted == [(path.removeprefix("/hooks/"), answer.json()["code"])]


@pytest.mark.parametrize(("name", "header"), NEEDED)
def test_a_header_that_is_missing(door: Any, name: str, header: str) -> None:
    headers, body = MAKE[name]()
    del headers[header]
    refused(door, post(door, PATHS[name], (headers, body)), PATHS[name])


@pytest.mark.parametrize(("name", "header"), NEEDED)
@pytest.mark.parametrize("how", ["empty", "truncated", "wrong", "doubled"])
def test_a_header_that_is_not_what_it_was(door: Any, name: str, header: str, how: str) -> None:
    headers, body = MAKE[name]()
    said = headers[header]
    headers[header] = {
        "empty": "",
        "truncated": said[: len(said) // 2],
        "wrong": "?" + said[1:],
        "doubled": said * 2,
    }[how]
    answer = post(door, PATHS[name], (headers, body))
    if answer.status_code == 202:
        # Neither sender signs what kind it is; what is said in a well-formed way is believed.
        assert (name, header) in {("github", "X-GitHub-Event"), ("sentry", "Sentry-Hook-Resource")} or (
            # What follows the type are its parameters.
            (name, header, how) == ("azure", "Content-Type", "doubled")
        )
    else:
        refused(door, answer, PATHS[name])


@pytest.mark.parametrize("name", ["stuf", "github", "sentry"])
@pytest.mark.parametrize(
    "change", [lambda body: body + b" ", lambda body: body[:-1], lambda body: body.swapcase()]
)
def test_the_signature_of_another_body(door: Any, name: str, change: Callable[[bytes], bytes]) -> None:
    headers, body = MAKE[name]()
    answer = post(door, PATHS[name], (headers, change(body)))
    refused(door, answer, PATHS[name], {401})


@pytest.mark.parametrize("name", ["stuf", "github", "sentry"])
def test_the_same_json_written_otherwise_is_not_what_was_signed(door: Any, name: str) -> None:
    headers, body = MAKE[name]()
    refused(
        door,
        post(door, PATHS[name], (headers, json.dumps(json.loads(body), indent=1).encode())),
        PATHS[name],
        {401},
    )


@pytest.mark.parametrize("name", list(MAKE))
def test_the_same_again_is_known(door: Any, name: str) -> None:
    delivery = MAKE[name]()
    assert post(door, PATHS[name], delivery).json() == {"stored": True}
    assert post(door, PATHS[name], delivery).json() == {"stored": False}
    assert len(door.stored()) == 1
    assert [code for _, code in door.unwanted] == ["known-already"]


@pytest.mark.parametrize("name", ["stuf", "sentry"])
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_a_delivery_counts_for_five_minutes(door: Any, name: str, seconds: int, status: int) -> None:
    delivery = MAKE[name](stamp=str(int(NOW.timestamp()) + seconds))
    answer = post(door, PATHS[name], delivery)
    assert answer.status_code == status
    assert (answer.json().get("code") == "late") == (status == 401)


@pytest.mark.parametrize("made", list(MAKE))
@pytest.mark.parametrize("sent", list(MAKE))
def test_what_one_source_signed_is_nothing_to_another(door: Any, made: str, sent: str) -> None:
    if made != sent:
        refused(door, post(door, PATHS[sent], MAKE[made]()), PATHS[sent])


@pytest.mark.parametrize("sent", list(MAKE))
def test_the_headers_of_all_sources_together_open_no_door(door: Any, sent: str) -> None:
    """Each with its own secret, over one body; the hook's own signature is somebody else's."""
    body = json.dumps(
        {"action": "resolved", "slug": "acme-audit", "event": "x", "data": {"issue": {"id": "1"}}}
    ).encode()
    together: dict[str, str] = {}
    for name, make in MAKE.items():
        if name != sent:
            together |= make(raw=body)[0]
    others = {name: value for name, value in together.items() if name in SIGNED_WITH.values()}
    for value in others.values():
        attempt = together | {SIGNED_WITH[sent]: value}
        door.unwanted.clear()
        refused(door, post(door, PATHS[sent], (attempt, body)), PATHS[sent])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("github", SENTRY_SECRETS[0]),
        ("sentry", GITHUB_SECRETS[0]),
        ("stuf", GITHUB_SECRETS[0]),
        ("github", b""),
    ],
)
def test_the_secret_of_another_source(door: Any, name: str, key: bytes) -> None:
    refused(door, post(door, PATHS[name], MAKE[name](key=key)), PATHS[name], {401})


@pytest.mark.parametrize("member", SNS_MEMBERS)
@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_member_of_a_message_of_sns(door: Any, sns: Sns, member: str, how: str) -> None:
    door.certificate = lambda _: sns.certificate()
    message = sns.message()
    headers, _ = sns.sent(message)
    said = str(message.pop(member))
    if how == "changed":
        message[member] = said[:-1] + ("0" if said[-1] != "0" else "1")
    refused(
        door,
        post(door, "/hooks/cloud", (headers, json.dumps(message).encode())),
        "/hooks/cloud",
        {400, 401, 403},
    )


@pytest.mark.parametrize("secret", [b"", b"a new secret of twent", b"a new secret of twenty1", b"\xff" * 22])
def test_a_secret_of_azure_that_is_not_quite_one(door: Any, secret: bytes) -> None:
    headers, body = azure()
    raw = {name.encode(): value.encode() for name, value in headers.items()} | {b"X-STUF-Secret": secret}
    refused(
        door, door.client.post("/hooks/cloud", headers=list(raw.items()), content=body), "/hooks/cloud", {401}
    )
    assert door.client.post("/hooks/cloud?secret=" + "%ff" * 22, content=body).status_code == 401


@pytest.mark.parametrize(
    "bomb",
    [
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b'{"a": ' * 50_000 + b"1" + b"}" * 50_001,
        b'{"a": ' + b"9" * 900_000 + b"}",
        b'{"a": 1e999999}',
        b'{"a": -1e999}',
        b'{"a": "' + b"\\ud800" * 1000 + b'"}',
        b'{"a": 1' + b'}{"a": 2}',
        b"{" + b'"a": 1, ' * 50_000,
    ],
    ids=["lists", "objects", "digits", "large", "small", "halves", "two", "open"],
)
@pytest.mark.parametrize("name", list(MAKE))
def test_a_bomb_of_json_though_signed(door: Any, name: str, bomb: bytes) -> None:
    answer = post(door, PATHS[name], MAKE[name](raw=bomb))
    assert answer.status_code == 400, answer.text
    refused(door, answer, PATHS[name])


@pytest.mark.parametrize(
    "inner", ["[" * 2000, '{"AlarmName": "x", "NewStateValue": ' + "9" * 9000 + "}", '{"AlarmName": []}']
)
def test_a_bomb_within_a_message_is_a_message(door: Any, sns: Sns, inner: str) -> None:
    door.certificate = lambda _: sns.certificate()
    assert post(door, "/hooks/cloud", sns.delivery(Message=inner)).status_code == 202
    assert door.stored()[0].kind == "sns.notification"


@pytest.mark.parametrize("name", list(MAKE))
def test_nothing_of_what_was_sent_is_logged(door: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    body = json.dumps({"action": "marked", "mail": "marked@example.org"}).encode()
    for headers, sent in (MAKE[name](), MAKE[name](raw=body), MAKE[name](raw=b"marked")):
        for forged in (headers, headers | {SIGNED_WITH[name]: "marked"}, headers | {"X-Marked": "marked"}):
            door.client.post(f"{PATHS[name]}?secret=marked", headers=forged, content=sent)
    ours = [record for record in caplog.records if record.name.startswith(("stuf_bot", "uvicorn"))]
    assert len(ours) >= 5
    assert not any("marked" in record.getMessage() for record in ours)
    for secret in (*GITHUB_SECRETS, *SENTRY_SECRETS, *AZURE_SECRETS):
        assert not any(secret.decode() in record.getMessage() for record in ours)


texts = st.text(max_size=40) | st.sampled_from(["", "0", "-1", "sha256=", "application/json"])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(list(MAKE)),
    changes=st.dictionaries(
        st.sampled_from(
            [header for make in MAKE.values() for header in make()[0]] + ["x-amz-sns-message-type"]
        ),
        texts.map(lambda text: text.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")),
        min_size=1,
        max_size=4,
    ),
    body=st.binary(max_size=200),
)
def test_noise_with_real_headers_changes_nothing(
    door: Any, name: str, changes: dict[str, bytes], body: bytes
) -> None:
    headers, _ = MAKE[name]()
    if name == "azure":
        headers["X-STUF-Secret"] = AZURE_SECRETS[0].decode()[:-1]
    sent = {header.lower().encode(): value.encode() for header, value in headers.items()}
    sent |= {header.lower().encode(): value for header, value in changes.items()}
    answer = door.client.post(PATHS[name], headers=list(sent.items()), content=body)
    assert 400 <= answer.status_code < 500
    assert door.stored() == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["action", "data", "issue", "id", "event", "installation", "actor", "Type", "schemaId"]
                )
                | st.text(max_size=5),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    ),
    resource=st.sampled_from(["issue", "event_alert", "comment", "seer", "metric_alert"]),
)
def test_any_body_that_is_signed_is_stored_as_it_is_or_refused(door: Any, body: Any, resource: str) -> None:
    before = len(door.stored())
    for path, delivery in (
        ("/hooks/sentry", sentry(resource, raw=json.dumps(body).encode())),
        ("/hooks/cloud", azure(raw=json.dumps(body).encode())),
    ):
        answer = post(door, path, delivery)
        stored = door.stored()[before:]
        assert [one.body for one in stored] in ([], [body])
        assert answer.status_code in {202, 400}
        before += len(stored)


@pytest.mark.parametrize("kind", ["public", "repository", "issues", "push", "member", "release"])
def test_a_signed_body_of_github_is_no_event_of_another_kind(door: Any, kind: str) -> None:
    delivery = github(kind, {"action": "completed", "workflow_run": {"id": 42}, "repository": {"id": 7}})
    refused(door, post(door, "/hooks/github", delivery), "/hooks/github")


def test_what_is_about_the_repository_alone_is_taken(door: Any) -> None:
    body = {"repository": {"id": 7, "full_name": "acme/stuf-acme-audit"}, "sender": {"login": "octo"}}
    assert post(door, "/hooks/github", github("public", body)).status_code == 202
