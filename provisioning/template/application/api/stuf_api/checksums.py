"""SHA-256 as storage counts it: one for each part, and a composite over the parts' digests."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from stuf_api.errors import ApiError

_DIGEST_BYTES: Final = 32


def digest(sha256: str) -> bytes:
    """The 32 bytes behind a base64 checksum. Raises ApiError (checksum-invalid)."""
    try:
        raw = base64.b64decode(sha256, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _DIGEST_BYTES:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "checksum-invalid", "A checksum must be a SHA-256 in base64."
        )
    return raw


def composite(parts: Sequence[str]) -> str:
    """What storage must answer for the whole file: base64 of SHA-256 over the digests, `-`, number of parts."""
    joined = hashlib.sha256(b"".join(digest(part) for part in parts)).digest()
    return f"{base64.b64encode(joined).decode()}-{len(parts)}"
