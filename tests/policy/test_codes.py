"""One-time codes: what is taken, what is not, and what is kept."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.codes import LOCKED_FOR, PENDING_FOR, Codes, Enrolled, Standing, Verdict
from stuf_bot.errors import Refusal
from stuf_bot.places import Person
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.code_tables import CodeRow
from stuf_bot.store.database import open_database
from stuf_bot.store.tables import Base

TESS, OMAR = Person(9, "Tess Architect"), Person(10, "Omar Ops")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)
KEY = Fernet.generate_key().decode()


@pytest.fixture
def session() -> Iterator[Session]:
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    with database.session() as session:
        yield session
    database.close()


@pytest.fixture
def codes() -> Codes:
    return Codes(KEY)


def at(secret: str, moment: datetime) -> str:
    return pyotp.TOTP(secret).at(moment)


def check(codes: Codes, session: Session, user_id: int, code: str, now: datetime) -> Verdict:
    return _verdict(lambda: codes.check(session, user_id, code, now))


def confirm(codes: Codes, session: Session, user_id: int, code: str, now: datetime) -> Verdict:
    return _verdict(lambda: codes.confirm(session, user_id, code, now))


def _verdict(call: Callable[[], None]) -> Verdict:
    """What a code was, by its refusal; each has to keep what was counted."""
    refused: Refusal | None = None
    try:
        call()
    except Refusal as refusal:
        refused = refusal
    assert refused is None or refused.keeps
    return Verdict(refused.code) if refused else Verdict.RIGHT


def wrong(secret: str, moment: datetime) -> str:
    """Six digits that are no code around this moment."""
    near = {at(secret, moment + drift * STEP) for drift in (-2, -1, 0, 1, 2)}
    return next(
        code for code in ("000000", "000001", "000002", "000003", "000004", "000005") if code not in near
    )


def enrolled(codes: Codes, session: Session, person: Person = TESS, now: datetime = NOW) -> str:
    """The secret of somebody who enrolled an hour before, so that no code of today is used up."""
    earlier = now - timedelta(hours=1)
    secret = codes.enrol(session, person, earlier).secret
    assert confirm(codes, session, person.user_id, at(secret, earlier), earlier) is Verdict.RIGHT
    return secret


def test_an_authenticator_app_can_take_the_enrolment(codes: Codes, session: Session) -> None:
    enrolment = codes.enrol(session, TESS, NOW)
    found = pyotp.parse_uri(enrolment.uri)
    assert isinstance(found, pyotp.TOTP)
    assert (found.issuer, found.name, found.interval, found.digits) == ("STUF Bot", "Tess Architect", 30, 6)
    assert found.at(NOW) == at(enrolment.secret, NOW)
    assert parse_qs(urlsplit(enrolment.uri).query)["secret"] == [enrolment.secret]
    assert enrolment.secret not in repr(enrolment)


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, by its last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [pyotp.TOTP(secret).at(seconds) for seconds in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


def test_the_first_right_code_finishes_the_enrolment(codes: Codes, session: Session) -> None:
    assert codes.standing(session, TESS.user_id, NOW) == Standing(Enrolled.NO)
    secret = codes.enrol(session, TESS, NOW).secret
    assert codes.standing(session, TESS.user_id, NOW).enrolled is Enrolled.PENDING
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.NOT_ENROLLED
    assert confirm(codes, session, TESS.user_id, wrong(secret, NOW), NOW) is Verdict.WRONG
    assert codes.standing(session, TESS.user_id, NOW).enrolled is Enrolled.PENDING
    assert confirm(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT
    assert codes.standing(session, TESS.user_id, NOW) == Standing(Enrolled.ACTIVE, NOW)


def test_the_code_of_the_enrolment_approves_nothing(codes: Codes, session: Session) -> None:
    secret = codes.enrol(session, TESS, NOW).secret
    code = at(secret, NOW)
    assert confirm(codes, session, TESS.user_id, code, NOW) is Verdict.RIGHT
    assert check(codes, session, TESS.user_id, code, NOW) is Verdict.USED


def test_an_enrolment_waits_for_minutes_only(codes: Codes, session: Session) -> None:
    secret = codes.enrol(session, TESS, NOW).secret
    late = NOW + PENDING_FOR + timedelta(seconds=1)
    assert confirm(codes, session, TESS.user_id, at(secret, late), late) is Verdict.NOT_ENROLLED
    assert codes.standing(session, TESS.user_id, late).enrolled is Enrolled.NO


def test_a_new_enrolment_voids_the_pending_one(codes: Codes, session: Session) -> None:
    first = codes.enrol(session, TESS, NOW).secret
    second = codes.enrol(session, TESS, NOW).secret
    if at(first, NOW) not in {at(second, NOW + drift * STEP) for drift in (-1, 0, 1)}:
        assert confirm(codes, session, TESS.user_id, at(first, NOW), NOW) is Verdict.WRONG
    assert confirm(codes, session, TESS.user_id, at(second, NOW), NOW) is Verdict.RIGHT


def test_who_is_enrolled_cannot_enrol_over_it(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    with pytest.raises(Refusal) as refused:
        codes.enrol(session, TESS, NOW)
    assert refused.value.code == "already-enrolled"
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT


@pytest.mark.parametrize(("drift", "verdict"), [(-2, Verdict.WRONG), (-1, Verdict.RIGHT), (1, Verdict.RIGHT)])
def test_clocks_may_differ_by_a_step(codes: Codes, session: Session, drift: int, verdict: Verdict) -> None:
    secret = enrolled(codes, session)
    code = at(secret, NOW + drift * STEP)
    near = {at(secret, NOW + each * STEP) for each in (-1, 0, 1)}
    expected = Verdict.RIGHT if code in near else verdict
    assert check(codes, session, TESS.user_id, code, NOW) is expected


def test_a_code_is_good_once_and_makes_older_ones_void(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW + STEP) is Verdict.USED
    assert check(codes, session, TESS.user_id, at(secret, NOW - STEP), NOW) is Verdict.USED
    assert check(codes, session, TESS.user_id, at(secret, NOW + STEP), NOW) is Verdict.RIGHT


def test_five_wrong_codes_lock_for_a_quarter_of_an_hour(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    told = [check(codes, session, TESS.user_id, wrong(secret, NOW), NOW) for _ in range(5)]
    assert told == [Verdict.WRONG] * 4 + [Verdict.LOCKED]
    assert codes.standing(session, TESS.user_id, NOW).locked_until == NOW + LOCKED_FOR
    still = NOW + LOCKED_FOR - timedelta(seconds=1)
    assert check(codes, session, TESS.user_id, at(secret, still), still) is Verdict.LOCKED
    after = NOW + LOCKED_FOR
    assert codes.standing(session, TESS.user_id, after).locked_until is None
    assert check(codes, session, TESS.user_id, wrong(secret, after), after) is Verdict.WRONG
    assert check(codes, session, TESS.user_id, at(secret, after), after) is Verdict.RIGHT


def test_a_right_code_forgets_the_wrong_ones(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    for _ in range(4):
        check(codes, session, TESS.user_id, wrong(secret, NOW), NOW)
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT
    assert check(codes, session, TESS.user_id, wrong(secret, NOW), NOW) is Verdict.WRONG


def test_a_code_sent_twice_is_no_attempt_to_guess(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    told = {check(codes, session, TESS.user_id, at(secret, NOW), NOW) for _ in range(9)}
    assert told == {Verdict.RIGHT, Verdict.USED}


def test_people_have_codes_of_their_own(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    enrolled(codes, session, OMAR)
    for _ in range(5):
        check(codes, session, OMAR.user_id, wrong(secret, NOW), NOW)
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT


def test_a_reset_forgets_everything(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    assert codes.reset(session, TESS.user_id)
    assert not codes.reset(session, TESS.user_id)
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.NOT_ENROLLED
    assert codes.enrol(session, TESS, NOW).secret != secret


def test_what_is_stored_is_of_no_use_without_the_key(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    assert secret not in session.get_one(CodeRow, TESS.user_id).secret
    for other in (Codes(Fernet.generate_key().decode()), Codes(None)):
        assert check(other, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.UNREADABLE
    assert check(codes, session, TESS.user_id, at(secret, NOW), NOW) is Verdict.RIGHT


def test_a_secret_moved_to_somebody_else_is_of_no_use(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    enrolled(codes, session, OMAR)
    session.get_one(CodeRow, OMAR.user_id).secret = session.get_one(CodeRow, TESS.user_id).secret
    session.flush()
    assert check(codes, session, OMAR.user_id, at(secret, NOW), NOW) is Verdict.UNREADABLE


def test_without_a_key_nobody_enrols(session: Session) -> None:
    with pytest.raises(Refusal, match="codes-not-set-up"):
        Codes(None).enrol(session, TESS, NOW)


def test_a_locked_person_is_told_until_when(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    for _ in range(4):
        check(codes, session, TESS.user_id, wrong(secret, NOW), NOW)
    with pytest.raises(Refusal, match="<time:2026-11-23T09:15:00") as refused:
        codes.check(session, TESS.user_id, wrong(secret, NOW), NOW)
    assert refused.value.next_command == "code"


def test_who_is_not_enrolled_is_told_how(codes: Codes, session: Session) -> None:
    for attempt in (
        lambda: codes.require_enrolled(session, TESS.user_id),
        lambda: codes.check(session, TESS.user_id, "123456", NOW),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert "`code enrol` to me in a direct message" in str(refused.value)
        # In a channel, where this is said as well, that line would be refused.
        assert not refused.value.next_command
    codes.enrol(session, TESS, NOW)
    with pytest.raises(Refusal):
        codes.require_enrolled(session, TESS.user_id)
    enrolled(codes, session, OMAR)
    codes.require_enrolled(session, OMAR.user_id)


def test_every_refused_code_is_audited_without_the_code(codes: Codes, session: Session) -> None:
    secret = enrolled(codes, session)
    check(codes, session, TESS.user_id, wrong(secret, NOW), NOW)
    check(codes, session, TESS.user_id, at(secret, NOW), NOW)
    check(codes, session, TESS.user_id, at(secret, NOW), NOW)
    check(codes, session, OMAR.user_id, "123456", NOW)
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(each.tag, each.actor_id, each.reason_code) for each in found] == [
        ("chat:code:refused", TESS.user_id, "code-wrong"),
        ("chat:code:refused", TESS.user_id, "code-used"),
        ("chat:code:refused", OMAR.user_id, "code-not-enrolled"),
    ]
    assert not any(found_one.details for found_one in found)


TRIES = st.lists(
    st.tuples(st.integers(0, 400), st.one_of(st.just("wrong"), st.integers(-3, 3))), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(TRIES)
def test_whatever_is_tried_no_code_counts_twice_and_guessing_is_bounded(
    tries: list[tuple[int, str | int]],
) -> None:
    """Each try: seconds after the last, and a wrong code or the one of a step that far from the present."""
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    with database.session() as session:
        codes, now = Codes(KEY), NOW
        secret = enrolled(codes, session)
        taken: list[str] = []
        wrong_ones: list[datetime] = []
        for seconds, what in tries:
            now += timedelta(seconds=seconds)
            code = wrong(secret, now) if isinstance(what, str) else at(secret, now + what * STEP)
            near = [at(secret, now + drift * STEP) for drift in (-1, 0, 1)]
            verdict = check(codes, session, TESS.user_id, code, now)
            if verdict is Verdict.RIGHT:
                assert code in near
                assert taken[-1:] != [code] or near.count(code) > 1
                taken.append(code)
                wrong_ones.clear()
            elif verdict is Verdict.USED:
                assert code in near
            elif verdict is Verdict.WRONG:
                assert code not in near
                wrong_ones.append(now)
                assert len([each for each in wrong_ones if now - each < LOCKED_FOR]) < 5
            else:
                assert verdict is Verdict.LOCKED
                locked_until = codes.standing(session, TESS.user_id, now).locked_until
                assert locked_until is not None
                assert now < locked_until <= now + LOCKED_FOR
                wrong_ones.clear()
    database.close()
