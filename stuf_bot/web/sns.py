"""Messages of AWS' SNS: each member that counts is signed, with a certificate of SNS, and says when."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from stuf_bot.web.bodies import Refused, parse
from stuf_bot.web.checks import Accepted, Errand, delivery_id, forged, inner, received
from stuf_bot.web.sns_addresses import is_certificate, is_confirmation
from stuf_bot.web.sns_certificates import Certificates

TYPE = "x-amz-sns-message-type"
"""The header that tells a message of SNS from others."""
CONFIRM = "sns.confirm"
"""The errand that confirms a subscription."""

# SNS tries for up to an hour, with the time of its first attempt.
_OLDEST = timedelta(minutes=65)
_NEWEST = timedelta(minutes=5)
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    # What SNS signs so is not ours to choose; the topic's owner can ask for version 2.
    "1": hashes.SHA1(),  # noqa: S303 - see above.
    "2": hashes.SHA256(),
}
_ASKS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _ASKS,
    "UnsubscribeConfirmation": _ASKS,
}
_KEPT = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def sns_delivery(
    headers: Mapping[str, str],
    body: bytes,
    topics: Collection[str],
    certificates: Certificates,
    now: datetime,
) -> Accepted:
    """A message of one of the topics. Raises Refused. May wait seconds for a certificate."""
    content = parse(body)
    said = {name: value for name, value in content.items() if isinstance(value, str)}
    kind, topic = said.get("Type", ""), said.get("TopicArn", "")
    if kind != headers.get(TYPE) or kind not in _SIGNED:
        raise Refused(400, "the delivery does not say what it is", "no-kind")
    if topic not in topics:
        raise Refused(403, "the topic is not among those that are taken", "topic")
    _must_be_signed(said, kind, topic, certificates)
    _must_be_in_time(said.get("Timestamp", ""), now)
    message_id = delivery_id(said.get("MessageId"))
    # Nothing else was signed, and with the token anybody could subscribe.
    kept: dict[str, Any] = {name: said[name] for name in _KEPT if name in said}
    if kind == "Notification":
        alarm = _alarm(said.get("Message", ""))
        if alarm is not None:
            subject = f"alarm:{inner(alarm, 'AlarmName')}"
            return Accepted(received("cloud", message_id, "sns.alarm", subject, kept), topic)
        return Accepted(received("cloud", message_id, "sns.notification", topic[:200], kept), topic)
    if kind == "UnsubscribeConfirmation":
        return Accepted(received("cloud", message_id, "sns.unsubscribed", topic[:200], kept), topic)
    address = said.get("SubscribeURL", "")
    if not is_confirmation(address, topic):
        raise Refused(400, "the address to confirm at is not one of SNS", "address")
    errand = Errand(CONFIRM, message_id, {"topic": topic, "address": address})
    return Accepted(received("cloud", message_id, "sns.subscription", topic[:200], kept), topic, errand)


def _must_be_signed(said: Mapping[str, str], kind: str, topic: str, certificates: Certificates) -> None:
    address = said.get("SigningCertURL", "")
    chosen = _HASHES.get(said.get("SignatureVersion", ""))
    if chosen is None or not is_certificate(address, topic):
        raise forged()
    try:
        signature = base64.b64decode(said.get("Signature", ""), validate=True)
        key = certificates.key(address)
        key.verify(signature, canonical(said, kind), PKCS1v15(), chosen)
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise forged() from error


def canonical(said: Mapping[str, str], kind: str) -> bytes:
    """What is signed: names and values of certain members, each in a line, in their order.

    As told in https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
    Raises ValueError for a text that has no bytes.
    """
    lines = [f"{name}\n{said[name]}\n" for name in _SIGNED[kind] if name in said]
    return "".join(lines).encode()


def _must_be_in_time(said: str, now: datetime) -> None:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        moment = datetime.min.replace(tzinfo=UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not now - _OLDEST <= moment <= now + _NEWEST:
        raise Refused(401, "the message is more than an hour old", "late")


def _alarm(message: str) -> dict[str, Any] | None:
    """The alarm of CloudWatch that a message tells of, if it does."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return None
    names = ("AlarmName", "NewStateValue")
    fits = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in names)
    return found if fits else None
