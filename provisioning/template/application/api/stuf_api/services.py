"""Puts the parts together, once a process."""

import os
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from stuf_api.bucket import Bucket
from stuf_api.configuration import Configuration
from stuf_api.journal import Journal
from stuf_api.keys import Keyring, Purpose
from stuf_api.messages import Sender
from stuf_api.multipart import Multipart
from stuf_api.notify import Notifier, Post, post
from stuf_api.participants import Participants
from stuf_api.reporting import Reporter
from stuf_api.settings import Settings
from stuf_api.signin import SignIn
from stuf_api.tokens import Tokens
from stuf_api.uploads import Uploads

_CONNECTIONS: Final = 20


def aws_client(name: str) -> Any:
    """A client of one AWS service with short time limits."""
    import boto3  # noqa: PLC0415 - tests bring their own clients
    from botocore.config import Config  # noqa: PLC0415

    # Mail goes to known addresses only: a slow service must not make their answers stand out for long.
    mail = name == "sesv2"
    config = Config(
        connect_timeout=2 if mail else 3,
        read_timeout=2 if mail else 10,
        retries={"mode": "standard", "total_max_attempts": 1 if mail else 3},
        max_pool_connections=_CONNECTIONS,
        signature_version="s3v4" if name == "s3" else None,
    )
    make: Any = boto3.client  # its many overloads each want a literal name
    return make(name, config=config, region_name=os.environ.get("AWS_REGION"))


class Services:
    """Everything that the routes need. Tests give their own clock and senders; `report_by` is Sentry's transport."""

    def __init__(  # noqa: PLR0913 - what tests replace, each by name.
        self,
        settings: Settings,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        send: Post = post,
        client: Callable[[str], Any] = aws_client,
        report_by: Any = None,
    ) -> None:
        self.settings = settings
        self.now = now
        self.sleep = sleep
        self._send = send
        self._client = client
        self._report_by = report_by

    def warm(self) -> None:
        """Make every client now; nothing is sent yet."""
        _ = self.uploads, self.sign_in

    @cached_property
    def bucket(self) -> Bucket:
        """The STUF's bucket."""
        return Bucket(self._client("s3"), self.settings.bucket, self.settings.kms_key)

    @cached_property
    def configuration(self) -> Configuration:
        """Its configuration."""
        return Configuration(self.bucket, self.now)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys derived from its secret."""
        return Keyring(self._secret, self.now)

    @cached_property
    def tokens(self) -> Tokens:
        """Signed tokens."""
        return Tokens(self.keyring, self.settings.slug, self.now)

    @cached_property
    def sign_in(self) -> SignIn:
        """The ways in."""
        return SignIn(
            bucket=self.bucket,
            configuration=self.configuration,
            participants=Participants(self.bucket),
            keyring=self.keyring,
            tokens=self.tokens,
            sender=Sender(self._client("sesv2"), self._client("sns")),
            journal=self._journal,
            now=self.now,
        )

    @cached_property
    def notifier(self) -> Notifier:
        """Messages to the bot."""
        return Notifier(
            bucket=self.bucket,
            configuration=self.configuration,
            keyring=self.keyring,
            slug=self.settings.slug,
            now=self.now,
            sleep=self.sleep,
            send=self._send,
        )

    @cached_property
    def reporter(self) -> Reporter:
        """Reports of what went wrong."""
        return Reporter(self.configuration.known_sentry, self.settings.version, transport=self._report_by)

    def pseudonym(self, participant: str | None) -> str | None:
        """Tells participants apart for whoever only counts them; without the STUF's secret it names nobody."""
        return self.keyring.mac(Purpose.REPORT, participant)[:16] if participant else None

    @cached_property
    def uploads(self) -> Uploads:
        """Uploads."""
        return Uploads(
            multipart=Multipart(self.bucket),
            configuration=self.configuration,
            journal=self._journal,
            notifier=self.notifier,
            now=self.now,
        )

    @cached_property
    def _journal(self) -> Journal:
        return Journal(self.bucket, self.now)

    def _secret(self) -> str:
        found = self._client("secretsmanager").get_secret_value(SecretId=self.settings.secret_arn)
        return str(found["SecretString"])
