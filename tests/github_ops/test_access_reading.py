"""Who may read a STUF's repository, as GitHub says when it is asked: what no webhook told is told."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github_desk import OCTO, REPOSITORY
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from asked import BLOCK, outputs
from talk import TESS, Talk, open_talk

from provisioning import progress
from provisioning.events import OperationEnded
from provisioning.github_access import ACCESS, EVERY, GitHubAccess
from sandbox.github import GitHub as Hub
from sandbox.github import Runner
from stuf_bot.acts import Card, Post
from stuf_bot.messages import DeliveryReceived, ErrandEnded

NAME = outputs().repository
HERE = {**REPOSITORY, "full_name": NAME, "name": NAME.rpartition("/")[2]}
FIRST: dict[str, Any] = {
    "public": False,
    "people": {"octo": "admin"},
    "invited": {},
    "lapsed": [],
    "teams": None,
    "keys": {"laptop": "read"},
}


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A bot with acme-audit, which is ready and was looked at once."""
    talk = open_talk(tmp_path / "bot.sqlite")
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
    happened(talk, OperationEnded(operation_id=operation.id, slug="acme-audit", attempt=1, succeeded=True))
    assert talk.errands.put_in[ACCESS, operation.attempt_id] == {"slug": "acme-audit", "repository": NAME}
    assert read(talk, 1) == []
    yield talk
    talk.database.close()


def happened(talk: Talk, event: Any) -> list[Any]:
    talk.now += timedelta(minutes=1)
    with talk.database.session() as session:
        return talk.core.dispatcher.handle(event, session)


def read(talk: Talk, number: int, **change: Any) -> list[Any]:
    """What is said once GitHub answered."""
    event = ErrandEnded(
        number=number,
        kind=ACCESS,
        errand=str(number),
        within=ACCESS,
        payload={"slug": "acme-audit", "repository": NAME},
        succeeded=True,
        result={**FIRST, **change},
    )
    return happened(talk, event)


def news(acts: list[Any]) -> list[str]:
    return [act.content for act in acts if isinstance(act, Post)]


def test_an_invitation_that_is_made_and_taken(talk: Talk) -> None:
    (said,) = news(read(talk, 2, invited={"tess": "read"}))
    assert "`tess` is invited and may read" in said
    assert "7 days" in said
    assert "take it back" in said
    acts = read(talk, 3, people={"octo": "admin", "tess": "read"})
    (said,) = news(acts)
    assert "`tess` accepted the invitation" in said
    (card,) = [act for act in acts if isinstance(act, Card)]
    assert "these could: `octo` (`admin`), `tess` (`read`), the key `laptop` (`read`)." in card.content


@pytest.mark.parametrize(("lapsed", "word"), [(["tess"], "has lapsed"), ([], "is withdrawn")])
def test_an_invitation_that_comes_to_nothing(talk: Talk, lapsed: list[str], word: str) -> None:
    read(talk, 2, invited={"tess": "read"})
    (said,) = news(read(talk, 3, lapsed=lapsed))
    assert word in said


def test_what_a_webhook_told_is_not_told_again(talk: Talk) -> None:
    body = {"action": "added", "member": {"login": "tess"}, "repository": HERE, "sender": OCTO}
    delivery = DeliveryReceived(source="github", delivery_id="d1", kind="member", body=body)
    assert len(news(happened(talk, delivery))) == 1
    assert (ACCESS, "d1") in talk.errands.put_in
    acts = read(talk, 2, people={"octo": "admin", "tess": "read"})
    assert news(acts) == []
    assert [type(act) for act in acts] == [Card]


def test_what_no_webhook_told_is_told(talk: Talk) -> None:
    said = news(read(talk, 2, people={}, keys={"laptop": "write"}, public=True))
    assert len(said) == 3
    assert "**Everybody** may read" in said[0]
    assert "`octo` may no longer read" in said[1]
    assert "The deploy key `laptop` may read and change" in said[2]


def test_what_could_not_be_read_is_as_it_was(talk: Talk) -> None:
    assert news(read(talk, 2, people=None, invited=None, keys=None)) == []
    assert news(read(talk, 3)) == []


def test_by_the_clock_every_stuf_that_is_ready_is_asked_for(talk: Talk) -> None:
    event = ErrandEnded(number=9, kind=EVERY, errand="1", within=EVERY, payload={}, succeeded=True)
    assert happened(talk, event) == []
    assert (ACCESS, "acme-audit:9") in talk.errands.put_in


def test_github_is_asked_as_the_embedded_one_answers(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "state", runner=Runner(environment={}))
    hub.create_account("acme", "Organization")
    hub.create_account("octo", "User")
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "README.md").write_text("# x")
    hub.seed_repository("acme", "stuf-acme-audit", tmp_path / "instance")
    hub.start()
    try:
        github = GitHubAccess(
            repository="acme/control", token=SecretStr(hub.create_token("acme")), url=hub.url
        )
        found = github._client().get_repo("acme/stuf-acme-audit")
        found.add_to_collaborators("octo", "pull")
        asked = github.readers("acme/stuf-acme-audit")
        octo = Github(auth=Auth.Token(hub.create_token("octo")), base_url=hub.url, retry=None)
        (invitation,) = octo.get_user().get_invitations()
        octo.get_user().accept_invitation(invitation)
        readers = github.readers("acme/stuf-acme-audit")
    finally:
        hub.stop()
    assert (asked["public"], asked["people"], asked["invited"]) == (False, {}, {"octo": "read"})
    assert (readers["people"], readers["invited"], readers["lapsed"]) == ({"octo": "read"}, {}, [])
    # The embedded one knows neither; the App may not be allowed to see them, either.
    assert readers["teams"] is readers["keys"] is None
