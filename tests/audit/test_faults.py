"""What the bot itself could not do for a person is in the log, with the reference that they were told."""

import time
from pathlib import Path
from typing import Any

from filled import START

from stuf_bot import audit
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Entry, Tag
from stuf_bot.audit.faults import Faults
from stuf_bot.chat.outbox import Outbox
from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived, MessageReceived, ReactionAdded
from stuf_bot.places import Direct
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate

KINDS: dict[str, Any] = {kind.__name__: kind for kind in (MessageReceived, ReactionAdded, DeliveryReceived)}
EVENTS = (
    MessageReceived(
        message_id=1,
        sender_id=9,
        sender_name="Tess",
        place=Direct(user_ids=(9,)),
        content="marked",
        sent_at=START,
    ),
    ReactionAdded(message_id=2, user_id=8, emoji_name="+1"),
    DeliveryReceived(source="github", delivery_id="3", kind="push", body={"it": "marked"}),
)


def entries(database: Database) -> list[Entry]:
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
        return list(audit.entries(session))


def test_each_failure_is_noted_once(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    migrate(database)
    inbox = Inbox(database, KINDS)
    told: list[str] = []

    def fail(event: Any, session: Any) -> list[Act]:
        audit.record(session, at=START, tag=Tag.STATUS_SHOWN, actor_id=1, outcome="done")
        raise KeyError("marked")

    def say(event: Any, error: Exception, reference: str) -> list[Act]:
        told.append(reference)
        return [Post(to=Direct(user_ids=(9,)), content="Sorry.")]

    outbox = Outbox(channel_id=lambda _: 1, clock=lambda: START)
    hall = Hall(database, inbox, outbox, fail, say, note=Faults(lambda: START).note)
    hall.start()
    with database.session() as session:
        for event in EVENTS:
            inbox.put(session, event)
    deadline = time.monotonic() + 20
    while len(entries(database)) < len(EVENTS) and time.monotonic() < deadline:
        time.sleep(0.01)
    hall.stop()
    found = sorted(entries(database), key=lambda entry: entry.cause)
    assert [(entry.tag, entry.actor_id, entry.cause) for entry in found] == [
        (Tag.EVENT_FAILED, None, "github:delivery:3"),
        (Tag.COMMAND_FAILED, 9, "zulip:message:1"),
        (Tag.COMMAND_FAILED, 8, "zulip:reaction:2:8:+1"),
    ]
    assert sorted(entry.details["reference"] for entry in found) == sorted(told)
    assert not any("marked" in entry.line() for entry in found)
    database.close()
