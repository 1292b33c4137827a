"""A STUF's storage as the bot uses it: write configuration objects, read back what an upload became."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import SecretBytes, SecretStr

from provisioning.models import StufOutputs

_ABSENT = frozenset({"NoSuchKey", "404"})


class StorageError(Exception):
    """The storage did not do what was asked; the text is fit for a person and names no file."""

    def __init__(self, code: str, what: str, *, passing: bool) -> None:
        super().__init__(f"the storage answered {code} while {what}")
        self.code = code
        self.passing = passing


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """How to reach AWS; without keys boto3's own chain finds them."""

    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What storage says of an object: composite SHA-256 in base64 (`…-N`), size in bytes, encryption, key."""

    sha256: str | None
    size: int
    encryption: str | None
    kms_key: str | None


class Storage:
    """The bucket of one STUF. Every object is written with SSE-KMS and the STUF's key named."""

    def __init__(self, outputs: StufOutputs, access: AwsAccess) -> None:
        self._outputs, self._access = outputs, access
        self._clients: dict[str, Any] = {}

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Write an object; writing the same again changes nothing that matters. Raises StorageError."""
        with self._errors("writing a configuration object"):
            self._client("s3").put_object(
                Bucket=self._outputs.bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=self._outputs.kms_key_arn,
                ChecksumAlgorithm="SHA256",
            )

    def get(self, key: str) -> bytes | None:
        """An object's content; None when there is none. Raises StorageError."""
        try:
            with self._errors("reading a configuration object"):
                answer = self._client("s3").get_object(Bucket=self._outputs.bucket, Key=key)
                content: bytes = answer["Body"].read()
                return content
        except StorageError as error:
            if error.code in _ABSENT:
                return None
            raise

    def uploaded(self, upload_id: str) -> tuple[str, StoredObject] | None:
        """(key, facts) of the file of an upload; None when there is none."""
        with self._errors("reading back an upload"):
            keys = self._keys(f"uploads/{upload_id}/data/")
            return (keys[0], self._facts(keys[0])) if keys else None

    def versions(self, upload_id: str) -> int:
        """How many versions and delete markers of an upload's objects there still are."""
        with self._errors("looking for what is left of an upload"):
            pages = self._client("s3").get_paginator("list_object_versions")
            found = 0
            for page in pages.paginate(Bucket=self._outputs.bucket, Prefix=f"uploads/{upload_id}/"):
                found += len(page.get("Versions", ())) + len(page.get("DeleteMarkers", ()))
            return found

    def secret(self) -> SecretBytes:
        """The STUF's own secret, from which keys are derived. Never kept, never shown."""
        with self._errors("reading the STUF's secret"):
            answer = self._client("secretsmanager").get_secret_value(SecretId=self._outputs.secret_arn)
        return SecretBytes(str(answer["SecretString"]).encode())

    def _keys(self, prefix: str) -> list[str]:
        pages = self._client("s3").get_paginator("list_objects_v2")
        return [
            str(one["Key"])
            for page in pages.paginate(Bucket=self._outputs.bucket, Prefix=prefix)
            for one in page.get("Contents", ())
        ]

    def _facts(self, key: str) -> StoredObject:
        head = self._client("s3").head_object(Bucket=self._outputs.bucket, Key=key, ChecksumMode="ENABLED")
        return StoredObject(
            sha256=head.get("ChecksumSHA256"),
            size=int(head["ContentLength"]),
            encryption=head.get("ServerSideEncryption"),
            kms_key=head.get("SSEKMSKeyId"),
        )

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            # Imported here: it takes a quarter of a second, which `--help` need not wait for.
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            secret = self._access.secret_access_key
            session: Any = boto3.session.Session()
            self._clients[service] = session.client(
                service,
                region_name=self._outputs.region,
                endpoint_url=self._access.endpoint_url,
                aws_access_key_id=self._access.access_key_id,
                aws_secret_access_key=secret.get_secret_value() if secret else None,
                config=Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3}),
            )
        return self._clients[service]

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or "Throttl" in code or code == "SlowDown"
            raise StorageError(code, what, passing=passing) from None
        except BotoCoreError as error:
            raise StorageError(type(error).__name__, what, passing=True) from None


class SecretCache:
    """Keys of STUFs by slug, each read again after `seconds`, so that a rotated one takes effect.

    `identity` says which STUF has a slug now, None when none has: the key of one that is gone is not
    the key of the next. What is not there yet is not remembered: a STUF that has just become ready is
    known at once. `again_seconds`: how long `afresh` does not read the same key again.
    """

    def __init__(
        self,
        read: Callable[[str], SecretBytes | None],
        *,
        identity: Callable[[str], Hashable | None] = str,
        seconds: float = 300.0,
        again_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._identity = read, identity
        self._seconds, self._again_seconds, self._clock = seconds, again_seconds, clock
        self._kept: dict[str, tuple[Hashable, float, SecretBytes]] = {}
        self._tried: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, slug: str) -> SecretBytes | None:
        """The key of this STUF; None when there is none."""
        identity = self._identity(slug)
        kept = self._kept.get(slug)
        if kept is not None and kept[0] == identity and self._clock() - kept[1] <= self._seconds:
            return kept[2]
        return self._read_now(slug, identity)

    def afresh(self, slug: str) -> SecretBytes | None:
        """The key as it is now, for a signature that does not fit the kept one; None when asked too soon."""
        identity, now = self._identity(slug), self._clock()
        if identity is None:
            return None
        with self._lock:
            tried = self._tried.get(slug)
            if tried is not None and now - tried < self._again_seconds:
                return None
            # Noted before it is read: one that cannot be read is not asked for more often either.
            self._tried[slug] = now
        return self._read_now(slug, identity)

    def _read_now(self, slug: str, identity: Hashable | None) -> SecretBytes | None:
        found = None if identity is None else self._read(slug)
        if found is None:
            self._kept.pop(slug, None)
        else:
            self._kept[slug] = (identity, self._clock(), found)
        return found
