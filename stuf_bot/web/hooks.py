"""Who really sent a delivery, and what it is: the checks of each sender, without the web around it."""

import hmac
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from pydantic import SecretBytes, SecretStr

from stuf_bot.messages import DeliveryReceived
from stuf_bot.web.bodies import Refused, parse

Secret = Callable[[str], SecretBytes | None]


@runtime_checkable
class Renewing(Protocol):
    """A Secret that keeps keys for a while."""

    def afresh(self, slug: str) -> SecretBytes | None:
        """The key as it is now; None where that was asked a moment ago."""


_WINDOW = timedelta(minutes=5)
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NOBODYS_SECRET = SecretBytes(b"nobody signs with this")
_FORGED = "the signature is missing or wrong"


def stuf_delivery(headers: Mapping[str, str], body: bytes, secret: Secret, now: datetime) -> DeliveryReceived:
    """A delivery of a STUF. Raises Refused; one that is unknown and one that is forged get the same answer."""
    slug = headers.get("x-stuf-slug", "")
    stamp = headers.get("x-stuf-timestamp", "")
    well_formed = bool(_SLUG.fullmatch(slug) and _TIMESTAMP.fullmatch(stamp))
    key = secret(slug) if well_formed else None
    said, signature = stamp.encode() + b"." + body, _signature(headers, "x-stuf")
    signed = _signed_by(key or _NOBODYS_SECRET, said, signature)
    if key is not None and not signed and isinstance(secret, Renewing):
        # The secret may have been changed since it was read.
        key = secret.afresh(slug)
        signed = _signed_by(key or _NOBODYS_SECRET, said, signature)
    if key is None or not signed:
        raise Refused(401, _FORGED, "forged")
    if abs(now.timestamp() - int(stamp)) > _WINDOW.total_seconds():
        raise Refused(401, "the timestamp is more than five minutes off", "late")
    content = parse(body)
    if content.get("slug") != slug:
        raise Refused(400, "the body belongs to another STUF", "other-stuf")
    delivery = f"{slug}:{_delivery_id(headers.get('x-stuf-delivery', ''))}"
    return _received("stuf", delivery, _name(content.get("event")), slug, content)


def github_delivery(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]
) -> DeliveryReceived:
    """A delivery of GitHub, signed with any of the secrets (two of them while one is changed). Raises Refused."""
    signature = _signature(headers, "x-hub")
    # All are tried, so that the time says nothing about which fits.
    keys = [SecretBytes(secret.get_secret_value().encode()) for secret in secrets]
    fits = [_signed_by(key, body, signature) for key in keys or (_NOBODYS_SECRET,)]
    if not secrets or not any(fits):
        raise Refused(401, _FORGED, "forged")
    if not headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, "set the webhook's content type to application/json", "content-type")
    kind = _name(headers.get("x-github-event"))
    content = parse(body)
    delivery = _delivery_id(headers.get("x-github-delivery", ""))
    return _received("github", delivery, kind, _github_subject(kind, content), content)


def _received(source: str, delivery: str, kind: str, subject: str, body: dict[str, Any]) -> DeliveryReceived:
    """The delivery, if it can be stored and read again: half a surrogate or endless nesting cannot."""
    try:
        received = DeliveryReceived(
            source=source, delivery_id=delivery, kind=kind, subject=subject, body=body
        )
        return DeliveryReceived.model_validate_json(received.model_dump_json())
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body cannot be stored", "cannot-store") from error


def _github_subject(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "workflow_run":
        return f"run:{_inner(content, 'workflow_run', 'id')}"
    if kind == "workflow_job":
        return f"run:{_inner(content, 'workflow_job', 'run_id')}"
    return _inner(content, "repository", "full_name")


def _inner(content: Mapping[str, Any], part: str, name: str) -> str:
    inner = content.get(part)
    found = str(inner.get(name, "")) if isinstance(inner, dict) else ""
    return "".join(character for character in found if character.isprintable())[:200]


def _signature(headers: Mapping[str, str], prefix: str) -> str:
    return headers.get(f"{prefix}-signature-256", "")


def _signed_by(secret: SecretBytes, content: bytes, signature: str) -> bool:
    wanted = "sha256=" + hmac.new(secret.get_secret_value(), content, "sha256").hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))


def _delivery_id(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise Refused(400, "the delivery has no id", "no-id") from error


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Refused(400, "the delivery does not say what it is", "no-kind")
    return value
