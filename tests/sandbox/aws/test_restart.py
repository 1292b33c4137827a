"""What survives a restart of the sandbox, and what an abandoned emulator leaves behind."""

from collections.abc import Callable
from pathlib import Path

import httpx

from sandbox.aws import Aws

REGION = "eu-west-2"


def test_a_stuf_survives_a_restart(tmp_path: Path, make_stuf: Callable[[Aws], str]) -> None:
    first = Aws(tmp_path / "aws")
    first.start()
    slug = make_stuf(first)
    first.prepare("uploads@example.org", REGION)
    first.client("sns", region_name=REGION).publish(PhoneNumber="+447700900123", Message="hello")
    address = f"{first.edge_url}/{slug}"
    assert httpx.get(f"{address}/api/x").status_code == 200
    first.stop()

    second = Aws(tmp_path / "aws")
    second.start()
    try:
        assert f"{second.edge_url}/{slug}" == address
        assert httpx.get(f"{address}/").text == "<h1>Upload</h1>"
        assert httpx.get(f"{address}/api/x").status_code == 200
        assert [message.text for message in second.outbox.messages()] == ["hello"]
        identity = second.client("sesv2", region_name=REGION).get_email_identity(
            EmailIdentity="uploads@example.org"
        )
        assert identity["VerifiedForSendingStatus"]
    finally:
        second.stop()


def test_an_abandoned_emulator_is_taken_over(tmp_path: Path) -> None:
    first = Aws(tmp_path / "aws")
    first.start()
    first.client("s3", region_name="us-east-1").create_bucket(Bucket="kept")
    # As after a kill: the servers are gone, the emulator process still runs.
    for server in first._servers:
        server.stop()
    second = Aws(tmp_path / "aws")
    second.start()
    try:
        assert not first._emulator.running
        buckets = second.client("s3", region_name="us-east-1").list_buckets()["Buckets"]
        assert [bucket["Name"] for bucket in buckets] == ["kept"]
    finally:
        second.stop()
