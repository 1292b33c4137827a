"""`audit` in chat: who may see what, where it is said, how it reads; and that what is done in chat is in it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from filled import START
from sqlalchemy import update
from talk import ADA, OMAR, PAT, TESS, TOPIC, Talk, open_talk

from handlers._audit_text import line
from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Failure, Operation, StepState, StepStatus
from provisioning.models import Stage
from provisioning.tables import ArchitectRow, StufRow
from stuf_bot import audit
from stuf_bot.acts import Post
from stuf_bot.audit import Entry, Tag
from stuf_bot.audit.reading import Wanted
from stuf_bot.messages import DeliveryReceived, MessageReceived
from stuf_bot.places import Direct, Topic

CREATE = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""
MENTION = "@**STUF Bot** "


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = open_talk(tmp_path / "bot.sqlite")
    yield talk
    talk.database.close()


@pytest.fixture
def created(talk: Talk) -> Operation:
    talk.says(TESS, CREATE)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        # The fleet has a clock of its own here.
        session.execute(update(StufRow).values(created_at=talk.now))
    return latest(talk)


def latest(talk: Talk) -> Operation:
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
    assert operation is not None
    return operation


def happened(talk: Talk, event: Any) -> None:
    with talk.database.session() as session:
        talk.core.dispatcher.handle(event, session)


def told(talk: Talk, **wanted: Any) -> list[Entry]:
    with audit.snapshot(talk.database) as session:
        assert audit.verify(session) is None
        return list(audit.entries(session, Wanted(**wanted)))


def progressed(talk: Talk, *statuses: StepStatus) -> None:
    """The first stages stand so, and the hall hears of it."""
    operation = latest(talk)
    steps = [
        StepState(name=stage.value, status=status, seconds=2.0)
        for stage, status in zip(Stage, (*statuses, *[StepStatus.WAITING] * 9), strict=False)
    ]
    with talk.database.session() as session:
        progress.stepped(session, operation.attempt_id, steps)
    changed = latest(talk)
    happened(talk, OperationChanged(operation_id=changed.id, slug=changed.slug, sequence=changed.sequence))


def fail(talk: Talk) -> None:
    operation = latest(talk)
    with talk.database.session() as session:
        progress.failed(
            session, operation.attempt_id, talk.now, Failure(code="stack-refused", sentence="AWS said no.")
        )
    changed = latest(talk)
    happened(talk, OperationChanged(operation_id=changed.id, slug=changed.slug, sequence=changed.sequence))
    ended = OperationEnded(
        operation_id=changed.id, slug=changed.slug, attempt=changed.attempt, succeeded=False
    )
    happened(talk, ended)


def test_the_ta_reads_what_was_done_in_order(talk: Talk, created: Operation) -> None:
    talk.says(OMAR, "status acme-audit")
    said = talk.says(TESS, "audit acme-audit")
    assert said.startswith("**Audit log of `acme-audit`**, in the order")
    lines = said.splitlines()[1:]
    assert all(re.match(r"- <time:2026-11-23T09:00:00\+0000> ", each) for each in lines)
    assert "@_**|9**: confirmed a plan" in said
    assert lines[-1].endswith("@_**|10**: looked at the STUF")
    assert "@**" not in said


def test_only_those_whom_it_concerns(talk: Talk, created: Operation) -> None:
    assert "no STUF `acme-audit` that you may see" in talk.says(PAT, "audit acme-audit")
    for who in (TESS, OMAR, ADA):
        assert "confirmed a plan" in talk.says(who, "audit acme-audit")
    for who in (TESS, OMAR, PAT):
        assert "shows everything" in talk.says(who, "audit")
    assert "`acme-audit`" in talk.says(ADA, "audit")
    assert [
        entry.actor_id for entry in told(talk, tags=(Tag.AUDIT_SHOWN,)) if entry.outcome == "refused"
    ] == [
        PAT,
        TESS,
        OMAR,
        PAT,
    ]


def test_what_was_done_with_an_earlier_stuf_of_that_name_is_not_its_new_tas(
    talk: Talk, created: Operation
) -> None:
    talk.says(ADA, "status acme-audit")
    talk.now += timedelta(days=1)
    with talk.database.session() as session:
        session.execute(update(StufRow).values(created_at=talk.now, owner_id=PAT))
        session.execute(update(ArchitectRow).values(user_id=PAT))
    assert "looked at" not in talk.says(PAT, "audit acme-audit")
    assert "looked at" in talk.says(OMAR, "audit acme-audit")


def test_operators_may_read_of_a_stuf_that_is_gone(talk: Talk, created: Operation) -> None:
    with talk.database.session() as session:
        session.execute(update(StufRow).values(state="gone"))
    assert "confirmed a plan" in talk.says(OMAR, "audit acme-audit")
    assert "no STUF" in talk.says(OMAR, "audit never-was")
    assert "no STUF" in talk.says(TESS, "audit acme-audit")


def ask(talk: Talk, channel_name: str) -> list[Post]:
    """Tess asks in a channel."""
    talk.last += 1
    happened_in = MessageReceived(
        message_id=talk.last,
        sender_id=TESS,
        sender_name="",
        place=TOPIC,
        channel_name=channel_name,
        content=MENTION + "audit acme-audit",
        sent_at=talk.now,
    )
    with talk.database.session() as session:
        acts = talk.core.dispatcher.handle(happened_in, session)
    return [act for act in acts if isinstance(act, Post)]


def test_it_is_shown_in_the_stufs_own_channel_and_to_nobody_else(talk: Talk, created: Operation) -> None:
    with talk.database.reading() as session:
        stuf = talk.fleet.get(session, "acme-audit")
    assert stuf is not None
    (own,) = ask(talk, stuf.channel)
    assert own.to == TOPIC
    note, answer = ask(talk, "lounge")
    assert (note.to, answer.to) == (TOPIC, Direct(user_ids=(TESS,)))
    assert "acme-audit" not in note.content
    assert "confirmed a plan" in answer.content


def test_more_than_twenty_come_as_a_file(talk: Talk, created: Operation) -> None:
    for _ in range(30):
        talk.says(TESS, "status acme-audit")
    said = talk.says(TESS, "audit acme-audit")
    count = len(told(talk, stuf="acme-audit")) - 1
    assert f"the newest 20 of {count} entries" in said
    assert said.count("\n- ") == 20
    (file,) = talk.posts[0].files
    assert file.name == "audit-acme-audit-20261123-0900.jsonl"
    lines = [json.loads(each) for each in file.content.decode().splitlines()]
    assert len(lines) == count
    assert {each["details"]["stuf"] for each in lines} == {"acme-audit"}


def test_since(talk: Talk, created: Operation) -> None:
    talk.now += timedelta(days=3)
    talk.says(TESS, "status acme-audit")
    said = talk.says(TESS, "audit acme-audit since 2026-11-25")
    assert "since <time:2026-11-25T00:00:00+0000>" in said
    assert "looked at the STUF" in said
    assert "confirmed" not in said
    assert "has nothing" in talk.says(ADA, "audit since 2026-12-24")


def test_a_command_is_kept_with_the_names_in_it(talk: Talk, created: Operation) -> None:
    talk.says(TESS, "status acme-audit")
    entry = told(talk, tags=(Tag.STATUS_SHOWN,))[-1]
    assert entry.details == {"command": "status", "stuf": "acme-audit", "arguments": {"stuf": "acme-audit"}}
    assert entry.cause == entry.correlation == f"zulip:message:{talk.last}"
    assert entry.outcome == "done"


def test_nothing_of_a_participant_is_in_it(talk: Talk, created: Operation) -> None:
    talk.says(TESS, "status ana@example.org +44 7700 900123")
    talk.says(TESS, MENTION + "hello", Topic(channel=5, topic="ana@example.org"))
    kept = " ".join(entry.line() for entry in told(talk))
    assert "example.org" not in kept
    assert "7700" not in kept


def test_each_step_is_noted_once_with_its_operation(talk: Talk, created: Operation) -> None:
    progressed(talk, StepStatus.RUNNING)
    progressed(talk, StepStatus.DONE, StepStatus.DONE, StepStatus.RUNNING)
    progressed(talk, StepStatus.DONE, StepStatus.DONE, StepStatus.RUNNING)
    fail(talk)
    found = told(talk, correlation=created.id)
    steps = [(entry.tag.split(":")[1], entry.outcome, entry.details.get("step")) for entry in found]
    assert steps == [
        ("operation", "begun", None),
        ("step", "done", "validate"),
        ("step", "done", "repository"),
        ("step", "failed", "infrastructure"),
        ("operation", "failed", None),
    ]
    assert found[3].reason_code == "stack-refused"
    assert {entry.actor_id for entry in found} == {TESS}


def test_another_attempt_notes_only_what_it_does(talk: Talk, created: Operation) -> None:
    progressed(talk, StepStatus.DONE, StepStatus.DONE, StepStatus.RUNNING)
    fail(talk)
    before = len(told(talk, correlation=created.id))
    talk.says(OMAR, "retry acme-audit")
    progressed(talk, StepStatus.DONE, StepStatus.DONE, StepStatus.DONE)
    found = told(talk, correlation=created.id)[before:]
    assert [(entry.details["attempt"], entry.details.get("step")) for entry in found] == [
        (2, None),
        (2, "infrastructure"),
    ]
    assert found[0].actor_id == OMAR
    # The message that asked for it.
    (asked,) = told(talk, tags=(Tag.OPERATION_RETRIED,))
    assert found[0].cause == asked.correlation


def test_a_part_that_fails_is_noted_and_the_others_go_on(
    talk: Talk, created: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("marked")

    monkeypatch.setattr(talk.fleet, "note_upload", fail)
    delivery = DeliveryReceived(
        source="stuf",
        delivery_id="acme-audit:1",
        kind="upload.completed",
        subject="acme-audit",
        body={"upload_id": "u1", "file_name": "marked", "size": 3},
    )
    happened(talk, delivery)
    accepted, failed = told(talk)[-2:]
    assert (accepted.tag, failed.tag) == (Tag.DELIVERY_ACCEPTED, Tag.EVENT_FAILED)
    assert failed.cause == "stuf:delivery:acme-audit:1"
    assert "marked" not in failed.line()


def test_a_webhook_is_noted_without_what_it_said(talk: Talk, created: Operation) -> None:
    happened(
        talk,
        DeliveryReceived(
            source="stuf",
            delivery_id="acme-audit:1",
            kind="upload.completed",
            subject="acme-audit",
            body={"upload_id": "u1", "file_name": "ana-passport.pdf", "size": 3},
        ),
    )
    accepted, announced = told(talk)[-2:]
    assert (accepted.tag, announced.tag) == (Tag.DELIVERY_ACCEPTED, Tag.UPLOAD_ANNOUNCED)
    assert accepted.correlation == announced.correlation == "stuf:delivery:acme-audit:1"
    assert "passport" not in accepted.line() + announced.line()


@pytest.mark.parametrize("tag", list(Tag))
def test_every_tag_has_words(tag: Tag) -> None:
    assert tag.words != tag.value
    assert re.fullmatch(r"[a-z]+:[a-z]+:[a-z]+", tag.value)


def entry(tag: str, outcome: str = "done", **details: Any) -> Entry:

    return Entry(1, 2, START, tag, None, "", outcome, "", "", "", None, details=details, before="", digest="")


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (entry("hook:delivery:refused", "refused", source="github", count=3), "a webhook was refused (`github`, 3 times)"),
        (entry("engine:step:ended", "failed", step="validate", seconds=62), "ended (`validate` in 1 min 2 s) · **failed**"),
        (entry("config:settings:changed", "noted", settings={"github.ref": ["a", "b"]}), "changed (`github.ref`)"),
        (entry("zulip:role:changed", "noted", role="operator", gained=[3], lost=[]), "(`operator`, has it now: @_**|3**)"),
        (entry("of:another:version", "`@**all**`"), "`of:another:version` · **`` `@**all**` ``**"),
        (entry("chat:stuf:shown", command="status", arguments={"why": "[text, 3 characters]"}), "(`status why=[text, 3 characters]`)"),
    ],
)  # fmt: skip
def test_how_an_entry_reads(noted: Entry, said: str) -> None:
    assert line(noted, stuf=True).endswith(said)
