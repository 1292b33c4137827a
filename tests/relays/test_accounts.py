"""`me`, by messages; and what profiles say."""

import re

import pytest
from talk import ADA, OMAR, PAT, TESS, Talk

from stuf_bot.relays import People


def test_me_says_whose_account_it_is(talk: Talk) -> None:
    assert "GitHub: I know of none" in talk.says(TESS, "me")
    assert "`octo` at GitHub is yours" in talk.says(TESS, "me github @octo")
    assert "GitHub: `octo`" in talk.says(TESS, "me")
    people = People()
    with talk.database.reading() as session:
        assert people.user_id(session, "github", "OCTO") == TESS
        assert people.user_id(session, "sentry", "octo") is None
        assert people.account(session, "github", TESS) == "octo"
    answer = talk.says(PAT, "me github Octo")
    assert "is somebody else's" in answer
    assert str(TESS) not in answer
    talk.says(TESS, "me github hubot")
    assert "is yours" in talk.says(PAT, "me github Octo")
    assert "I know of no account at GitHub that is yours" in talk.says(TESS, "me github none")
    assert "knew of no account" in talk.says(TESS, "me github none")


def test_administrators_say_it_for_others(talk: Talk) -> None:
    talk.says(TESS, "me github octo")
    assert "administrators say" in talk.says(PAT, "me github octo @**Tess Architect**")
    answer = talk.says(ADA, "me github octo @**Pat Plain**")
    assert f"is @_**|{TESS}**'s here" in answer
    following = re.search(r"Type `([^`]+)`", answer)
    assert following is not None
    talk.says(ADA, following[1])
    assert "Pat Plain" in talk.says(ADA, "me github octo @**Pat Plain**")
    with talk.database.reading() as session:
        assert People().user_id(session, "github", "octo") == PAT


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("me github", "**account** is missing"),
        ("me gitlab octo", "must be one of `github`, `sentry`"),
        ("me github not!a!name", "**account** must be a user name at GitHub"),
        ("me sentry tess@example.org", "I do not take it"),
    ],
)
def test_mistakes_of_me(talk: Talk, typed: str, said: str) -> None:
    assert said in talk.says(TESS, typed)


def test_profiles_of_zulip_say_it_where_chat_does_not(talk: Talk) -> None:
    profiles = {TESS: "octo", PAT: "twice", OMAR: "Twice", ADA: "tess@example.org"}
    people = People(lambda service: profiles if service == "github" else {})
    talk.says(PAT, "me github hubot")
    with talk.database.reading() as session:
        assert people.user_id(session, "github", "Octo") == TESS
        assert people.user_id(session, "github", "twice") == OMAR
        assert people.user_id(session, "github", "hubot") == PAT
        assert people.account(session, "github", PAT) == "hubot"
        assert people.account(session, "github", ADA) is None
