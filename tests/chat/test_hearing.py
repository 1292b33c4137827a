"""What concerns the bot, weighed against the events that a real server sent."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stuf_bot.chat.directory import Directory
from stuf_bot.chat.hearing import Hearing
from stuf_bot.places import Direct, Topic

CONTRACTS = Path(os.environ.get("STUF_CONTRACTS") or Path(__file__).parents[3] / "shared" / "contracts")
RECORDED = CONTRACTS / "zulip-transcripts"
PAT = 11
PEOPLE = [
    {"user_id": 8, "full_name": "Ada Admin", "role": 100},
    {"user_id": PAT, "full_name": "Pat Plain", "role": 400},
    {"user_id": 13, "full_name": "Gus Guest", "role": 600},
]
# File prefix: the messages in it that the bot hears.
HEARD = {
    "A01": ["help me please"],
    "A02": ["group dm"],
    "A03": ["@**STUF Bot** status"],
    "A04": ["@**STUF Bot|12** status"],
    "A05": ["please @**STUF Bot** have a look"],
    "A13": ["@**stuf bot** lower case"],
    "A21-": ["@**STUF Bot** are you there?"],
    "A22-": ["@**STUF Bot** are you there?"],
    "A22b": ["@**STUF Bot** in a private channel without bot and owner"],
}
NOT_HEARD = ["A06", "A07", "A08", "A09", "A10", "A11", "A12", "A14", "A24", "A30", "A31", "A54", "D09", "D10"]


@pytest.fixture
def directory() -> Directory:
    made = Directory()
    made.load(
        {
            "user_id": 12,
            "full_name": "STUF Bot",
            "realm_users": PEOPLE,
            "cross_realm_bots": [{"user_id": 6, "full_name": "Notification Bot", "is_bot": True}],
        }
    )
    return made


def channel_message(content: str, sender: int = PAT, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "sender_id": sender,
        "sender_full_name": "Somebody",
        "content": content,
        "timestamp": 1795459834,
        "type": "stream",
        "stream_id": 4,
        "display_recipient": "incidents",
        "subject": "db1",
        **more,
    }


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded exchanges are not on this machine")
@pytest.mark.parametrize("prefix", [*HEARD, *NOT_HEARD])
def test_the_events_of_a_real_server(directory: Directory, prefix: str) -> None:
    hearing = Hearing(directory)
    (file,) = RECORDED.glob(f"{prefix}*.json") if len(prefix) > 3 else list(RECORDED.glob(f"{prefix}-*.json"))
    events = json.loads(file.read_text())["response"]["events"]
    messages = [event for event in events if event["type"] == "message"]
    heard = [hearing.message(event["message"], event["flags"]) for event in messages]
    contents = [message.content.partition("\n")[0] for message in heard if message]
    assert [content[:56] for content in contents] == [text[:56] for text in HEARD.get(prefix, [])]


def test_a_direct_message_has_the_people_besides_the_bot(directory: Directory) -> None:
    people = [{"id": 12}, {"id": PAT}, {"id": 8}]
    message = channel_message("hello", type="private", display_recipient=people, subject="")
    heard = Hearing(directory).message(message, [])
    assert heard is not None
    assert (heard.place, heard.channel_name) == (Direct(user_ids=(8, PAT)), None)


def test_a_channel_message_has_its_place(directory: Directory) -> None:
    heard = Hearing(directory).message(channel_message("@**STUF Bot** list"), ["mentioned", "read"])
    assert heard is not None
    assert (heard.place, heard.channel_name) == (Topic(channel=4, topic="db1"), "incidents")
    assert heard.sent_at.isoformat() == "2026-11-23T18:50:34+00:00"


@pytest.mark.parametrize("sender", [12, 6, 13, 4711])
def test_only_people_of_the_organisation_are_heard(directory: Directory, sender: int) -> None:
    hearing = Hearing(directory, lambda _place, _sender: True)
    assert hearing.message(channel_message("@**STUF Bot** list", sender), ["mentioned"]) is None
    assert hearing.reaction(1, {"user_id": sender, "emoji_name": "thumbs_up"}) is None


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        ("@**STUF Bot** list", True),
        ("@**Another|12** list", True),
        ("@*oncall* and @**STUF Bot**", True),
        ("@*oncall* look", False),
        ("@*oncall* and @**Pat Plain**", False),
        ("@**The Bot's Old Name** list", True),
        ("no mention", False),
    ],
)
def test_a_group_that_holds_the_bot_does_not_mean_it(
    directory: Directory, content: str, *, meant: bool
) -> None:
    assert Hearing(directory).is_mentioned(content) is meant


def test_where_it_listens_no_flag_is_needed_but_an_edit_is_no_answer(directory: Directory) -> None:
    hearing = Hearing(
        directory, lambda place, sender: place == Topic(channel=4, topic="db1") and sender == PAT
    )
    assert hearing.message(channel_message("Acme Audit"), []) is not None
    assert hearing.message(channel_message("Acme Audit", sender=8), []) is None
    assert hearing.message(channel_message("Acme Audit", subject="elsewhere"), []) is None
    assert hearing.message(channel_message("Acme Audit"), [], edited=True) is None


def test_both_shapes_of_a_reaction(directory: Directory) -> None:
    hearing = Hearing(directory)
    for told in ({"user_id": PAT}, {"user": {"id": PAT}}):
        heard = hearing.reaction(7, {**told, "emoji_name": "thumbs_up"})
        assert heard is not None
        assert (heard.message_id, heard.user_id, heard.emoji_name) == (7, PAT, "thumbs_up")


def moved(before: str, after: str, user_id: int = PAT, **more: Any) -> dict[str, Any]:
    return {
        "id": 28,
        "type": "update_message",
        "user_id": user_id,
        "edit_timestamp": 1795459859,
        "message_id": 89,
        "stream_id": 4,
        "orig_subject": before,
        "subject": after,
        "message_ids": [89, 90],
        **more,
    }


@pytest.mark.parametrize(
    ("before", "after", "done"), [("db1 down", "✔ db1 down", True), ("✔ db1 down", "db1 down", False)]
)
def test_a_topic_that_a_person_marks(directory: Directory, before: str, after: str, done: bool) -> None:
    marked = Hearing(directory).mark(moved(before, after), "queue")
    assert marked is not None
    assert (marked.topic, marked.done, marked.user_id, marked.channel) == ("db1 down", done, PAT, 4)


@pytest.mark.parametrize(
    "event",
    [
        moved("db1 down", "db2 down"),
        moved("db1 down", "✔ db2 down"),
        moved("db1 down", "✔ db1 down", user_id=12),
        moved("db1 down", "✔ db1 down", user_id=13),
        moved("db1 down", "✔ db1 down", new_stream_id=5),
        {"type": "update_message", "message_id": 89, "user_id": PAT, "content": "✔"},
    ],
)
def test_what_marks_no_topic(directory: Directory, event: dict[str, Any]) -> None:
    """Another name, another channel, an edit; and what the bot itself or a guest does."""
    assert Hearing(directory).mark(event, "queue") is None


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded exchanges are not on this machine")
@pytest.mark.parametrize(("prefix", "done"), [("A54", True), ("A55", False)])
def test_a_mark_as_a_real_server_tells_it(directory: Directory, prefix: str, done: bool) -> None:
    (file,) = RECORDED.glob(f"{prefix}-*.json")
    events = json.loads(file.read_text())["response"]["events"]
    marked = [Hearing(directory).mark(event | {"user_id": PAT}, "queue") for event in events]
    assert [(one.topic, one.done) for one in marked if one] == [("db1 down", done)]
