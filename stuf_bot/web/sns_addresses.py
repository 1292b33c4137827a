"""Which addresses are SNS': a message of it names where its certificate lies and where to confirm."""

import re
from urllib.parse import parse_qs, urlsplit

_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,80}\.pem")


def region(topic: str) -> str:
    """The region within the ARN of a topic."""
    return topic.split(":")[3]


def host(topic: str) -> str:
    """The one host that speaks for this topic: SNS in the region and the partition of its ARN."""
    ending = "amazonaws.com.cn" if topic.startswith("arn:aws-cn:") else "amazonaws.com"
    return f"sns.{region(topic)}.{ending}"


def is_certificate(address: str, topic: str) -> bool:
    """Whether a signing certificate for messages of this topic may be read here."""
    parts = _of(address, topic)
    return parts is not None and bool(_CERTIFICATE.fullmatch(parts[0])) and not parts[1]


def is_confirmation(address: str, topic: str) -> bool:
    """Whether reading this confirms a subscription to this topic, and does nothing else."""
    parts = _of(address, topic)
    if parts is None or parts[0] not in {"", "/"}:
        return False
    asked = parse_qs(parts[1], keep_blank_values=True)
    return (
        asked.keys() == {"Action", "TopicArn", "Token"}
        and asked["Action"] == ["ConfirmSubscription"]
        and asked["TopicArn"] == [topic]
        and len(asked["Token"]) == 1
    )


def _of(address: str, topic: str) -> tuple[str, str] | None:
    """Path and query of an address at SNS' host, over https and its usual port; None for any other."""
    # urlsplit forgives blanks at its ends, and whoever reads the address may not.
    if not address.isascii() or not address.isprintable() or set(address) & {"\\", " "}:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme != "https" or parts.netloc != host(topic) or parts.fragment:
        return None
    return parts.path, parts.query
