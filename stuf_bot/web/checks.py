"""What the checks of all senders share: signatures, ids, names, and the delivery that is made of them."""

import hmac
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretBytes, SecretStr

from stuf_bot.messages import DeliveryReceived
from stuf_bot.web.bodies import Refused

NOBODYS_SECRET = SecretBytes(b"nobody signs with this")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Errand:
    """A call to make because of a delivery; stored with it."""

    kind: str
    key: str
    payload: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that counts. `sender` is who shares a budget: a source, or one STUF."""

    delivery: DeliveryReceived
    sender: str
    errand: Errand | None = None


def forged() -> Refused:
    """The one answer to all that is not signed as it should be."""
    return Refused(401, "the signature is missing or wrong", "forged")


def signed_by(secret: SecretBytes, content: bytes, signature: str, prefix: str = "sha256=") -> bool:
    """Whether this is the hex HMAC-SHA256 of the content, after the prefix. Takes the same time for any text."""
    wanted = prefix + hmac.new(secret.get_secret_value(), content, "sha256").hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))


def signed_by_any(
    secrets: Iterable[SecretStr], content: bytes, signature: str, prefix: str = "sha256="
) -> bool:
    """Whether one of the secrets signed. All are tried, so that the time says nothing about which fits."""
    keys = [SecretBytes(secret.get_secret_value().encode()) for secret in secrets]
    fits = [signed_by(key, content, signature, prefix) for key in keys or (NOBODYS_SECRET,)]
    return bool(keys) and any(fits)


def must_be_json(headers: Mapping[str, str], sentence: str) -> None:
    """Raises Refused with this sentence where the headers name another content type."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, sentence, "content-type")


def delivery_id(value: object) -> str:
    """A UUID in its usual form. Raises Refused."""
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError as error:
        raise Refused(400, "the delivery has no id", "no-id") from error


def name(value: object) -> str:
    """The name of a kind. Raises Refused."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Refused(400, "the delivery does not say what it is", "no-kind")
    return value


def inner(content: Mapping[str, Any], *path: str) -> str:
    """What stands at the end of a path of objects, as a short text that can be printed; else ""."""
    found: object = content
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return "".join(character for character in str(found) if character.isprintable())[:_LONGEST]


def received(source: str, delivery: str, kind: str, subject: str, body: dict[str, Any]) -> DeliveryReceived:
    """The delivery, if it can be stored and read again: half a surrogate or endless nesting cannot."""
    try:
        made = DeliveryReceived(source=source, delivery_id=delivery, kind=kind, subject=subject, body=body)
        return DeliveryReceived.model_validate_json(made.model_dump_json())
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body cannot be stored", "cannot-store") from error
