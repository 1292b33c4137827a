"""Senders that sign as the real ones do; anything may be said otherwise, and is then signed so."""

import base64
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
STUF_KEY = b"the notify key of acme-audit"
GITHUB_SECRETS = (b"new secret", b"old secret")
SENTRY_SECRETS = (b"new client secret", b"old client secret")
AZURE_SECRETS = (b"a new secret of twenty", b"an old secret of twenty")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CHINESE_TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:alarms"
PEM = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc123"

Delivery = tuple[dict[str, str], bytes]
Maker = Callable[..., Delivery]


def _data(body: Any, raw: bytes | None) -> bytes:
    return raw if raw is not None else json.dumps(body).encode()


def _with(headers: dict[str, str], others: Mapping[str, str | None]) -> dict[str, str]:
    """Another value for a header; None leaves it out."""
    changed: dict[str, str | None] = {**headers} | {
        name.replace("_", "-"): value for name, value in others.items()
    }
    return {name: value for name, value in changed.items() if value is not None}


def stuf(
    body: Any = None,
    *,
    key: bytes = STUF_KEY,
    stamp: str = "",
    raw: bytes | None = None,
    **headers: str | None,
) -> Delivery:
    """A STUF's delivery."""
    content = {
        "schema_version": 1,
        "event": "upload.completed",
        "slug": "acme-audit",
        "upload_id": "u1",
        "size": 12,
    }
    data = _data(content if body is None else body, raw)
    stamp = stamp or str(int(NOW.timestamp()))
    signature = hmac.new(key, stamp.encode() + b"." + data, "sha256").hexdigest()
    usual = {
        "Content-Type": "application/json",
        "X-STUF-Slug": "acme-audit",
        "X-STUF-Delivery": str(uuid.uuid4()),
        "X-STUF-Timestamp": stamp,
        "X-STUF-Signature-256": f"sha256={signature}",
    }
    return _with(usual, headers), data


def github(
    event: str = "workflow_run",
    body: Any = None,
    *,
    key: bytes = GITHUB_SECRETS[0],
    raw: bytes | None = None,
    **headers: str | None,
) -> Delivery:
    """A delivery of GitHub."""
    data = _data({"action": "completed", "workflow_run": {"id": 42}} if body is None else body, raw)
    usual = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, data, "sha256").hexdigest(),
    }
    return _with(usual, headers), data


def sentry(
    resource: str = "issue",
    body: Any = None,
    *,
    key: bytes = SENTRY_SECRETS[0],
    stamp: str = "",
    raw: bytes | None = None,
    **headers: str | None,
) -> Delivery:
    """A delivery of Sentry's integration."""
    data = _data({"action": "resolved", "data": {"issue": {"id": "42"}}} if body is None else body, raw)
    usual = {
        "Content-Type": "application/json",
        "Request-ID": uuid.uuid4().hex,
        "Sentry-Hook-Resource": resource,
        "Sentry-Hook-Timestamp": stamp or str(int(NOW.timestamp())),
        "Sentry-Hook-Signature": hmac.new(key, data, "sha256").hexdigest(),
    }
    return _with(usual, headers), data


def azure(
    condition: str = "Fired",
    body: Any = None,
    *,
    secret: bytes = AZURE_SECRETS[0],
    raw: bytes | None = None,
    **headers: str | None,
) -> Delivery:
    """An alert of Azure Monitor."""
    essentials = {
        "alertId": "/subscriptions/1/providers/Microsoft.AlertsManagement/alerts/a1",
        "alertRule": "too-slow",
        "severity": "Sev1",
        "monitorCondition": condition,
        "firedDateTime": "2030-01-02T03:00:00Z",
    }
    content = {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {"essentials": essentials, "alertContext": {}},
    }
    usual = {"Content-Type": "application/json; charset=utf-8", "X-STUF-Secret": secret.decode()}
    return _with(usual, headers), _data(content if body is None else body, raw)


class Sns:
    """SNS: a key, a certificate for it, and messages that are signed with the key."""

    def __init__(self) -> None:
        self.key = generate_private_key(65537, 2048)

    def certificate(
        self,
        name: str = "sns.amazonaws.com",
        *,
        key: RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
        begins: datetime = NOW - timedelta(days=30),
        ends: datetime = NOW + timedelta(days=30),
    ) -> bytes:
        """In PEM; made by nobody in particular."""
        key = key or self.key
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        )
        builder = builder.serial_number(7).not_valid_before(begins).not_valid_after(ends)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def message(
        self,
        kind: str = "Notification",
        *,
        version: str = "2",
        key: RSAPrivateKey | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A message as SNS writes it."""
        said: dict[str, Any] = {
            "Type": kind,
            "MessageId": str(uuid.uuid4()),
            "TopicArn": TOPIC,
            "Subject": "ALARM",
            "Message": json.dumps({"AlarmName": "too-slow", "NewStateValue": "ALARM"}),
            "Timestamp": "2030-01-02T03:04:00.123Z",
            "SignatureVersion": version,
            "SigningCertURL": PEM,
        }
        if kind != "Notification":
            del said["Subject"]
            said |= {"Token": "abc123", "SubscribeURL": CONFIRM}
        said |= members
        said = {name: value for name, value in said.items() if value is not None}
        names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        text = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
        chosen = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = (key or self.key).sign(text.encode(), PKCS1v15(), chosen)
        return said | {"Signature": base64.b64encode(signature).decode()}

    def delivery(self, kind: str = "Notification", **members: Any) -> Delivery:
        """The message, with the headers that SNS sends."""
        return self.sent(self.message(kind, **members))

    def sent(self, message: dict[str, Any], **headers: str | None) -> Delivery:
        """What is sent of a message."""
        usual = {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": str(message.get("Type")),
        }
        return _with(usual, headers), json.dumps(message).encode()
