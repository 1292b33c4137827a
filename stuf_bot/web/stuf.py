"""Deliveries of the STUFs: each signs with its own key, and says when."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from pydantic import SecretBytes

from stuf_bot.web.bodies import Refused, parse
from stuf_bot.web.checks import (
    NOBODYS_SECRET,
    Accepted,
    delivery_id,
    forged,
    must_be_json,
    name,
    received,
    signed_by,
)

Secret = Callable[[str], SecretBytes | None]
"""Gives a STUF's notify key by its slug; None where there is no such STUF."""


@runtime_checkable
class Renewing(Protocol):
    """A Secret that keeps keys for a while."""

    def afresh(self, slug: str) -> SecretBytes | None:
        """The key as it is now; None where that was asked a moment ago."""


_WINDOW = timedelta(minutes=5)
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = "x-stuf-signature-256"


def stuf_delivery(headers: Mapping[str, str], body: bytes, secret: Secret, now: datetime) -> Accepted:
    """A delivery of a STUF. Raises Refused; one that is unknown and one that is forged get the same answer."""
    slug = headers.get("x-stuf-slug", "")
    stamp = headers.get("x-stuf-timestamp", "")
    well_formed = bool(_SLUG.fullmatch(slug) and _TIMESTAMP.fullmatch(stamp))
    key = secret(slug) if well_formed else None
    said, signature = stamp.encode() + b"." + body, headers.get(_SIGNATURE, "")
    signed = signed_by(key or NOBODYS_SECRET, said, signature)
    if key is not None and not signed and isinstance(secret, Renewing):
        # The secret may have been changed since it was read.
        key = secret.afresh(slug)
        signed = signed_by(key or NOBODYS_SECRET, said, signature)
    if key is None or not signed:
        raise forged()
    if abs(now.timestamp() - int(stamp)) > _WINDOW.total_seconds():
        raise Refused(401, "the timestamp is more than five minutes off", "late")
    must_be_json(headers, "send it with the content type application/json")
    content = parse(body)
    if content.get("slug") != slug:
        raise Refused(400, "the body belongs to another STUF", "other-stuf")
    delivery = f"{slug}:{delivery_id(headers.get('x-stuf-delivery'))}"
    return Accepted(received("stuf", delivery, name(content.get("event")), slug, content), f"stuf:{slug}")
