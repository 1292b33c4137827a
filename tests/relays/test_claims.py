"""`me` for an account that a profile in Zulip names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import talk as talking
from talk import ADA, OMAR, PAT, TESS, Talk, open_talk

from stuf_bot.relays import People

PROFILES = {TESS: "octo", OMAR: "shared", ADA: "Shared"}


@pytest.fixture
def realm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """A bot in a realm whose profiles name accounts."""
    monkeypatch.setattr(talking, "People", lambda: People(lambda _service: PROFILES))
    talk = open_talk(tmp_path / "bot.sqlite")
    yield talk
    talk.database.close()


def owner(realm: Talk, account: str) -> int | None:
    with realm.database.reading() as session:
        return People(lambda _service: PROFILES).user_id(session, "github", account)


def test_what_somebodys_profile_names_nobody_else_takes(realm: Talk) -> None:
    for typed in ("me github octo", "me github @OCTO --plan"):
        answer = realm.says(PAT, typed)
        assert "is somebody else's here. Ask an administrator" in answer
        assert str(TESS) not in answer
    assert owner(realm, "octo") == TESS
    assert "is yours" in realm.says(TESS, "me github octo")


def test_what_two_profiles_name_neither_takes(realm: Talk) -> None:
    assert "is somebody else's" in realm.says(OMAR, "me github shared")
    assert owner(realm, "shared") is None


def test_an_administrator_may_say_otherwise(realm: Talk) -> None:
    assert "Pat Plain" in realm.says(ADA, "me github octo @**Pat Plain**")
    assert owner(realm, "octo") == PAT
    # From then on it is Pat's, and not the one's whose profile still names it.
    assert "is somebody else's" in realm.says(TESS, "me github octo")


def test_who_said_another_in_chat_leaves_that_of_the_profile_free(realm: Talk) -> None:
    realm.says(TESS, "me github hubot")
    assert "is yours" in realm.says(PAT, "me github octo")
