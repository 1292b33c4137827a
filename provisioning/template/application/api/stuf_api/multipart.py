"""Multipart uploads straight to storage, with a checksum for each part and one over all."""

import contextlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from botocore.exceptions import ClientError

from stuf_api.bucket import Bucket, error_code
from stuf_api.documents import Upload
from stuf_api.errors import ApiError

PART_URL_SECONDS: Final = 900
_GONE: Final = {"NoSuchUpload", "404"}
_REFUSED_PARTS: Final = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest", "InvalidRequest"}


class Multipart:
    """Storage's side of an upload."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def open(self, key: str, content_type: str) -> str:
        """Begin; gives storage's id of the multipart upload.

        Stored as an attachment: whoever opens the file from storage gets a download, never a page that runs.
        """
        answer = self.bucket.s3.create_multipart_upload(
            Bucket=self.bucket.name,
            Key=key,
            ContentType=content_type,
            ContentDisposition="attachment",
            ChecksumAlgorithm="SHA256",
            ChecksumType="COMPOSITE",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.bucket.kms_key,
        )
        return answer["UploadId"]

    def sign_part(self, upload: Upload, number: int, size: int, sha256: str) -> tuple[str, dict[str, str]]:
        """A presigned address for one part. Size and checksum are signed: other bytes are refused."""
        url = self.bucket.s3.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.bucket.name,
                "Key": upload.key,
                "UploadId": upload.multipart_id,
                "PartNumber": number,
                "ContentLength": size,
                "ChecksumSHA256": sha256,
            },
            ExpiresIn=PART_URL_SECONDS,
        )
        return url, {"x-amz-checksum-sha256": sha256}

    def complete(self, upload: Upload, parts: Sequence[tuple[int, str, str]], expected: str) -> str | None:
        """Put the parts (number, ETag, SHA-256) together and read back size, checksum and encryption.

        Gives the version's id. Raises ApiError (parts-refused, checksum-mismatch).
        """
        with contextlib.suppress(_AlreadyCompleted):
            self._finish(upload, parts)
        found = self.bucket.s3.head_object(Bucket=self.bucket.name, Key=upload.key, ChecksumMode="ENABLED")
        encrypted = found.get("ServerSideEncryption") == "aws:kms"
        if found["ContentLength"] != upload.size or found.get("ChecksumSHA256") != expected or not encrypted:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "checksum-mismatch",
                "What arrived is not what was sent. Please upload the file again.",
            )
        return found.get("VersionId")

    def abort(self, upload: Upload) -> None:
        """Drop parts that were never put together; nothing happens if there are none."""
        try:
            self.bucket.s3.abort_multipart_upload(
                Bucket=self.bucket.name, Key=upload.key, UploadId=upload.multipart_id
            )
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise

    def _finish(self, upload: Upload, parts: Sequence[tuple[int, str, str]]) -> None:
        try:
            self.bucket.s3.complete_multipart_upload(
                Bucket=self.bucket.name,
                Key=upload.key,
                UploadId=upload.multipart_id,
                ChecksumType="COMPOSITE",
                MpuObjectSize=upload.size,
                MultipartUpload={
                    "Parts": [
                        {"PartNumber": number, "ETag": etag, "ChecksumSHA256": sha256}
                        for number, etag, sha256 in parts
                    ]
                },
            )
        except ClientError as error:
            code = error_code(error)
            if code in _GONE and self.bucket.exists(upload.key):
                # A crash after storage had finished: what lies there is checked like any other.
                raise _AlreadyCompleted from None
            if code in _GONE | _REFUSED_PARTS:
                raise ApiError(
                    HTTPStatus.CONFLICT,
                    "parts-refused",
                    "Storage did not accept the parts of this file. Please upload it again.",
                ) from None
            raise


class _AlreadyCompleted(Exception):  # noqa: N818 - an outcome, not an error
    pass
