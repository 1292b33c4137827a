"""What SDKs send: events of the real one become issues, and what should not come in does not."""

import gzip
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from reporting_site import Caller, Clock, Reporter

from sandbox.sentry import Sentry


def send(dsn: str, body: bytes, **headers: str) -> requests.Response:
    scheme, _, rest = dsn.partition("://")
    public, _, place = rest.partition("@")
    host, _, project = place.rpartition("/")
    given = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={public}", **headers}
    return requests.post(f"{scheme}://{host}/api/{project}/envelope/", data=body, headers=given, timeout=10)


def envelope(event: dict[str, Any], kind: str = "event") -> bytes:
    number = event.setdefault("event_id", uuid.uuid4().hex)
    lines = ({"event_id": number}, {"type": kind}, event)
    return b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"


@pytest.fixture
def dsn(sentry: Sentry, sdk: Reporter) -> str:
    return sentry.dsn("acme", "acme-audit")


def test_the_same_error_at_the_same_place_is_one_issue(sdk: Reporter, api: Caller) -> None:
    sdk.fail(ValueError("first"), user="1")
    sdk.fail(ValueError("second"), user="2")
    sdk.fail(KeyError("other"), user="2")
    issues = {issue["metadata"]["type"]: issue for issue in api.issues()}
    assert set(issues) == {"ValueError", "KeyError"}
    one = issues["ValueError"]
    assert (one["count"], one["userCount"], one["title"]) == ("2", 2, "ValueError: second")
    assert one["shortId"] == "ACME-AUDIT-1"
    assert one["culprit"].endswith("in _work")
    assert (one["status"], one["substatus"], one["level"]) == ("unresolved", "new", "error")
    assert one["priority"] == "high"
    assert len(one["stats"]["24h"]) == 24
    assert one["stats"]["24h"][-1][1] == 2


def test_a_transaction_is_the_culprit_and_tells_issues_apart(sdk: Reporter, api: Caller) -> None:
    sdk.fail(ValueError("x"), transaction="POST /sign-in")
    sdk.fail(ValueError("x"), transaction="GET /config")
    assert {issue["culprit"] for issue in api.issues()} == {"POST /sign-in", "GET /config"}


def test_short_ids_are_in_base_32(sdk: Reporter, api: Caller) -> None:
    for number in range(33):
        sdk.fail(ValueError("x"), transaction=f"place {number}")
    newest = {issue["culprit"]: issue["shortId"] for issue in api.issues(limit=100)}
    assert [newest[f"place {number}"] for number in (9, 31, 32)] == [
        "ACME-AUDIT-A",
        "ACME-AUDIT-10",
        "ACME-AUDIT-11",
    ]


def test_the_latest_event_has_what_the_sdk_sent(sdk: Reporter, api: Caller) -> None:
    sdk.fail(ValueError("boom"), user="7", stuf="acme")
    number = api.issues()[0]["id"]
    event = api("GET", f"/organizations/acme/issues/{number}/events/latest/").json()
    (entry,) = [one for one in event["entries"] if one["type"] == "exception"]
    frame = entry["data"]["values"][0]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["inApp"]) == ("_work", True)
    line = dict(frame["context"])[frame["lineNo"]]
    assert line.strip() == "raise error"
    tags = {tag["key"]: tag["value"] for tag in event["tags"]}
    assert (tags["stuf"], tags["release"], tags["environment"], tags["user"]) == (
        "acme",
        "v1",
        "demo",
        "id:7",
    )
    assert event["release"]["version"] == "v1"
    assert event["groupID"] == number


def test_messages_are_grouped_by_their_template(dsn: str, api: Caller) -> None:
    for name in ("a", "b"):
        entry = {"message": "no file %s", "formatted": f"no file {name}"}
        assert send(dsn, envelope({"level": "warning", "logentry": entry})).status_code == 200
    (issue,) = api.issues()
    assert (issue["count"], issue["title"], issue["priority"]) == ("2", "no file b", "medium")


def test_a_fingerprint_of_the_senders_own_is_heeded(dsn: str, api: Caller) -> None:
    for message in ("one", "two"):
        send(dsn, envelope({"message": message, "fingerprint": ["mine"]}))
    (issue,) = api.issues()
    assert issue["count"] == "2"


def test_an_event_counts_once(dsn: str, api: Caller) -> None:
    body = envelope({"message": "once"})
    assert send(dsn, body).json() == send(dsn, body).json()
    assert api.issues()[0]["count"] == "1"


def test_bodies_may_be_compressed(dsn: str, api: Caller) -> None:
    body = gzip.compress(envelope({"message": "small"}))
    assert send(dsn, body, **{"Content-Encoding": "gzip"}).status_code == 200
    assert len(api.issues()) == 1


def test_only_the_key_of_the_project_opens_it(sentry: Sentry, dsn: str, api: Caller) -> None:
    other = sentry.create_project("acme", "stuf", "other")
    swapped = dsn.rpartition("/")[0] + "/" + other.rpartition("/")[2]
    assert send(swapped, envelope({"message": "x"})).status_code == 403
    assert send(dsn, envelope({"message": "x"}), **{"X-Sentry-Auth": ""}).status_code == 401
    unknown = dsn.replace(dsn.partition("://")[2].partition("@")[0], "0" * 32)
    assert send(unknown, envelope({"message": "x"})).status_code == 403
    assert api.issues() == []


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"", "", 400),
        (b"no json\n", "", 400),
        (b"{}\n[]\n", "", 400),
        (b'{}\n{"type":"event","length":99}\n{}', "", 400),
        (b"[" * 100_000, "", 400),
        (b"not gzip", "gzip", 400),
        (b"{}", "br", 400),
        (gzip.compress(b"\n" * (21 * 1024 * 1024)), "gzip", 413),
        (b'{}\n{"type":"event"}\n{"message":"' + b"x" * 1_100_000 + b'"}', "", 413),
    ],
)
def test_what_is_no_envelope_is_refused(
    dsn: str, api: Caller, body: bytes, encoding: str, status: int
) -> None:
    assert send(dsn, body, **{"Content-Encoding": encoding}).status_code == status
    assert api.issues() == []


def test_a_key_has_a_limit(sentry: Sentry, dsn: str, api: Caller, clock: Clock) -> None:
    (key,) = api("GET", "/projects/acme/acme-audit/keys/").json()
    path = f"/projects/acme/acme-audit/keys/{key['id']}/"
    assert api("PUT", path, json={"rateLimit": {"window": 60, "count": 2}}).status_code == 200
    statuses = [send(dsn, envelope({"message": "x"})).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    clock.pass_by(61)
    assert send(dsn, envelope({"message": "x"})).status_code == 200


def test_a_sender_whose_clock_is_wrong_is_taken_as_now(dsn: str, api: Caller, clock: Clock) -> None:
    send(dsn, envelope({"message": "x", "timestamp": 5.0}))
    (issue,) = api.issues()
    assert issue["lastSeen"].startswith("2026-11-24T")


def test_everything_is_kept_across_a_restart(tmp_path: Path, clock: Clock) -> None:
    found = []
    token = ""
    for again in (False, True):
        sentry = Sentry(tmp_path / "kept", clock=clock)
        sentry.start()
        try:
            if not again:
                sentry.create_organization("acme")
                sentry.create_team("acme", "stuf")
                token = sentry.create_token("acme")
                reporter = Reporter(sentry.create_project("acme", "stuf", "acme-audit"))
                reporter.fail(ValueError("boom"), user="7")
                reporter.client.close()
            found.append([one | {"permalink": ""} for one in Caller(sentry.url, token).issues()])
        finally:
            sentry.stop()
    assert found[0] == found[1] != []
