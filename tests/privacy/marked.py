"""Values that can be recognised wherever they come out: personal data and secrets, all made up."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

MAIL = "marked.ana@example.org"
PHONE_TYPED, PHONE = "+44 7700 900987", "+447700900987"
IP = "203.0.113.77"
FILE_NAME = "marked salary of Ana.pdf"
TOKEN = "ghp_MarkedToken0123456789abcdef"
API_KEY = "MarkedApiKeyOfTheBot0123456789ab"
WEBHOOK_SECRET = "Marked+webhook/secret"
DATABASE_PASSWORD = "Marked.password.of.the.database"
STUF_SECRET = "MarkedSecretOfTheStuf+0123/abcdef="
CODE_KEY = base64.urlsafe_b64encode(b"marked key of one-time codes 32b").decode()


@dataclass(frozen=True)
class Picture:
    """An attached picture: where it lies, its bytes, what one types for it."""

    path: str
    content: bytes

    @property
    def link(self) -> str:
        """The Markdown of the attachment."""
        return f"[marked-logo.png]({self.path})"


PICTURE = Picture("/user_uploads/2/ab/marked-logo.png", b"\x89PNG\r\n\x1a\nmarked bytes of the logo")
_LOGO = base64.b64encode(PICTURE.content).decode()

# The beginning, the end and the middle give a value away as well.
MARKS = (
    MAIL,
    MAIL.partition("@")[0],
    PHONE_TYPED,
    PHONE,
    "7700900987",
    IP,
    FILE_NAME,
    "marked salary",
    _LOGO,
    _LOGO[16:48],
    "marked bytes",
    TOKEN,
    API_KEY,
    WEBHOOK_SECRET,
    STUF_SECRET,
    CODE_KEY,
    DATABASE_PASSWORD,
)


def found_in(text: str, marks: Sequence[str] = MARKS) -> list[str]:
    """Those of the marks that the text holds, whatever the case."""
    return [mark for mark in marks if mark.lower() in text.lower()]
