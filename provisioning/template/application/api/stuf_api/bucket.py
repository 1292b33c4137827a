"""The STUF's bucket: JSON documents, claims that only one caller wins, listings.

Everything is written with SSE-KMS and the key named, so that encryption can be read back object by object.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from pydantic import BaseModel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_UNCHANGED: Final = {"304", "NotModified"}
_TAKEN: Final = {"412", "PreconditionFailed"}
_CONFLICT: Final = {"409", "ConditionalRequestConflict"}
_CLAIM_ATTEMPTS: Final = 3
_DELETE_BATCH: Final = 1000


def error_code(error: ClientError) -> str:
    """The service's own code for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


@dataclass(frozen=True)
class Stored:
    """An object as it was read."""

    body: bytes
    etag: str


class Bucket:
    """The one bucket of this STUF."""

    def __init__(self, s3: "S3Client", name: str, kms_key: str) -> None:
        self.s3 = s3
        self.name = name
        self.kms_key = kms_key

    def read(self, key: str) -> Stored | None:
        """The object, or None when there is none. Raises ClientError for every other refusal."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise
        return Stored(answer["Body"].read(), answer["ETag"])

    def read_changed(self, key: str, etag: str) -> Stored | None:
        """The object if it is no longer the one with `etag`; None if it still is. Raises LookupError if gone."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key, IfNoneMatch=etag)
        except ClientError as error:
            if error_code(error) in _UNCHANGED:
                return None
            if error_code(error) in _MISSING:
                raise LookupError(key) from None
            raise
        return Stored(answer["Body"].read(), answer["ETag"])

    def exists(self, key: str) -> bool:
        """Whether there is an object with this key."""
        try:
            self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error_code(error) in _MISSING:
                return False
            raise
        return True

    def write(self, key: str, document: BaseModel) -> None:
        """Store `document` as JSON, whatever was there before."""
        self.s3.put_object(
            Bucket=self.name,
            Key=key,
            Body=document.model_dump_json().encode(),
            ContentType="application/json",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.kms_key,
        )

    def claim(self, key: str, document: BaseModel) -> bool:
        """Store `document` only if the key is free; True for the one caller who got it.

        A conflict with another writer is tried again, then counts as taken: closed, not open.
        """
        for _ in range(_CLAIM_ATTEMPTS):
            try:
                self.s3.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=document.model_dump_json().encode(),
                    ContentType="application/json",
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=self.kms_key,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if error_code(error) in _TAKEN:
                    return False
                if error_code(error) not in _CONFLICT:
                    raise
            else:
                return True
        return False

    def delete(self, key: str) -> None:
        """Remove the current object; earlier versions stay as the bucket's rules say."""
        self.s3.delete_object(Bucket=self.name, Key=key)

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Every key below `prefix` with its ETag."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["ETag"]

    def folders(self, prefix: str, limit: int) -> list[str]:
        """The first `limit` folder names that start with `prefix`, in order of their names."""
        answer = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix, Delimiter="/", MaxKeys=limit)
        return [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])]

    def delete_versions(self, prefix: str) -> None:
        """Remove every version and delete marker below `prefix` for good."""
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix):
            found = [
                {"Key": entry["Key"], "VersionId": entry["VersionId"]}
                for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            ]
            for start in range(0, len(found), _DELETE_BATCH):
                batch = found[start : start + _DELETE_BATCH]
                self.s3.delete_objects(Bucket=self.name, Delete={"Objects": batch, "Quiet": True})  # type: ignore[typeddict-item]
