"""Looks at AWS: the bot's credentials, and the address from which STUFs send."""

from collections.abc import Iterator
from typing import Any

from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import AwsSettings

_AREA = "AWS"


def look(settings: AwsSettings, sender: str) -> Iterator[Finding]:
    """What the bot's credentials meet; `sender` is the e-mail address of STUFs, empty when it is not known."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to import.

    try:
        identity = _client(settings, "sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        todo = "Give the bot credentials: [aws] access_key_id and secret_access_key, or a profile, or a role."
        yield Finding(_AREA, f"no call is accepted ({_reason(error)})", todo)
        return
    yield Finding(_AREA, f"account {identity['Account']}, region {settings.region}")
    if sender:
        yield _sender(_client(settings, "sesv2"), sender, settings.region)


def _sender(ses: Any, sender: str, region: str) -> Finding:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above.

    # Either the address itself is verified, or its domain.
    for name in (sender, sender.rpartition("@")[2]):
        try:
            if ses.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]:
                return Finding(_AREA, f"STUFs send as {sender}, by {name}, verified in SES")
        except ses.exceptions.NotFoundException:
            continue
        except (BotoCoreError, ClientError) as error:
            todo = "Let the bot's credentials call ses:GetEmailIdentity, or look in the SES console yourself."
            return Finding(_AREA, f"whether {sender} is verified could not be read ({_reason(error)})", todo)
    todo = f"SES console, region {region}: Identities > Create identity, then the link in the mail, or DNS records."
    return Finding(_AREA, f"{sender}, from which STUFs send, is not verified in SES", todo)


def _client(settings: AwsSettings, service: str) -> Any:
    import boto3  # noqa: PLC0415 - slow to import.
    from botocore.config import Config  # noqa: PLC0415

    make: Any = boto3.client  # Its many overloads each want a literal name.
    secret = settings.secret_access_key
    return make(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 2}),
    )


def _reason(error: Exception) -> str:
    """The code of an error of AWS, or the kind of any other: messages may name more than a log should."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
