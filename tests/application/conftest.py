"""The STUF's API in this process, its AWS in an emulator next to it."""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from starlette.testclient import TestClient

from sandbox.aws.emulator import Emulator
from sandbox.aws.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# The API is copied into a zip of its own, so it is no package of this project.
sys.path.insert(0, str(ROOT / "provisioning" / "template" / "application" / "api"))

from stuf_api.app import create_app  # noqa: E402
from stuf_api.services import Services  # noqa: E402
from stuf_api.settings import Settings  # noqa: E402

REGION = "eu-west-2"
SLUG = "acme-audit"
SECRET = "0123456789abcdef" * 4
START = 1_800_000_000.0


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    emulator = Emulator(tmp_path_factory.mktemp("aws"), port, port)
    emulator.start()
    yield emulator.url
    emulator.stop()


@pytest.fixture(scope="session")
def client(endpoint: str) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            make_any: Any = boto3.client
            made[name] = make_any(
                name,
                region_name=REGION,
                endpoint_url=endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(signature_version="s3v4" if name == "s3" else None, max_pool_connections=30),
            )
        return made[name]

    make("sesv2").create_email_identity(EmailIdentity="uploads@example.org")
    return make


@dataclass
class World:
    """One STUF: its API, its bucket, its clock, what it told the bot."""

    http: TestClient
    s3: Any
    bucket: str
    endpoint: str
    kms_key: str
    services: Services
    clock: list[float]
    slept: list[float] = field(default_factory=list)
    told: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    bot_answers: list[int | None] = field(default_factory=list)

    def write(self, key: str, document: dict[str, Any]) -> None:

        self.s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(document).encode())

    def configure(self, **changes: Any) -> None:
        config = {
            "schema_version": 1,
            "slug": SLUG,
            "name": "Acme audit",
            "address": "https://upload.example.org/acme",
            "sender_email": "uploads@example.org",
            "notify": {"url": "https://bot.example.org/hooks/stuf"},
            "part_size_bytes": 5 * 1024**2,
        }
        self.write("config/stuf_config.json", config | changes)

    def add(self, name: str, phone: str, **changes: Any) -> str:
        """Add the participant `name` of this bucket; gives the e-mail address."""
        email = f"{name}.{self.bucket}@example.org"
        person = {
            "schema_version": 1,
            "id": name,
            "email": email,
            "phone": phone,
            "created_at": "2026-11-01T00:00:00Z",
            "active": True,
        }
        self.write(f"users/{name}.json", person | changes)
        return email

    def mails(self, to: str) -> list[str]:
        sent = httpx.get(f"{self.endpoint}/_ministack/ses/messages").json()["messages"]
        return [mail["BodyText"] for mails in sent.values() for mail in mails if mail["To"] == [to]]

    def texts(self, phone: str) -> list[str]:
        sent = httpx.get(f"{self.endpoint}/_ministack/sns/sms-messages").json()["sms_messages"]
        return [text["Message"] for text in sent.get(phone, [])]

    def ask_for_link(self, email: str) -> httpx.Response:
        return self.http.post("/api/sign-in", json={"email": email})

    def link_token(self, email: str) -> str:
        assert self.ask_for_link(email).status_code == 202
        found = re.search(r"#token=(\S+)", self.mails(email)[-1])
        assert found
        return found.group(1)

    def challenge(self, email: str, phone: str) -> tuple[str, str]:
        """The challenge's id and the right code."""
        answer = self.http.post("/api/sign-in/link", json={"token": self.link_token(email)})
        assert answer.status_code == 200, answer.text
        return answer.json()["challenge"], self.texts(phone)[-1][:6]

    def session(self, email: str, phone: str) -> dict[str, str]:
        """Headers of a signed-in participant."""
        challenge, code = self.challenge(email, phone)
        answer = self.http.post("/api/sign-in/code", json={"challenge": challenge, "code": code})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['session']}"}

    def keys(self, prefix: str = "") -> list[str]:
        return [
            entry["Key"]
            for entry in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        ]

    def upload(self, who: dict[str, str], name: str, data: bytes, **about: Any) -> httpx.Response:
        """Send a whole file; gives the answer to its completion."""
        wish = {"file_name": name, "size": len(data), "content_type": "text/plain"} | about
        started = self.http.post("/api/uploads", json=wish, headers=who)
        assert started.status_code == 201, started.text
        upload, size = started.json()["upload_id"], started.json()["part_size"]
        parts = [
            self.send_part(who, upload, number, data[at : at + size])
            for number, at in enumerate(range(0, len(data), size), 1)
        ]
        return self.http.post(f"/api/uploads/{upload}/complete", json={"parts": parts}, headers=who)

    def send_part(self, who: dict[str, str], upload: str, number: int, data: bytes) -> dict[str, Any]:
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        wish = {"number": number, "size": len(data), "sha256": checksum}
        signed = self.http.post(f"/api/uploads/{upload}/parts", json=wish, headers=who)
        assert signed.status_code == 200, signed.text
        sent = httpx.put(signed.json()["url"], content=data, headers=signed.json()["headers"])
        assert sent.status_code == 200, sent.text
        return {"number": number, "etag": sent.headers["etag"], "sha256": checksum}


@pytest.fixture
def world(client: Callable[[str], Any], endpoint: str, request: pytest.FixtureRequest) -> Iterator[World]:
    bucket = "stuf-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kms_key = client("kms").create_key()["KeyMetadata"]["Arn"]
    secret = client("secretsmanager").create_secret(Name=bucket, SecretString=SECRET)["ARN"]
    clock, slept = [START], []
    told: list[tuple[str, bytes, dict[str, str]]] = []
    bot_answers: list[int | None] = []

    def send(url: str, body: bytes, headers: dict[str, str]) -> int | None:
        told.append((url, body, headers))
        return bot_answers.pop(0) if bot_answers else 202

    services = Services(
        Settings(bucket, SLUG, kms_key, secret, "v-1", "https://upload.example.org/acme"),
        now=lambda: clock[0],
        sleep=slept.append,
        send=send,
        client=client,
    )
    http = TestClient(
        create_app(services), base_url="https://upload.example.org", raise_server_exceptions=False
    )
    found = World(http, s3, bucket, endpoint, kms_key, services, clock, slept, told, bot_answers)
    found.configure()
    with http:
        yield found


@pytest.fixture
def pat(world: World) -> tuple[str, str]:
    """A participant: e-mail and phone. Everyone's number is their own, since texts are known by number only."""
    phone = f"+447700900{int(hashlib.sha256(world.bucket.encode()).hexdigest(), 16) % 900 + 100}"
    return world.add("pat", phone), phone


@pytest.fixture
def who(world: World, pat: tuple[str, str]) -> dict[str, str]:
    """Pat, signed in."""
    return world.session(*pat)
