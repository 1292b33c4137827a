"""A one-time code is good once, also when it is sent twice at the same moment; on both databases."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
from cryptography.fernet import Fernet

from stuf_bot.codes import Codes
from stuf_bot.errors import Refusal
from stuf_bot.places import Person
from stuf_bot.store.database import Database
from stuf_bot.store.migrations import migrate

TESS = Person(9, "Tess Architect")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT_ONCE = 6


def test_of_several_who_send_one_code_one_is_right(database: Database) -> None:
    migrate(database)
    codes = Codes(Fernet.generate_key().decode())
    earlier = NOW - timedelta(hours=1)
    with database.session() as session:
        app = pyotp.TOTP(codes.enrol(session, TESS, earlier).secret)
        codes.confirm(session, TESS.user_id, app.at(earlier), earlier)
    ready = threading.Barrier(AT_ONCE)
    answers: list[str] = []

    def send() -> None:
        ready.wait()
        with database.session() as session:
            try:
                codes.check(session, TESS.user_id, app.at(NOW), NOW)
            except Refusal as refusal:
                answers.append(refusal.code)
            else:
                answers.append("right")

    threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["code-used"] * (AT_ONCE - 1) + ["right"]


def test_wrong_codes_that_come_at_once_are_all_counted(database: Database) -> None:
    migrate(database)
    codes = Codes(Fernet.generate_key().decode())
    with database.session() as session:
        app = pyotp.TOTP(codes.enrol(session, TESS, NOW).secret)
        codes.confirm(session, TESS.user_id, app.at(NOW), NOW)
    near = {app.at(NOW, counter_offset=drift) for drift in (-1, 0, 1)}
    wrong = next(code for code in ("000000", "000001", "000002", "000003") if code not in near)
    ready = threading.Barrier(AT_ONCE)
    answers: list[str] = []

    def guess() -> None:
        ready.wait()
        with database.session() as session:
            try:
                codes.check(session, TESS.user_id, wrong, NOW)
            except Refusal as refusal:
                answers.append(refusal.code)

    threads = [threading.Thread(target=guess) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["code-locked"] * 2 + ["code-wrong"] * 4
