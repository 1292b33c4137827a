"""One-time codes: six digits from a person's authenticator app, by TOTP (RFC 6238, SHA-1, 30 s).

Wrong codes are counted and audited, so their refusals keep what was noted (`Refusal.keeps`).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot import audit
from stuf_bot.audit import Tag
from stuf_bot.chat.format import moment
from stuf_bot.errors import Refusal
from stuf_bot.places import Person
from stuf_bot.store.code_tables import CodeRow

ISSUER = "STUF Bot"
STEP_SECONDS = 30
WRONG_CODES = 5
LOCKED_FOR = timedelta(minutes=15)
# Shorter than the ten minutes for which realms by default let a message be edited: the one with the key is emptied.
PENDING_FOR = timedelta(minutes=9)
# Clocks differ and people type slowly: the codes before and after the present one count as well.
_DRIFT = (-1, 0, 1)
_PENDING, _ACTIVE = "pending", "active"


class Verdict(StrEnum):
    """What a code was. The values are reason codes for the audit log."""

    RIGHT = "code-right"
    WRONG = "code-wrong"
    USED = "code-used"
    LOCKED = "code-locked"
    NOT_ENROLLED = "code-not-enrolled"
    UNREADABLE = "code-unreadable"


_TEXTS = {
    Verdict.WRONG: "That is not the code that your app shows now. Send the present one.",
    Verdict.USED: "That code was used already: each is good once. Wait for the next one and send it.",
    Verdict.LOCKED: f"There were {WRONG_CODES} wrong codes, so I take none{{until}}. Ask again then.",
    Verdict.NOT_ENROLLED: "You are not enrolled for one-time codes. Write `code enrol` to me in a direct message.",
    Verdict.UNREADABLE: "I cannot read your enrolment any more: the key of this bot has changed. "
    "Ask an administrator for `code reset` with your name, then enrol again.",
}


class Enrolled(StrEnum):
    """How far a person is."""

    NO = "no"
    PENDING = "pending"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's enrolment now; `since` when it got there, `locked_until` while codes are refused."""

    enrolled: Enrolled
    since: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app takes: `uri` as a picture, or `secret` typed. Shown once, to that person."""

    uri: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, which must not get into a log."""
        return "Enrolment(…)"


class Codes:
    """Enrolments and checks. `key` (a Fernet key) encrypts the secrets; None where codes are not set up."""

    def __init__(self, key: str | None) -> None:
        self._cipher = Fernet(key) if key else None

    @property
    def set_up(self) -> bool:
        """Whether anybody can enrol here."""
        return self._cipher is not None

    def standing(self, session: Session, user_id: int, now: datetime) -> Standing:
        """How far this person is."""
        row = session.get(CodeRow, user_id)
        if row is None or _stale(row, now):
            return Standing(Enrolled.NO)
        locked = row.locked_until if row.locked_until and now < row.locked_until else None
        return Standing(Enrolled(row.state), row.since, locked)

    def enrol(self, session: Session, person: Person, now: datetime) -> Enrolment:
        """A new secret, pending until its first right code; an earlier pending one is void.

        Raises Refusal where codes are not set up, and for who is enrolled already.
        """
        if self._cipher is None:
            raise Refusal(
                "codes-not-set-up",
                "One-time codes are not set up here. An administrator sets `code_key` under `[policy]`.",
            )
        row = _locked(session, person.user_id)
        if row is not None and row.state == _ACTIVE:
            raise Refusal(
                "already-enrolled",
                "You are enrolled already: type the six digits that your app shows when I ask for a code. "
                "If you have lost the device, ask an administrator for `code reset` with your name.",
                "code",
            )
        if row is not None:
            session.delete(row)
            session.flush()
        secret = pyotp.random_base32()
        # With the person's id inside, a secret moved to another's row is worth nothing there.
        sealed = self._cipher.encrypt(f"{person.user_id}:{secret}".encode()).decode()
        session.add(CodeRow(user_id=person.user_id, secret=sealed, state=_PENDING, since=now))
        session.flush()
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=ISSUER)
        return Enrolment(uri, secret)

    def confirm(self, session: Session, user_id: int, code: str, now: datetime) -> None:
        """The first right code of a pending enrolment makes it active. Raises Refusal as `check` does."""
        self._take(session, user_id, code, now, _PENDING)
        row = session.get_one(CodeRow, user_id)
        row.state, row.since = _ACTIVE, now

    def check(self, session: Session, user_id: int, code: str, now: datetime) -> None:
        """Use up the person's code of now.

        Raises Refusal for a wrong or used one, while too many were wrong, and for who is not enrolled.
        """
        self._take(session, user_id, code, now, _ACTIVE)

    def require_enrolled(self, session: Session, user_id: int) -> None:
        """Raises Refusal that says how to enrol, where the person is not."""
        row = session.get(CodeRow, user_id)
        if row is None or row.state != _ACTIVE:
            raise _refusal(Verdict.NOT_ENROLLED, None)

    def others(self, session: Session, user_id: int) -> bool:
        """Whether anybody but this person is enrolled, or about to be."""
        return session.scalar(select(CodeRow.user_id).where(CodeRow.user_id != user_id).limit(1)) is not None

    def reset(self, session: Session, user_id: int) -> bool:
        """Forget the person's enrolment; False where there was none. Who may, the caller has to see to."""
        row = _locked(session, user_id)
        if row is None:
            return False
        session.delete(row)
        session.flush()
        return True

    def _take(self, session: Session, user_id: int, code: str, now: datetime, state: str) -> None:
        row = _locked(session, user_id)
        verdict = Verdict.NOT_ENROLLED
        if row is not None and row.state == state and not _stale(row, now):
            verdict = self._judge(row, code, now)
        if verdict is Verdict.RIGHT:
            return
        audit.record(
            session,
            at=now,
            tag=Tag.CODE_REFUSED,
            actor_id=user_id,
            outcome="refused",
            reason_code=verdict.value,
        )
        raise _refusal(verdict, row.locked_until if row else None)

    def _judge(self, row: CodeRow, code: str, now: datetime) -> Verdict:
        """What the code is, noted in the row."""
        if row.locked_until and now < row.locked_until:
            return Verdict.LOCKED
        if row.locked_until:
            row.locked_until, row.failures = None, 0
        secret = self._secret(row)
        if secret is None:
            return Verdict.UNREADABLE
        steps = _steps(secret, code, now)
        unused = [step for step in steps if step > row.last_step]
        if unused:
            row.last_step, row.failures = unused[0], 0
            return Verdict.RIGHT
        return Verdict.USED if steps else _wrong(row, now)

    def _secret(self, row: CodeRow) -> str | None:
        if self._cipher is None:
            return None
        try:
            owner, _, secret = self._cipher.decrypt(row.secret.encode()).decode().partition(":")
        except InvalidToken:
            return None
        return secret if owner == str(row.user_id) else None


def _refusal(verdict: Verdict, locked_until: datetime | None) -> Refusal:
    until = f" until {moment(locked_until)}" if locked_until else ""
    # None to enrol: in a channel that line would be refused.
    following = {Verdict.LOCKED: "code", Verdict.UNREADABLE: "code"}
    text = _TEXTS[verdict].format(until=until)
    return Refusal(verdict.value, text, following.get(verdict, ""), keeps=True)


def _locked(session: Session, user_id: int) -> CodeRow | None:
    """The row, kept from others until the end: of two who send one code at once, one is right."""
    return session.get(CodeRow, user_id, with_for_update=True, populate_existing=True)


def _stale(row: CodeRow, now: datetime) -> bool:
    return row.state == _PENDING and now - row.since > PENDING_FOR


def _wrong(row: CodeRow, now: datetime) -> Verdict:
    row.failures += 1
    if row.failures < WRONG_CODES:
        return Verdict.WRONG
    row.locked_until = now + LOCKED_FOR
    return Verdict.LOCKED


def _steps(secret: str, code: str, now: datetime) -> list[int]:
    """The time steps around `now` whose code this is, oldest first; several for a rare coincidence."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    given = "".join(code.split()).encode()
    return [
        present + drift
        for drift in _DRIFT
        if hmac.compare_digest(totp.generate_otp(present + drift).encode(), given)
    ]
