"""What the demo 'sent': the shape that the mail page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A mail or a text message; `to` is an address or a phone number (E.164), `sent_at` knows its zone.

    A text message (`sms`) has an empty subject. `text` is plain text; addresses in it become links.
    """

    kind: Literal["mail", "sms"]
    to: str
    subject: str
    text: str
    sent_at: datetime


class Outbox(Protocol):
    """Whoever knows what was sent."""

    def messages(self) -> list[SentMessage]:
        """Everything sent so far, in any order."""
        ...
