"""What participants read in their mail and on their phone, and how it is sent."""

from typing import TYPE_CHECKING, Final

from stuf_api.documents import StufConfig

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

_MAIL: Final = """\
You asked to sign in to {title} to upload files.

Open this link, then enter the code that we send to your phone:

{link}

The link works once, for {minutes} minutes. If you did not ask for it, ignore this message: \
nobody can sign in without your phone.
"""
_SUBJECT: Final = "Sign in to {title}"
_TEXT: Final = "{code} is your code for {title}. It is good for {minutes} minutes. Give it to nobody."


class Sender:
    """Sends by SES and SNS. Both raise botocore's errors."""

    def __init__(self, ses: "SESV2Client", sns: "SNSClient") -> None:
        self._ses = ses
        self._sns = sns

    def mail_link(self, config: StufConfig, to: str, link: str, minutes: int) -> None:
        """Mail the sign-in link."""
        title = " ".join(config.title.split())
        text = _MAIL.format(title=title, link=link, minutes=minutes)
        self._ses.send_email(
            FromEmailAddress=config.sender_email,
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": _SUBJECT.format(title=title), "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
                }
            },
        )

    def text_code(self, config: StufConfig, phone: str, code: str, minutes: int) -> None:
        """Send the code as a text message."""
        title = " ".join(config.title.split())[:40]
        self._sns.publish(
            PhoneNumber=phone,
            Message=_TEXT.format(code=code, title=title, minutes=minutes),
            MessageAttributes={
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
            },
        )
