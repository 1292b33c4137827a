"""A look at Sentry reads what it needs, however many issues were ever seen."""

from datetime import timedelta

import pytest
from sentry_room import Room
from sqlalchemy.orm import Session

from handlers.sentry import record as records
from handlers.sentry.reconcile import FEW
from handlers.sentry.record import Record
from provisioning.sentry.models import Issue
from stuf_bot.relays import Objects

MANY = 60


def remember(session: Session, room: Room, statuses: list[str]) -> None:
    for number, status in enumerate(statuses, start=100):
        issue = Issue(
            id=str(number),
            short_id=f"S-{number}",
            title="KeyError",
            status=status,
            project="a",
            project_id="7",
        )
        records.keep(session, Objects(), Record(issue=issue, stuf="acme-audit", read_at=room.talk.now))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The issues of which all was read."""
    found: list[str] = []
    whole = Record.model_validate

    def noted(*args: object, **options: object) -> Record:
        record = whole(*args, **options)  # type: ignore[arg-type]
        found.append(record.issue.id)
        return record

    monkeypatch.setattr(Record, "model_validate", noted)
    return found


def test_a_look_reads_no_more_because_more_was_ever_seen(room: Room, read: list[str]) -> None:
    with room.talk.database.session() as session:
        remember(session, room, ["resolved"] * MANY)
    room.looks()
    assert len(read) == FEW


def test_what_sentry_lists_no_more_is_asked_for_and_only_that(room: Room) -> None:
    with room.talk.database.session() as session:
        remember(session, room, ["resolved"] * 30 + ["unresolved", "ignored"])
        assert records.still_open(session) == ["130"]
    room.looks()
    assert asked(room) == ["130"]
    # Sentry knows it no more.
    with room.talk.database.session() as session:
        assert records.still_open(session) == []


def test_all_have_their_turn_of_being_looked_at(room: Room) -> None:
    with room.talk.database.session() as session:
        remember(session, room, ["resolved"] * 25)
    room.talk.now += timedelta(hours=7)
    for _ in range(3):
        room.looks()
    assert sorted(asked(room)) == [str(number) for number in range(100, 125)]


def asked(room: Room) -> list[str]:
    """Each issue that was asked for, in its order."""
    put_in = room.talk.errands.put_in.items()
    return list(dict.fromkeys(payload["issue"] for (kind, _), payload in put_in if kind == "sentry.details"))
