"""The policy holds for every command that does something, by its effect and by the STUF that it is about."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from talk import ADA, OMAR, TESS, TOPIC, Talk, open_talk

from provisioning import progress
from provisioning.fleet import Failure, OperationState
from stuf_bot.messages import Effect
from stuf_bot.policy import Policy, Way

CREATE = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""
MENTION = "@**STUF Bot**"
STRICT = {"beta": dict.fromkeys(Effect, Way.TWO_PEOPLE)}


Hall = Callable[..., Talk]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Opens the hall under a policy: the general ways, and those of single STUFs."""
    halls: list[Talk] = []

    def opened(general: dict[Effect, Way], stufs: dict[str, dict[Effect, Way]] | None = None) -> Talk:
        halls.append(open_talk(tmp_path / "bot.sqlite", Policy(general, stufs)))
        return halls[-1]

    yield opened
    for talk in halls:
        talk.database.close()


def made(talk: Talk) -> Talk:
    """With a STUF whose making failed."""
    talk.says(TESS, CREATE)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        progress.failed(session, operation.attempt_id, talk.now, Failure(code="x", sentence="No."))
    return talk


def state(talk: Talk) -> OperationState | None:
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
    return operation.state if operation else None


def test_what_costs_is_confirmed_as_the_policy_says(hall: Hall) -> None:
    talk = hall({Effect.COSTS: Way.TYPED})
    talk.says(TESS, CREATE)
    talk.says(TESS, "confirm")
    assert state(talk) is None
    talk.says(TESS, "confirm acme-audit")
    assert state(talk) is OperationState.WAITING


def test_a_new_stuf_for_two_waits_in_the_bots_channel(hall: Hall) -> None:
    """Its own channel does not exist yet."""
    talk = hall({Effect.COSTS: Way.TWO_PEOPLE})
    talk.says(TESS, CREATE)
    shown = talk.posts[0]
    assert shown.to.channel == "stuf-admin"
    assert "ana@example.org" not in shown.content
    talk.reacts(OMAR, shown.key)
    assert state(talk) is None, "an operator creates no STUFs"
    talk.reacts(ADA, shown.key)
    assert state(talk) is OperationState.WAITING
    with talk.database.session() as session:
        stuf = talk.fleet.get(session, "acme-audit")
    assert stuf is not None
    assert stuf.owner_id == TESS, "who asked owns it"


def test_what_changes_is_done_at_once_unless_the_policy_asks(hall: Hall) -> None:
    talk = made(hall({}))
    talk.says(TESS, "retry acme-audit")
    assert state(talk) is OperationState.WAITING


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED])
def test_what_changes_waits_where_the_policy_asks(hall: Hall, way: Way) -> None:
    talk = made(hall({Effect.CHANGES: way}))
    talk.says(TESS, "retry acme-audit")
    assert state(talk) is OperationState.FAILED
    talk.says(TESS, "confirm acme-audit")
    assert state(talk) is OperationState.WAITING


def test_a_change_for_two_by_a_second_person_in_the_topic(hall: Hall) -> None:
    talk = made(hall({Effect.CHANGES: Way.TWO_PEOPLE}))
    talk.says(TESS, f"{MENTION} retry acme-audit", TOPIC)
    assert state(talk) is OperationState.FAILED
    talk.says(OMAR, "approve", TOPIC)
    assert state(talk) is OperationState.WAITING


def test_strictness_for_another_stuf_does_not_touch_this_one(hall: Hall) -> None:
    talk = made(hall({}, STRICT))
    talk.says(TESS, "retry acme-audit")
    assert state(talk) is OperationState.WAITING


def test_plan_shows_even_what_nobody_has_to_confirm(hall: Hall) -> None:
    talk = made(hall({}))
    talk.says(TESS, "retry acme-audit --plan")
    assert state(talk) is OperationState.FAILED
    talk.says(TESS, "confirm")
    assert state(talk) is OperationState.WAITING


def test_reading_is_never_asked_about(hall: Hall) -> None:
    talk = made(hall(dict.fromkeys(Effect, Way.TWO_PEOPLE) | {Effect.COSTS: Way.SELF}))
    assert "not finished" in talk.says(TESS, "status acme-audit")


def test_enrolling_needs_no_code_where_every_change_does(hall: Hall) -> None:
    """Nobody could begin otherwise."""
    talk = hall({Effect.CHANGES: Way.CODE})
    key = talk.says(TESS, "code enrol").rpartition("`\n")[0].rpartition("`")[2]
    app = pyotp.TOTP(key.replace(" ", ""))
    assert "You are enrolled" in talk.says(TESS, app.at(talk.now))
    talk.says(ADA, "code reset @**Tess Architect**")
    assert "`code enrol`" in talk.says(ADA, "confirm")
