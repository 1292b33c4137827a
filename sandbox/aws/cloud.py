"""AWS on this machine: the emulator, the endpoint in front of it, and the front door of the STUFs."""

import threading
from pathlib import Path
from typing import Any

from sandbox.aws.edge import Edge
from sandbox.aws.emulator import Emulator
from sandbox.aws.faults import Faults
from sandbox.aws.forward import Forwarder
from sandbox.aws.outbox import AwsOutbox
from sandbox.aws.ports import Ports, free_port
from sandbox.aws.proxy import AwsProxy
from sandbox.aws.stacks import Stacks
from sandbox.server import AsgiServer


class Aws:
    """`start()` it, point AWS_ENDPOINT_URL at `url`, open `<edge_url>/<slug>/`.

    `state` keeps buckets, stacks, identities, functions and what was sent across restarts, `port` 0 takes the
    port of last time or any free one, likewise `edge_port`.
    """

    def __init__(self, state: Path, port: int = 0, *, edge_port: int = 0) -> None:
        state.mkdir(parents=True, exist_ok=True)
        ports = Ports(state / "ports.json")
        self._port = ports.choose("aws", port)
        self._edge_port = ports.choose("edge", edge_port)
        self._emulator = Emulator(state, free_port(), self._port)
        self._faults = Faults()
        self.outbox = AwsOutbox(state / "sent.jsonl", self._emulator.url)
        stacks = Stacks(self.client)
        self._servers = [
            AsgiServer(AwsProxy(Forwarder(self._emulator.url), self._faults, self._collect), self._port),
            AsgiServer(Edge(Forwarder(self._emulator.url), stacks, self._faults, self.url), self._edge_port),
        ]

    @property
    def url(self) -> str:
        """The AWS endpoint."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def edge_url(self) -> str:
        """The base of the STUFs' addresses: one is `<edge_url>/<slug>`."""
        return f"http://127.0.0.1:{self._edge_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What boto3, Ansible and the workflow need in their environment to use this AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def armed(self) -> frozenset[str]:
        """The stages whose fault has not gone off yet."""
        return self._faults.armed

    def start(self) -> None:
        """Start everything; returns when it answers. Raises RuntimeError when the emulator does not start."""
        self._emulator.start()
        for server in self._servers:
            server.start()

    def stop(self) -> None:
        """Stop everything; what was sent is copied first."""
        try:
            self.outbox.collect()
            for server in reversed(self._servers):
                server.stop()
        finally:
            self._emulator.stop()

    def fail_once(self, stage: str) -> None:
        """Let the next call of `stage` be refused. Raises ValueError for a stage that cannot fail here."""
        self._faults.arm(stage)

    def prepare(self, sender: str, region: str) -> None:
        """Verify the e-mail address from which STUFs in `region` send; once more does no harm."""
        ses = self.client("sesv2", region_name=region)
        try:
            ses.create_email_identity(EmailIdentity=sender)
        except ses.exceptions.AlreadyExistsException:
            return

    def client(self, service: str, *, region_name: str) -> Any:
        """A boto3 client of this AWS."""
        import boto3  # noqa: PLC0415 - slow to import, and not needed to start
        from botocore.config import Config  # noqa: PLC0415

        make: Any = boto3.client  # its many overloads each want a literal name
        return make(
            service,
            region_name=region_name,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes anything
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=3,
                read_timeout=60,
                signature_version="s3v4" if service == "s3" else None,
            ),
        )

    def _collect(self) -> None:
        # Not on the loop that answers: reading what was sent takes a request of its own.
        threading.Thread(target=self.outbox.collect, name="aws-outbox", daemon=True).start()
