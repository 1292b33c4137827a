"""Signed tokens: links, sessions, the bot's verification tickets. Each purpose has a key of its own."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import jwt

from stuf_api.errors import ApiError
from stuf_api.keys import Keyring, Purpose

_ALGORITHM: Final = "HS256"
_REQUIRED: Final = ["iss", "aud", "jti", "iat", "exp"]
_CLOCK_SKEW: Final = 30.0
TICKET_ISSUER: Final = "stuf-bot"
TICKET_SECONDS: Final = 120


@dataclass(frozen=True)
class Token:
    """A token that was checked. `mark` names it in storage, whatever its id contains.

    `begun_at` is when its owner signed in: a renewed session has its predecessor's, and its id.
    """

    subject: str
    token_id: str
    mark: str
    begun_at: float
    expires_at: float
    verification: bool


class Tokens:
    """Issues and reads the tokens of one STUF."""

    def __init__(self, keyring: Keyring, slug: str, now: Callable[[], float]) -> None:
        self._keyring = keyring
        self._slug = slug
        self._now = now

    def issue(
        self,
        purpose: Purpose,
        subject: str,
        seconds: float,
        *,
        verification: bool = False,
        renews: Token | None = None,
    ) -> str:
        """A token for `subject`, good for `seconds`; one that `renews` another shares its id and beginning."""
        now = int(self._now())
        claims = {
            "iss": self._slug,
            "aud": self._slug,
            "sub": subject,
            "jti": renews.token_id if renews else secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + int(seconds),
            "ver": verification,
            "beg": int(renews.begun_at) if renews else now,
        }
        return jwt.encode(claims, self._keyring.key(purpose), algorithm=_ALGORITHM)

    def read(self, purpose: Purpose, token: str) -> Token:
        """The token's content. Raises ApiError (`…-invalid`, `…-expired`), the code named after the purpose."""
        issuer = TICKET_ISSUER if purpose is Purpose.TICKET else self._slug
        name = "ticket" if purpose is Purpose.TICKET else purpose.value
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keyring.key(purpose),
                algorithms=[_ALGORITHM],
                audience=self._slug,
                issuer=issuer,
                # Times are checked below, against the injected clock.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            issued_at, expires_at = float(claims["iat"]), float(claims["exp"])
            begun_at = float(claims.get("beg", issued_at))
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _invalid(name) from None
        if issued_at > self._now() + _CLOCK_SKEW:
            raise _invalid(name)
        if purpose is Purpose.TICKET and expires_at - issued_at > TICKET_SECONDS:
            raise _invalid(name)
        if expires_at <= self._now():
            raise _expired(name)
        token_id = str(claims["jti"])
        return Token(
            subject=str(claims.get("sub", "")),
            token_id=token_id,
            mark=hashlib.sha256(token_id.encode()).hexdigest(),
            begun_at=begun_at,
            expires_at=expires_at,
            verification=claims.get("ver") is True,
        )


_WHAT: Final = {
    "link": "This sign-in link",
    "session": "Your session",
    "ticket": "This verification ticket",
}


def _invalid(name: str) -> ApiError:
    sentence = f"{_WHAT[name]} is not valid. Please sign in again."
    return ApiError(HTTPStatus.UNAUTHORIZED, f"{name}-invalid", sentence)


def _expired(name: str) -> ApiError:
    sentence = f"{_WHAT[name]} has expired. Please sign in again."
    return ApiError(HTTPStatus.UNAUTHORIZED, f"{name}-expired", sentence)
