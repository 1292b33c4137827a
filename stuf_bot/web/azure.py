"""Alerts of Azure Monitor. Azure signs nothing: it shows a secret that it was given with the address."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from stuf_bot.web.bodies import Refused, parse
from stuf_bot.web.checks import NOBODYS_SECRET, Accepted, inner, must_be_json, received

HEADER = "x-stuf-secret"
PARAMETER = "secret"
_COMMON = "azureMonitorCommonAlertSchema"
_MOMENT = ("firedDateTime", "resolvedDateTime")


def azure_delivery(
    headers: Mapping[str, str], query: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]
) -> Accepted:
    """An alert with any of the secrets, in the header X-STUF-Secret or the query's `secret`. Raises Refused."""
    if not _known(headers.get(HEADER) or query.get(PARAMETER, ""), secrets):
        raise Refused(401, "the secret is missing or wrong", "forged")
    must_be_json(headers, "send it with the content type application/json")
    content = parse(body)
    if content.get("schemaId") != _COMMON:
        # Visible to administrators, who can turn the common schema on.
        said = hashlib.sha256(body).hexdigest()
        return Accepted(received("cloud", said, "azure.other", "azure", content), "azure")
    essentials = ("data", "essentials")
    alert = inner(content, *essentials, "alertId")
    if not alert:
        raise Refused(400, "the delivery has no id", "no-id")
    kind = "azure.alert"
    return Accepted(received("cloud", _id(content), kind, f"alert:{alert}", content), "azure")


def _id(content: Mapping[str, Any]) -> str:
    """Azure gives none; the same alert fires and is resolved once at each moment."""
    essentials = ("data", "essentials")
    parts = [inner(content, *essentials, name) for name in ("alertId", "monitorCondition", *_MOMENT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _known(shown: str, secrets: Sequence[SecretStr]) -> bool:
    """Whether it is one of the secrets; the time says nothing about which, nor how long they are."""
    given = hashlib.sha256(shown.encode("utf-8", "replace")).digest()
    values = [secret.get_secret_value().encode() for secret in secrets]
    digests = [hashlib.sha256(value).digest() for value in values or (NOBODYS_SECRET.get_secret_value(),)]
    fits = [hmac.compare_digest(digest, given) for digest in digests]
    return bool(secrets) and any(fits)
