"""The test of a STUF against the STUF's own API over an emulated AWS, by real HTTP."""

import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from pydantic import SecretBytes, SecretStr
from world import World, outputs

from provisioning.fleet import Operation, OperationKind, OperationState
from provisioning.operations import provision
from provisioning.operations import test as visit
from provisioning.storage import AwsAccess, Storage, StorageError
from provisioning.verification import Verification, VerificationError, derive_key
from sandbox.aws.emulator import Emulator
from sandbox.aws.ports import free_port
from sandbox.server import AsgiServer

# The API is copied into a zip of its own, so it is no package of this project.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "provisioning/template/application/api"))

from stuf_api.app import create_app
from stuf_api.keys import Keyring, Purpose
from stuf_api.services import Services as StufServices
from stuf_api.settings import Settings

REGION = "eu-west-1"
SECRET = "0123456789abcdef" * 4
PART_BYTES = 5 * 1024**2


@dataclass
class Live:
    """A STUF that answers, and what belongs to it."""

    world: World
    s3: Any
    access: AwsAccess
    address: str
    clock: list[float]
    announcing: bool = True

    @property
    def storage(self) -> Storage:
        return Storage(self.outputs, self.access)

    @property
    def outputs(self) -> Any:
        with self.world.session() as session:
            stuf = self.world.fleet.get(session, "acme-audit")
        assert stuf is not None
        assert stuf.outputs is not None
        return stuf.outputs

    def visitor(self) -> Verification:
        return Verification(self.address, "acme-audit", self.storage.secret, clock=lambda: self.clock[0])

    def visit(self) -> Operation:
        operation = self.world.begin(OperationKind.TEST)
        visit(self.world.steps(operation.attempt_id), self.world.services, operation.attempt_id)
        return self.world.operation(operation.id)

    def left(self) -> list[str]:
        found = self.s3.list_object_versions(Bucket=self.outputs.bucket, Prefix="uploads/")
        return [one["Key"] for one in found.get("Versions", []) + found.get("DeleteMarkers", [])]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    emulator = Emulator(tmp_path_factory.mktemp("aws"), port, port)
    emulator.start()
    yield emulator.url
    emulator.stop()


@pytest.fixture
def live(world: World, endpoint: str, tmp_path: Path) -> Iterator[Live]:
    def client(name: str) -> Any:
        make: Any = boto3.client
        return make(
            name,
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(signature_version="s3v4" if name == "s3" else None),
        )

    s3, bucket = client("s3"), f"stuf-{time.time_ns()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kms_key = client("kms").create_key()["KeyMetadata"]["Arn"]
    secret = client("secretsmanager").create_secret(Name=bucket, SecretString=SECRET)["ARN"]
    clock = [1_800_000_000.0]
    config = {
        "schema_version": 1,
        "slug": "acme-audit",
        "name": "Acme",
        "address": "https://x.example.org",
        "sender_email": "uploads@example.org",
        "notify": {"url": "https://bot.example.org/hooks/stuf"},
        "part_size_bytes": PART_BYTES,
    }
    s3.put_object(Bucket=bucket, Key="config/stuf_config.json", Body=json.dumps(config).encode())

    def send(url: str, body: bytes, headers: dict[str, str]) -> int | None:
        if not found.announcing:
            return None
        told.append(json.loads(body)["upload_id"])
        return 202

    def wait(seconds: float) -> None:
        # The announcement came in on the STUF's thread; the bot's hall would take it from its inbox.
        while told:
            world.announced(told.pop())
        world.waited += seconds

    told: list[str] = []
    world.wait = wait  # type: ignore[method-assign]

    services = StufServices(
        Settings(bucket, "acme-audit", kms_key, secret, "v-1", "https://x.example.org"),
        now=lambda: clock[0],
        sleep=lambda _: None,
        send=send,
        client=client,
    )
    server = AsgiServer(create_app(services), 0)
    server.start()
    world.services = dataclasses.replace(
        world.services,
        storage=lambda made: Storage(made, access),
        verification=lambda made: Verification(
            made.address, made.slug, Storage(made, access).secret, clock=lambda: clock[0]
        ),
    )
    access = AwsAccess(endpoint, "test", SecretStr("test"))
    found = Live(world, s3, access, server.url, clock)
    made = outputs().model_copy(
        update={
            "bucket": bucket,
            "kms_key_arn": kms_key,
            "secret_arn": secret,
            "version": "v-1",
            "address": server.url,
        }
    )
    world.github.outputs = lambda _: made  # type: ignore[method-assign]
    world.create()
    operation = world.begin()
    provision(world.steps(operation.attempt_id), world.services, operation.attempt_id)
    yield found
    server.stop()


def test_participants_arrive_encrypted_with_the_stufs_own_key(live: Live) -> None:
    for number in range(2):
        key = f"users/u-{number}.json"
        stored = live.s3.get_object(Bucket=live.outputs.bucket, Key=key)
        assert json.loads(stored["Body"].read())["email"] == f"person{number}@example.org"
        assert stored["ServerSideEncryption"] == "aws:kms"
        assert stored["SSEKMSKeyId"] == live.outputs.kms_key_arn
    logo = live.s3.get_object(Bucket=live.outputs.bucket, Key="config/logo.png")
    assert logo["ContentType"] == "image/png"


def test_a_good_stuf_passes_every_step_and_keeps_nothing(live: Live) -> None:
    ended = live.visit()
    assert ended.state is OperationState.SUCCEEDED, ended.failure
    assert {step.status.value for step in ended.steps} == {"done"}
    assert live.left() == []


def test_a_stuf_that_announces_nothing_fails_there_only(live: Live) -> None:
    live.announcing = False
    ended = live.visit()
    assert ended.failure is not None
    assert ended.failure.code == "notification-missing"
    assert {step.name: step.status.value for step in ended.steps}["clean up"] == "done"
    assert live.left() == []


def test_a_ticket_is_good_for_two_minutes_at_its_own_stuf(live: Live) -> None:
    assert live.visitor().sign_in()
    other = Verification(live.address, "other-one", live.storage.secret, clock=lambda: live.clock[0])
    with pytest.raises(VerificationError) as refused:
        other.sign_in()
    assert refused.value.status == 401
    assert not refused.value.passing
    late = Verification(live.address, "acme-audit", live.storage.secret, clock=lambda: live.clock[0] - 121)
    with pytest.raises(VerificationError, match="ticket-expired"):
        late.sign_in()
    forged = Verification(
        live.address, "acme-audit", lambda: SecretBytes(b"guessed"), clock=lambda: live.clock[0]
    )
    with pytest.raises(VerificationError, match="ticket-invalid"):
        forged.sign_in()


def test_a_stuf_that_is_not_there_may_come_back() -> None:
    gone = Verification("http://127.0.0.1:9", "acme-audit", lambda: SecretBytes(b"s"))
    with pytest.raises(VerificationError) as away:
        gone.version()
    assert away.value.passing


def test_storage_says_what_it_refuses_without_naming_files(live: Live) -> None:
    lost = live.outputs.model_copy(update={"bucket": "stuf-nobody-has-this"})
    with pytest.raises(StorageError) as refused:
        Storage(lost, live.access).put("users/u-1.json", b"{}", "application/json")
    assert not refused.value.passing
    assert "u-1" not in str(refused.value)
    assert live.storage.uploaded("none") is None


def test_storage_that_is_not_there_may_come_back(live: Live) -> None:
    away = Storage(live.outputs, AwsAccess("http://127.0.0.1:9", "test", SecretStr("test")))
    with pytest.raises(StorageError) as refused:
        away.secret()
    assert refused.value.passing


def test_keys_are_derived_as_the_stuf_derives_them(live: Live) -> None:
    keyring = Keyring(lambda: SECRET, lambda: 0.0)
    for purpose in Purpose:
        assert keyring.key(purpose) == derive_key(live.storage.secret(), purpose.value).get_secret_value()
