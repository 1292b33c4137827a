"""What Sentry hears of a STUF: what broke and where, and nothing of who sent what."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from provisioning.sentry.client import SentryApi
from provisioning.sentry.timeseries import Kind, timeseries
from sandbox.aws.ports import free_port
from sandbox.sentry import Sentry

API = Path(__file__).resolve().parents[2] / "provisioning" / "template" / "application" / "api"
NOWHERE = "http://key@127.0.0.1:9/1"


class Collected(Transport):
    """Keeps what would go out; `slow` seconds is how long nothing is."""

    def __init__(self, slow: float = 0.0) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []
        self.waited: list[float] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def flush(self, timeout: float, callback: Any = None) -> None:
        self.waited.append(timeout)

    def told(self, kind: str) -> list[dict[str, Any]]:
        items = (item for envelope in self.envelopes for item in envelope.items if item.type == kind)
        return [item.payload.json or json.loads(item.payload.get_bytes()) for item in items]


@pytest.fixture
def collected(world: Any) -> Collected:
    transport = Collected()
    world.services.reporter._transport = transport
    return transport


def broken(world: Any, text: str) -> None:
    """Make what starts an upload fail, with a text that quotes."""

    def start(*_: object) -> None:
        secret = text
        raise RuntimeError(f"cannot store {secret}")

    world.services.uploads.start = start


def configure(world: Any, dsn: str) -> None:
    world.configure(sentry={"dsn": dsn, "environment": "staging"})
    world.clock[0] += 5
    assert world.http.get("/api/config").status_code == 200


def test_an_error_is_reported_without_what_was_sent(
    world: Any, who: dict[str, str], pat: tuple[str, str], collected: Collected
) -> None:
    configure(world, NOWHERE)
    broken(world, f"salaries.xlsx of {pat[0]}, {pat[1]}")
    wish = {"file_name": "salaries.xlsx", "size": 5, "content_type": "text/marked"}
    answer = world.http.post("/api/uploads?marked=1", json=wish, headers={**who, "X-Marked": "marked"})
    assert answer.status_code == 500
    (event,) = collected.told("event")
    assert event["transaction"] == "POST /uploads"
    assert event["release"] == "v-1"
    assert event["environment"] == "staging"
    raised = event["exception"]["values"][-1]
    assert raised["type"] == "RuntimeError"
    assert event["tags"]["reference"] in answer.json()["error"]["message"]
    ours = [frame["function"] for frame in raised["stacktrace"]["frames"] if frame["in_app"]]
    assert "start" in ours
    sent = b"".join(envelope.serialize() for envelope in collected.envelopes).decode()
    marked = (
        "salaries",
        "marked",
        pat[0],
        pat[1],
        pat[1][-6:],
        who["Authorization"][8:40],
        world.bucket,
    )
    for value in marked:
        assert value not in sent
    assert "vars" not in sent
    assert event.get("request") is None
    assert event.get("breadcrumbs", {}).get("values", []) == []


def test_what_aws_refused_is_named_without_what_it_was_about(
    world: Any, who: dict[str, str], collected: Collected
) -> None:
    configure(world, NOWHERE)

    def start(*_: object) -> None:
        # Put together, since the lines of the code are reported.
        error = {"Code": "AccessDenied", "Message": "may not write " + "salar" + "ies.xlsx"}
        raise ClientError({"Error": error}, "PutObject")

    world.services.uploads.start = start
    world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    (event,) = collected.told("event")
    assert event["exception"]["values"][-1]["value"] == "PutObject: AccessDenied"
    assert "salaries" not in json.dumps(event)


def test_a_code_that_is_the_types_name_is_said_once(
    world: Any, who: dict[str, str], collected: Collected
) -> None:
    configure(world, NOWHERE)

    # As the library makes them.
    denied = type("AccessDenied", (ClientError,), {})

    def start(*_: object) -> None:
        raise denied({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")

    world.services.uploads.start = start
    world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    (event,) = collected.told("event")
    raised = event["exception"]["values"][-1]
    assert (raised["type"], raised["value"]) == ("AccessDenied", "ListObjectsV2")


def test_people_can_be_counted_and_not_known(world: Any, who: dict[str, str], collected: Collected) -> None:
    configure(world, NOWHERE)
    broken(world, "x")
    for _ in range(2):
        world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    first, second = collected.told("event")
    assert first["user"] == second["user"]
    assert first["user"].keys() == {"id"}
    assert first["user"]["id"] != "pat"


def test_a_request_is_timed_by_its_route(world: Any, who: dict[str, str], collected: Collected) -> None:
    configure(world, NOWHERE)
    assert world.upload(who, "a.txt", b"hello").status_code == 200
    assert world.http.get("/api/version").status_code == 200
    assert world.http.get("/api/nothing/secret.txt").status_code == 404
    told = collected.told("transaction")
    assert [one["transaction"] for one in told][-2:] == [
        "POST /uploads",
        "POST /uploads/{upload_id}/complete",
    ]
    assert all(one["contexts"]["trace"]["status"] == "ok" for one in told)
    assert all(one["start_timestamp"] <= one["timestamp"] for one in told)
    # A number waits for nobody; only an error does.
    assert collected.waited == []


def test_an_error_is_sent_before_the_answer_and_waited_for_shortly(
    world: Any, who: dict[str, str], collected: Collected
) -> None:
    configure(world, NOWHERE)
    broken(world, "x")
    world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    assert collected.waited == [1.0]


@pytest.mark.parametrize("dsn", ["http://key@127.0.0.1:{port}/1", "http://no-dsn", "https://"])
def test_what_cannot_be_reported_breaks_nothing(world: Any, who: dict[str, str], dsn: str) -> None:
    configure(world, dsn.format(port=free_port()))
    broken(world, "x")
    answer = world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    assert answer.json()["error"]["code"] == "internal-error"


def test_nothing_is_reported_without_a_dsn(world: Any, who: dict[str, str], collected: Collected) -> None:
    broken(world, "x")
    assert world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who).status_code == 500
    assert collected.envelopes == []


def test_a_dsn_that_is_taken_away_is_used_no_more(
    world: Any, who: dict[str, str], collected: Collected
) -> None:
    configure(world, NOWHERE)
    world.configure()
    world.clock[0] += 5
    world.http.get("/api/config")
    broken(world, "x")
    collected.envelopes.clear()
    world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who)
    assert collected.envelopes == []


def test_the_page_is_not_told_the_dsn(world: Any) -> None:
    configure(world, NOWHERE)
    assert "sentry" not in world.http.get("/api/config").text
    assert "key@" not in world.http.get("/api/config").text


def test_without_a_dsn_the_sdk_is_not_loaded() -> None:
    code = "import sys; import stuf_api.app, stuf_api.services; sys.exit('sentry_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=API, check=False).returncode == 0


@pytest.fixture
def sentry(tmp_path: Path) -> Iterator[Sentry]:
    # Two hours ahead, so that the present hour is over for it.
    server = Sentry(tmp_path / "sentry", clock=lambda: time.time() + 7200)
    server.start()
    server.create_organization("acme")
    server.create_team("acme", "stufs")
    yield server
    server.stop()


def test_a_real_error_makes_an_issue(world: Any, who: dict[str, str], sentry: Sentry) -> None:
    configure(world, sentry.create_project("acme", "stufs", "stuf-acme"))
    broken(world, "secret.txt")
    assert world.http.post("/api/uploads", json={"file_name": "a", "size": 1}, headers=who).status_code == 500
    api = SentryApi(sentry.url, "acme", SecretStr(sentry.create_token("acme")))
    deadline = time.monotonic() + 10
    while not (found := api.issues("is:unresolved").issues) and time.monotonic() < deadline:
        time.sleep(0.05)
    (issue,) = found
    assert issue.title.startswith("RuntimeError")
    assert issue.culprit == "POST /uploads"
    assert issue.user_count == 1


def test_real_requests_are_counted_and_timed(world: Any, sentry: Sentry) -> None:
    configure(world, sentry.create_project("acme", "stufs", "stuf-acme"))
    for _ in range(3):
        world.http.get("/api/config")
    world.services.reporter._made[1].flush(timeout=5)
    api = SentryApi(sentry.url, "acme", SecretStr(sentry.create_token("acme")))
    project = next(iter(api.pages("/organizations/acme/projects/", "listing")))["id"]
    now = datetime.now(UTC)
    since, until = now - timedelta(hours=2), now + timedelta(hours=1)

    def values(kind: Kind) -> list[float]:
        points = timeseries(api.http, "acme", project_id=project, kind=kind, since=since, until=until)
        return [point.value for point in points if point.value]

    assert sum(values(Kind.THROUGHPUT)) == 3
    assert all(0 < value < 60_000 for value in values(Kind.LATENCY))
