"""Signing in: e-mail link, then SMS code; or the bot's verification ticket.

All state is objects below sign-ins/ that only one caller can create, so that a link, a code, a try and a
ticket count once however many functions run at the same time. The bucket removes them after a day.
"""

import hmac
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from stuf_api.bucket import Bucket
from stuf_api.configuration import Configuration
from stuf_api.documents import Challenge, Participant, StufConfig
from stuf_api.errors import ApiError
from stuf_api.journal import Journal
from stuf_api.keys import Keyring, Purpose
from stuf_api.messages import Sender
from stuf_api.participants import Participants, normalised
from stuf_api.tokens import Token, Tokens

LINK_MINUTES: Final = 15
CODE_MINUTES: Final = 10
CODE_TRIES: Final = 5
LINKS_PER_WINDOW: Final = 5
LINKS_PER_DAY: Final = 20
WRONG_CODES_PER_DAY: Final = 20
TICKET_SESSION_SECONDS: Final = 600
RENEWABLE_SECONDS: Final = 12 * 3600
VERIFICATION: Final = "verification"
_HINT_DIGITS: Final = 3
_log = logging.getLogger(__name__)


class _Claim(BaseModel):
    """The content of an object whose existence is all that counts."""

    schema_version: int = 1


_CLAIM: Final = _Claim()


@dataclass(frozen=True)
class Session:
    """A fresh session: the token and when it ends (unix seconds)."""

    token: str
    expires_at: float


class SignIn:
    """The ways into this STUF."""

    def __init__(  # noqa: PLR0913 - put together in one place, services.py, by name
        self,
        *,
        bucket: Bucket,
        configuration: Configuration,
        participants: Participants,
        keyring: Keyring,
        tokens: Tokens,
        sender: Sender,
        journal: Journal,
        now: Callable[[], float],
    ) -> None:
        self._bucket = bucket
        self._configuration = configuration
        self._participants = participants
        self._keyring = keyring
        self._tokens = tokens
        self._sender = sender
        self._journal = journal
        self._now = now

    def mail_link(self, email: str) -> None:
        """Mail a link if `email` is a participant's and has not had too many; the caller cannot tell."""
        config = self._configuration.stuf()
        # The secret is fetched, when it is due, for every address: neither its time nor its failure may differ.
        who = self._keyring.mac(Purpose.LINK, f"limit.{normalised(email)}")[:32]
        participant = self._participants.by_email(email)
        if participant is None:
            return
        try:
            self._mail_link(config, participant, who)
        except Exception as error:  # noqa: BLE001 - whatever fails here fails for known addresses only
            # The answer must not differ from an unknown address's; the log tells the operator.
            _log.error("sign-in mail was not accepted: %s", type(error).__name__)

    def _mail_link(self, config: StufConfig, participant: Participant, who: str) -> None:
        if not self._link_allowed(who):
            return
        token = self._tokens.issue(Purpose.LINK, participant.id, LINK_MINUTES * 60)
        link = f"{config.address.rstrip('/')}/#token={token}"
        self._sender.mail_link(config, participant.email, link, LINK_MINUTES)
        self._journal.write("sign-in.link-sent", participant.id)

    def _link_allowed(self, who: str) -> bool:
        window = int(self._now() // (LINK_MINUTES * 60))
        if self._claimed(f"sign-ins/limit-{who}-{window}", range(LINKS_PER_WINDOW)) is None:
            return False
        # Counted first, so that the last mail of a day takes no longer than the first.
        base = f"sign-ins/limit-{who}-day-{self._day()}"
        sent = sum(1 for _ in self._bucket.etags(f"{base}-"))
        return self._claimed(base, range(sent, LINKS_PER_DAY)) is not None

    def _claimed(self, base: str, numbers: Iterable[int]) -> int | None:
        """The first of `numbers` that was still free below `base` and is now taken; None when all are."""
        return next((n for n in numbers if self._bucket.claim(f"{base}-{n}.json", _CLAIM)), None)

    def _day(self) -> str:
        return f"{datetime.fromtimestamp(self._now(), UTC):%Y%m%d}"

    def _wrong_codes(self, participant_id: str) -> str:
        """Where the wrong codes of this participant and day (UTC) are counted, whatever the challenge."""
        return f"sign-ins/wrong-{participant_id}-{self._day()}"

    def use_link(self, token: str) -> tuple[str, str]:
        """Send the code for a link; gives the challenge's id and a hint which phone it went to."""
        link = self._tokens.read(Purpose.LINK, token)
        participant = self._active(link.subject)
        if self._bucket.exists(f"{self._wrong_codes(participant.id)}-{WRONG_CODES_PER_DAY - 1}.json"):
            raise _closed()
        if not self._bucket.claim(f"sign-ins/link-{link.mark}.json", _CLAIM):
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "link-used",
                "This sign-in link was already used. Please ask for a new one.",
            )
        challenge_id = secrets.token_urlsafe(24)
        code = f"{secrets.randbelow(10**6):06d}"
        challenge = Challenge(
            participant=participant.id,
            code_mac=self._keyring.mac(Purpose.CODE, f"{challenge_id}.{code}"),
            expires_at=self._now() + CODE_MINUTES * 60,
        )
        self._bucket.write(f"sign-ins/challenge-{challenge_id}.json", challenge)
        try:
            self._sender.text_code(self._configuration.stuf(), participant.phone, code, CODE_MINUTES)
        except (BotoCoreError, ClientError) as error:
            _log.error("code was not accepted: %s", type(error).__name__)
            raise ApiError(
                HTTPStatus.BAD_GATEWAY,
                "code-not-sent",
                "The text message could not be sent. Please ask for a new link, or tell your contact.",
            ) from None
        return challenge_id, f"ends in {participant.phone[-_HINT_DIGITS:]}"

    def use_code(self, challenge_id: str, code: str) -> Session:
        """A session for the right code. Five tries; a code is good once, for ten minutes.

        Twenty wrong codes in a day, over all challenges, close the participant's way in until the next.
        """
        base = f"sign-ins/challenge-{challenge_id}"
        stored = self._bucket.read(f"{base}.json")
        challenge = Challenge.model_validate_json(stored.body) if stored else None
        if challenge is None or challenge.expires_at <= self._now():
            raise ApiError(
                HTTPStatus.UNAUTHORIZED, "code-expired", "This code has expired. Please ask for a new link."
            )
        # A try is claimed before the comparison, so that tries at the same time count too.
        tried = self._claimed(f"{base}-try", range(CODE_TRIES))
        if tried is None:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "code-tries-used",
                "The code was entered wrong too often. Please ask for a new link.",
            )
        wrong_codes = self._wrong_codes(challenge.participant)
        counted = self._claimed(wrong_codes, range(WRONG_CODES_PER_DAY))
        if counted is None:
            raise _closed()
        offered = self._keyring.mac(Purpose.CODE, f"{challenge_id}.{code}")
        if not hmac.compare_digest(offered, challenge.code_mac):
            if counted == WRONG_CODES_PER_DAY - 1:
                self._journal.write("sign-in.closed", challenge.participant)
                _log.warning("sign-in closed until tomorrow after too many wrong codes")
                raise _closed()
            left = CODE_TRIES - tried - 1
            advice = (
                f"You have {left} more {'try' if left == 1 else 'tries'}."
                if left
                else "Please ask for a new link."
            )
            raise ApiError(HTTPStatus.UNAUTHORIZED, "code-wrong", f"That is not the code. {advice}")
        # It was claimed as wrong before the comparison, for the same reason; now it is known not to be.
        self._bucket.delete(f"{wrong_codes}-{counted}.json")
        if not self._bucket.claim(f"{base}-used.json", _CLAIM):
            raise ApiError(
                HTTPStatus.UNAUTHORIZED, "code-used", "This code was already used. Please ask for a new link."
            )
        participant = self._active(challenge.participant)
        seconds = self._configuration.stuf().session_minutes * 60
        session = self._session(participant.id, seconds, verification=False)
        self._journal.write("sign-in.completed", participant.id)
        return session

    def use_ticket(self, ticket: str) -> Session:
        """A short session for the bot's end-to-end check."""
        read = self._tokens.read(Purpose.TICKET, ticket)
        if not self._bucket.claim(f"sign-ins/ticket-{read.mark}.json", _CLAIM):
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "ticket-used",
                "This verification ticket was already used. Make a new one.",
            )
        session = self._session(VERIFICATION, TICKET_SESSION_SECONDS, verification=True)
        self._journal.write("sign-in.verification", VERIFICATION)
        return session

    def check(self, session: str) -> Token:
        """The session's content; a signed-out session or a participant without access is refused."""
        token = self._tokens.read(Purpose.SESSION, session)
        if not token.verification:
            self._active(token.subject)
        if self._bucket.exists(f"sign-ins/ended-{token.mark}.json"):
            raise ApiError(
                HTTPStatus.UNAUTHORIZED, "session-ended", "You have signed out. Please sign in again."
            )
        return token

    def renew(self, token: Token) -> Session:
        """A longer session for someone whose upload is still under way, up to twelve hours after signing in."""
        seconds = self._configuration.stuf().session_minutes * 60
        if token.verification or self._now() + seconds > token.begun_at + RENEWABLE_SECONDS:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "session-too-old",
                "This session cannot be renewed. Please sign in again.",
            )
        fresh = self._tokens.issue(Purpose.SESSION, token.subject, seconds, renews=token)
        return Session(fresh, int(self._now()) + seconds)

    def end(self, token: Token) -> None:
        """Sign out: this session is refused from now on."""
        self._bucket.claim(f"sign-ins/ended-{token.mark}.json", _CLAIM)

    def _session(self, subject: str, seconds: int, *, verification: bool) -> Session:
        token = self._tokens.issue(Purpose.SESSION, subject, seconds, verification=verification)
        return Session(token, int(self._now()) + seconds)

    def _active(self, participant_id: str) -> Participant:
        participant = self._participants.by_id(participant_id)
        if participant is None:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "access-revoked",
                "You no longer have access to this upload page. Please ask your contact.",
            )
        return participant


def _closed() -> ApiError:
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "sign-in-closed",
        "Too many wrong codes were entered today. Please try again tomorrow (UTC), or tell your contact.",
    )
