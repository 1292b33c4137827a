"""What anyone sees, what every answer carries, and how the configuration is followed."""

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from mangum import Mangum
from stuf_api.app import create_app
from stuf_api.keys import Purpose
from stuf_api.services import Services

API = Path(__file__).resolve().parents[2] / "provisioning" / "template" / "application" / "api"


def test_version_answers_before_anything_is_configured(world: Any) -> None:
    world.s3.delete_object(Bucket=world.bucket, Key="config/stuf_config.json")
    assert world.http.get("/api/version").json() == {"slug": "acme-audit", "version": "v-1"}
    answer = world.http.get("/api/config")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not-configured")
    world.configure()
    assert world.http.get("/api/config").status_code == 200


def test_changed_configuration_is_read_within_seconds(world: Any) -> None:
    assert world.http.get("/api/config").json()["branding"]["display_name"] == "Acme audit"
    world.configure(branding={"display_name": "Acme 2", "accent_colour": "#112233"}, unknown_to_us=1)
    assert world.http.get("/api/config").json()["branding"]["display_name"] == "Acme audit"
    world.clock[0] += 5
    branding = world.http.get("/api/config").json()["branding"]
    assert (branding["display_name"], branding["accent_colour"]) == ("Acme 2", "#112233")


def test_unchanged_configuration_is_not_read_again(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.http.get("/api/config")
    reads = []
    whole = world.services.bucket.read

    def read(key: str) -> Any:
        reads.append(key)
        return whole(key)

    monkeypatch.setattr(world.services.bucket, "read", read)
    for _ in range(3):
        world.clock[0] += 5
        assert world.http.get("/api/config").status_code == 200
    assert "config/stuf_config.json" not in reads


def test_config_shows_nothing_private(world: Any) -> None:
    shown = world.http.get("/api/config")
    assert set(shown.json()) == {"slug", "branding", "max_file_bytes", "fields"}
    for private in ("uploads@example.org", "bot.example.org"):
        assert private not in shown.text


def test_logo(world: Any) -> None:
    assert world.http.get("/api/logo").status_code == 404
    world.configure(branding={"logo": "config/logo.png"})
    world.s3.put_object(Bucket=world.bucket, Key="config/logo.png", Body=b"\x89PNG")
    world.clock[0] += 5
    logo = world.http.get("/api/logo")
    assert (logo.content, logo.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert world.http.get("/api/config").json()["branding"]["logo"] is True


@pytest.mark.parametrize(
    "key", ["users/pat.json", "config/stuf_config.json", "config/logo.html", "../users/pat.png"]
)
def test_a_logo_is_a_picture_below_config(world: Any, pat: tuple[str, str], key: str) -> None:
    world.configure(branding={"logo": key})
    world.s3.put_object(Bucket=world.bucket, Key="config/logo.html", Body=b"<script>")
    world.clock[0] += 5
    assert world.http.get("/api/logo").status_code == 404


def test_every_answer_is_hardened(world: Any) -> None:
    for answer in (
        world.http.get("/api/version"),
        world.http.get("/api/none"),
        world.http.post("/api/sign-in"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "max-age" in answer.headers["strict-transport-security"]
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_description_is_published(world: Any) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/api/docs", "/api/openapi.json"):
        answer = world.http.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")


def test_other_origins_get_no_permission(world: Any) -> None:
    asked = {"Origin": "https://evil.example.net", "Access-Control-Request-Method": "POST"}
    answer = world.http.options("/api/sign-in", headers=asked)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_wrong_requests_are_not_echoed(world: Any) -> None:
    answer = world.http.post("/api/sign-in", json={"email": ["private@example.org"]})
    assert answer.status_code == 422
    assert answer.json()["error"] == {"code": "request-invalid", "message": "Please check: email."}
    for content in (b"{", b"\xff\xfe", b"[]", b"null", b'"x"'):
        answer = world.http.post(
            "/api/sign-in", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {400, 422}
        assert answer.json()["error"]["code"]


def test_failures_say_nothing_about_their_cause(
    world: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_key: str) -> None:
        raise RuntimeError("pat@example.org in arn:aws:s3:::secret")

    monkeypatch.setattr(world.services.bucket, "read", broken)
    answer = world.http.get("/api/config")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal-error")
    reference = answer.json()["error"]["message"].split()[-1].rstrip(".")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("stuf_api")]
    assert reference in ours[-1]
    assert "RuntimeError" in ours[-1]
    assert "pat@example.org" not in "".join(ours) + answer.text


def test_broken_configuration_leaves_the_last_good_one(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert world.http.get("/api/config").status_code == 200
    world.write("config/stuf_config.json", {"name": "private"})
    world.clock[0] += 5
    assert world.http.get("/api/config").json()["branding"]["display_name"] == "Acme audit"
    assert "configuration cannot be read: config/stuf_config.json" in caplog.text
    assert "private" not in caplog.text


def test_failures_reach_no_log_with_their_text(
    world: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_key: str) -> None:
        raise RuntimeError("pat@example.org")

    monkeypatch.setattr(world.services.bucket, "read", broken)
    event = http_event("/api/config")
    answer = Mangum(create_app(world.services), lifespan="off")(event, None)  # type: ignore[arg-type]
    assert answer["statusCode"] == 500
    assert "RuntimeError at" in caplog.text
    assert "pat@example.org" not in caplog.text


def http_event(path: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "x.execute-api.eu-west-2.amazonaws.com"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def test_lambda_enters_by_the_handler(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BUCKET", "KMS_KEY", "SECRET_ARN", "VERSION", "ADDRESS"):
        monkeypatch.setenv(f"STUF_{name}", f"x-{name.lower()}")
    monkeypatch.setenv("STUF_SLUG", "acme-audit")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    monkeypatch.delitem(sys.modules, "handler", raising=False)
    import handler  # noqa: PLC0415

    event = http_event("/api/version")
    answer = handler.handler(event, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"slug": "acme-audit", "version": "x-version"}


def test_the_package_brings_the_services_that_are_used(world: Any) -> None:
    used: list[str] = []

    def client(name: str) -> Any:
        used.append(name)
        return MagicMock()

    services = Services(world.services.settings, client=client)
    services.warm()
    services.keyring.key(Purpose.SESSION)
    assert sorted(used) == (API / "aws-services.txt").read_text().split()
