"""One secret, one key for each purpose: a token made for one cannot be used for another."""

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum
from typing import Final

_REFRESH_SECONDS: Final = 300.0


class Purpose(StrEnum):
    """What a key is for; the value goes into its derivation."""

    SESSION = "session"
    LINK = "link"
    CODE = "code"
    TICKET = "verification-ticket"
    NOTIFY = "notify"
    REPORT = "report"


class Keyring:
    """Derives keys as HMAC-SHA256(secret, purpose); the secret is fetched when first needed.

    It is fetched again after five minutes, so that a rotated secret takes effect in warm functions too.
    """

    def __init__(self, fetch: Callable[[], str], now: Callable[[], float]) -> None:
        self._fetch = fetch
        self._now = now
        self._secret = b""
        self._fetched_at = float("-inf")

    def key(self, purpose: Purpose) -> bytes:
        """The 32 bytes for `purpose`."""
        if self._now() - self._fetched_at > _REFRESH_SECONDS:
            self._secret = self._fetch().encode()
            self._fetched_at = self._now()
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def mac(self, purpose: Purpose, text: str) -> str:
        """Hexadecimal HMAC-SHA256 of `text`."""
        return hmac.new(self.key(purpose), text.encode(), hashlib.sha256).hexdigest()
