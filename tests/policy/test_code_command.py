"""`code`: enrolling, the first code, a lost device; and where the secret does not go."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import segno
from sqlalchemy import select
from talk import ADA, OMAR, TESS, TOPIC, FakeDirectory, Talk

from stuf_bot.acts import Edit, Post
from stuf_bot.places import Direct, Person
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.code_tables import CodeRow

Opened = Callable[..., Talk]
MENTION = "@**STUF Bot**"
BEA = 20


@pytest.fixture
def talk(opened: Opened) -> Talk:
    return opened()


def enrols(talk: Talk, who: int = TESS) -> pyotp.TOTP:
    """Ask for a key; gives the app that has it."""
    found = re.search(r"`([A-Z2-7 ]{30,})`", talk.says(who, "code enrol"))
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


def is_enrolled(talk: Talk, who: int = TESS) -> bool:
    with talk.database.session() as session:
        row = session.get(CodeRow, who)
        return row is not None and row.state == "active"


def test_the_key_comes_as_a_picture_and_as_text_to_this_person_alone(talk: Talk) -> None:
    secret = enrols(talk).secret
    (post,) = talk.posts
    assert post.to == Direct(user_ids=(TESS,))
    assert "```spoiler" in post.content
    (file,) = post.files
    assert file.name.endswith(".png")
    assert file.content.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(file.content[16:20]) > 200, "the picture's width in pixels"
    uri = f"otpauth://totp/STUF%20Bot:Tess%20Architect?secret={secret}&issuer=STUF%20Bot"
    expected = io.BytesIO()
    segno.make(uri, error="m").save(expected, kind="png", scale=6)
    assert file.content == expected.getvalue()


@pytest.mark.parametrize("said", ["code", "code enrol", "code verify 123456"])
def test_nothing_of_it_is_done_in_a_channel(talk: Talk, said: str) -> None:
    assert "direct message" in talk.says(TESS, f"{MENTION} {said}", TOPIC)
    assert [post.to for post in talk.posts] == [TOPIC]
    assert not talk.posts[0].files
    with talk.database.session() as session:
        assert session.get(CodeRow, TESS) is None


@pytest.mark.parametrize(
    "said", ["{code}", "code verify {code}", "{first} {second}", "code verify {first} {second}"]
)
def test_the_first_code_finishes_it(talk: Talk, said: str) -> None:
    app = enrols(talk)
    code = app.at(talk.now)
    told = talk.says(TESS, said.format(code=code, first=code[:3], second=code[3:]))
    assert "You are enrolled" in told
    assert is_enrolled(talk)


def test_the_message_with_the_key_is_emptied(talk: Talk) -> None:
    app = enrols(talk)
    key = talk.posts[0].key
    talk.says(TESS, app.at(talk.now))
    (edit,) = [act for act in talk.acts if isinstance(act, Edit)]
    assert edit.key == key
    assert app.secret[:4] not in edit.content
    assert not edit.needed
    assert "administrator of this Zulip" not in talk.posts[-1].content


def test_where_messages_cannot_be_edited_an_administrator_has_to_delete_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeDirectory, "edit_limit_seconds", 60)
    app = enrols(talk)
    talk.now += timedelta(minutes=2)
    assert "administrator of this Zulip" in talk.says(TESS, app.at(talk.now))


def test_two_pictures_are_two_messages(talk: Talk) -> None:
    enrols(talk)
    first = talk.posts[0].key
    talk.now += timedelta(seconds=1)
    enrols(talk)
    assert talk.posts[0].key != first


def test_a_wrong_first_code_enrols_nobody_and_counts(talk: Talk) -> None:
    app = enrols(talk)
    near = {app.at(talk.now, counter_offset=drift) for drift in (-1, 0, 1)}
    wrong = next(code for code in ("000000", "000001", "000002", "000003") if code not in near)
    for _ in range(4):
        assert "not the code" in talk.says(TESS, wrong)
    assert "5 wrong codes" in talk.says(TESS, wrong)
    assert "5 wrong codes" in talk.says(TESS, app.at(talk.now))
    assert not is_enrolled(talk)


@pytest.mark.parametrize(
    "said", ["code verify 12345", "code verify abcdef", "code verify ١٢٣٤٥٦", "code verify"]
)
def test_a_code_is_six_digits(talk: Talk, said: str) -> None:
    enrols(talk)
    talk.says(TESS, said)
    with talk.database.session() as session:
        assert session.get_one(CodeRow, TESS).failures == 0
    assert not is_enrolled(talk)


def test_codes_without_an_enrolment(talk: Talk) -> None:
    assert "`code enrol`" in talk.says(TESS, "123456")
    app = enrols(talk)
    talk.says(TESS, app.at(talk.now))
    assert "no plan waits for a code" in talk.says(TESS, "123456")


def test_code_says_how_far_one_is(talk: Talk) -> None:
    assert "`code enrol`" in talk.says(TESS, "code")
    app = enrols(talk)
    assert "waits for its first code" in talk.says(TESS, "code")
    talk.says(TESS, app.at(talk.now))
    assert "You are enrolled" in talk.says(TESS, "code")
    assert "enrolled already" in talk.says(TESS, "code enrol")


def test_an_administrator_resets_and_the_person_is_told(talk: Talk) -> None:
    app = enrols(talk)
    talk.says(TESS, app.at(talk.now))
    talk.says(ADA, f"{MENTION} code reset @**Tess Architect|9**", TOPIC)
    here, told = talk.posts
    assert here.to == TOPIC
    assert told.to == Direct(user_ids=(TESS,))
    assert "Ada Admin" in told.content
    assert not is_enrolled(talk)
    assert enrols(talk).secret != app.secret


def test_a_pending_enrolment_can_be_reset(talk: Talk) -> None:
    app = enrols(talk)
    talk.says(ADA, "code reset @**Tess Architect**")
    assert "`code enrol`" in talk.says(TESS, app.at(talk.now))


def test_nobody_resets_their_own(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = enrols(talk, ADA)
    talk.says(ADA, app.at(talk.now))
    for me in ("@**Ada Admin**", "@**Ada Admin|8**", "8"):
        assert "another administrator" in talk.says(ADA, f"code reset {me}")
    assert is_enrolled(talk, ADA)
    accounts = FakeDirectory.accounts | {BEA: Person(BEA, "Bea Boss")}
    monkeypatch.setattr(FakeDirectory, "accounts", accounts)
    monkeypatch.setattr(FakeDirectory, "groups", FakeDirectory.groups | {"administrators": {ADA, BEA}})
    talk.says(BEA, "code reset @**Ada Admin**")
    assert not is_enrolled(talk, ADA)


@pytest.mark.parametrize("who", [TESS, OMAR])
def test_others_reset_nothing(talk: Talk, who: int) -> None:
    app = enrols(talk)
    talk.says(TESS, app.at(talk.now))
    talk.says(who, "code reset @**Tess Architect**")
    assert is_enrolled(talk)


def test_there_has_to_be_something_to_reset(talk: Talk) -> None:
    assert "not enrolled" in talk.says(ADA, "code reset @**Omar Ops**")
    talk.says(ADA, "code reset @**Nobody At All**")
    assert all(post.to == Direct(user_ids=(ADA,)) for post in talk.posts)


def test_a_reset_can_be_shown_first(talk: Talk) -> None:
    app = enrols(talk)
    talk.says(TESS, app.at(talk.now))
    assert "Plan: reset the one-time codes" in talk.says(ADA, "code reset @**Tess Architect** --plan")
    assert is_enrolled(talk)
    talk.says(ADA, "confirm")
    assert not is_enrolled(talk)


def test_a_plan_to_reset_is_void_for_the_next_enrolment(talk: Talk) -> None:
    talk.says(TESS, enrols(talk).at(talk.now))
    talk.says(ADA, f"{MENTION} code reset @**Tess Architect** --plan", TOPIC)
    key = talk.posts[-1].key
    talk.says(ADA, "code reset @**Tess Architect**")
    talk.now += timedelta(minutes=1)
    talk.says(TESS, enrols(talk).at(talk.now))
    assert "**Plan: reset" in talk.reacts(ADA, key)
    assert is_enrolled(talk)


def test_it_is_audited_and_neither_secret_nor_code_is_kept(talk: Talk) -> None:
    app = enrols(talk)
    post = talk.posts[0]
    code = app.at(talk.now)
    talk.says(TESS, code)
    talk.says(ADA, "code reset @**Tess Architect**")
    with talk.database.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        told = [(entry.tag, entry.actor_id, entry.outcome) for entry in entries]
        everything = " ".join(f"{entry.details} {entry.cause} {entry.place}" for entry in entries)
        reset = next(entry for entry in entries if entry.tag == "chat:code:reset")
        assert str(TESS) in str(reset.details)
    assert told == [
        ("chat:code:enrolled", TESS, "done"),
        ("chat:code:verified", TESS, "done"),
        ("chat:code:reset", ADA, "done"),
    ]
    assert isinstance(post, Post)
    assert app.secret not in everything
    assert code not in everything
    assert app.secret.encode() not in talk.path.read_bytes()


def listed(talk: Talk, who: int = TESS) -> set[str]:
    """The commands about codes that help shows."""
    return set(re.findall(r"^- `(code(?: [a-z]+)?)", talk.says(who, "help"), re.MULTILINE))


def test_help_shows_what_makes_sense_now(talk: Talk) -> None:
    assert listed(talk) == listed(talk, ADA) == {"code", "code enrol"}
    app = enrols(talk)
    assert listed(talk) == {"code", "code enrol", "code verify"}
    talk.says(TESS, app.at(talk.now))
    assert listed(talk) == {"code"}
    assert listed(talk, ADA) == {"code", "code enrol", "code reset"}


def test_where_codes_are_not_set_up_nothing_of_them_is_shown(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stuf_bot.codes.Codes.set_up", False)
    assert listed(talk) == listed(talk, ADA) == set()
