"""Envelopes, as SDKs send them: a line of JSON, then items, each with a line of JSON and its bytes.

The format is Sentry's: https://develop.sentry.dev/sdk/data-model/envelopes/.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any, Final

MOST_BODY: Final = 20 * 1024 * 1024
MOST_ITEM: Final = 1024 * 1024


class EnvelopeError(Exception):
    """What was sent is no envelope."""


class TooLargeError(Exception):
    """The envelope, or one of its items, is larger than Sentry takes."""


@dataclass(frozen=True)
class Item:
    """One item; `type` is `event`, `transaction` or one of many that are not kept here."""

    type: str
    payload: bytes

    def json(self) -> dict[str, Any]:
        """The payload. Raises EnvelopeError when it is no JSON object."""
        return _object(self.payload, "item")


@dataclass(frozen=True)
class Envelope:
    header: dict[str, Any]
    items: tuple[Item, ...]


def unpack(raw: bytes, encoding: str) -> bytes:
    """The body behind a Content-Encoding. Raises EnvelopeError, TooLargeError."""
    if encoding in {"", "identity"}:
        body = raw
    elif encoding in {"gzip", "deflate"}:
        window = zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS
        unzip = zlib.decompressobj(window)
        try:
            # No further than is allowed: a small body can be made to hold anything.
            body = unzip.decompress(raw, MOST_BODY + 1)
        except (zlib.error, gzip.BadGzipFile) as error:
            raise EnvelopeError("invalid compression") from error
    else:
        raise EnvelopeError(f"unsupported content encoding {encoding}")
    if len(body) > MOST_BODY:
        raise TooLargeError
    return body


def parse(body: bytes) -> Envelope:
    """The envelope in `body`. Raises EnvelopeError, TooLargeError."""
    first, _, rest = body.partition(b"\n")
    header = _object(first, "envelope header")
    items = []
    while rest.strip(b"\n"):
        line, _, rest = rest.lstrip(b"\n").partition(b"\n")
        about = _object(line, "item header")
        length = about.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        elif not isinstance(length, int) or not 0 <= length <= len(rest):
            raise EnvelopeError("unexpected end of item")
        else:
            payload, rest = rest[:length], rest[length:]
        if len(payload) > MOST_ITEM and about.get("type") in {"event", "transaction"}:
            raise TooLargeError
        items.append(Item(str(about.get("type", "")), payload))
    return Envelope(header, tuple(items))


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError(f"invalid {what}") from error
    if not isinstance(found, dict):
        raise EnvelopeError(f"invalid {what}")
    return found
