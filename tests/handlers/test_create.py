"""`create`, from the first word to the operation that begins."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from talk import ADA, BOT_MENTION, OMAR, PAT, TESS, TOPIC, FakeChannels, FakeDirectory, Talk, open_talk

from provisioning import progress
from provisioning.fleet import OperationKind
from stuf_bot import audit
from stuf_bot.acts import EnsureChannel, Post
from stuf_bot.chat import plans
from stuf_bot.places import Direct
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.conversation_tables import Dialogue, PlanRow

BLOCK = """create
```yaml
name: Acme Audit
region: eu-central-1
participants:
  - ana@example.org +44 7700 900123
  - {email: ben@example.org, phone: +44 7700 900456}
```"""


def plan_key(talk: Talk) -> str:
    return next(post.key for post in talk.posts if post.key and post.key.startswith("plan:"))


def test_field_by_field_with_defaults_corrections_and_steering(talk: Talk) -> None:
    assert "What is the project called?" in talk.says(TESS, "create")
    assert "`acme-audit`" in talk.says(TESS, "Acme Audit")
    assert "lower-case letters" in talk.says(TESS, "Not A Slug!")
    assert "What is it for?" in talk.says(TESS, "skip")
    assert "short name" in talk.says(TESS, "back")
    assert "What is it for?" in talk.says(TESS, "acme-two")
    assert "Where are the files kept?" in talk.says(TESS, "skip")
    assert "region" in talk.says(TESS, "aws")
    assert "is not a region" in talk.says(TESS, "mars-north-1")
    assert "Who may upload?" in talk.says(TESS, "eu-central-1")
    assert "line 2" in talk.says(TESS, "ana@example.org, +44 7700 900123\nben@example.org, 5")
    assert "cannot be skipped" in talk.says(TESS, "skip")
    assert "which channel" in talk.says(TESS, "ana@example.org, +44 7700 900123")
    assert "name the file" in talk.says(TESS, "skip")
    answer = talk.says(TESS, "skip all")
    for part in ("acme-two", "eu-central-1", "1 person", "USD a month", "abandon acme-two"):
        assert part in answer
    assert "Started" in talk.says(TESS, "confirm")
    with talk.database.session() as session:
        stuf = talk.fleet.get(session, "acme-two")
        operation = talk.fleet.latest_operation(session, "acme-two")
    assert stuf is not None
    assert stuf.owner_id == TESS
    assert operation is not None
    assert operation.kind is OperationKind.PROVISION
    assert talk.woken
    channel = next(act for act in talk.acts if isinstance(act, EnsureChannel))
    assert (channel.name, channel.subscribers, channel.private) == ("stuf-acme-two", (TESS, OMAR), True)


def test_all_at_once(talk: Talk) -> None:
    answer = talk.says(TESS, BLOCK)
    assert "Plan: create the STUF `acme-audit`" in answer
    assert "2 people" in answer


def test_every_mistake_of_a_block_at_once_and_nothing_right_is_asked_again(talk: Talk) -> None:
    answer = talk.says(
        TESS,
        "create\n```\nname: Acme Audit\nslug: X\nregion: nowhere\naccent_colour: green\nspeed: high\n"
        "participants: ana@example.org +44 7700 900123\n```",
    )
    for part in ("**Slug**", "**Region**", "**Accent colour**", "`speed`"):
        assert part in answer
    assert "short name" in answer
    assert "In which AWS region?" in talk.says(TESS, "acme-audit")
    assert "accent colour" in talk.says(TESS, "eu-west-1").lower()
    assert "Plan: create" in talk.says(TESS, "#AABBCC")


def test_personal_data_is_asked_in_a_direct_message_whatever_the_place(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.says(TESS, "Acme Audit", TOPIC)
    for _ in range(3):
        talk.says(TESS, "skip", TOPIC)
    talk.says(TESS, "eu-west-1", TOPIC)
    places = [post.to for post in talk.posts]
    assert places == [TOPIC, Direct(user_ids=(TESS,))]
    assert "direct message" in talk.posts[0].content
    assert "which channel" in talk.says(TESS, "ana@example.org, +44 7700 900123")
    assert [post.to for post in talk.posts] == [Direct(user_ids=(TESS,)), TOPIC]
    assert "#**stuf-admin>new stufs**" in talk.posts[0].content


def test_in_a_channel_the_word_to_a_plan_needs_no_mention(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    for answer in ("Acme Audit", "skip", "skip", "skip", "eu-west-1"):
        talk.says(TESS, answer, TOPIC)
    talk.says(TESS, "ana@example.org, +44 7700 900123")
    assert "Plan: create" in talk.says(TESS, "skip all", TOPIC)
    assert talk.core.listening.listens(TOPIC, OMAR)
    assert talk.says(OMAR, "looks good", TOPIC) == ""
    assert "Only @_**|9**" in talk.says(OMAR, "confirm", TOPIC)
    assert "Started" in talk.says(TESS, "confirm", TOPIC)
    assert not talk.core.listening.listens(TOPIC, OMAR)


def test_participants_posted_in_a_channel_are_not_taken(talk: Talk) -> None:
    answer = talk.says(TESS, f"{BOT_MENTION} {BLOCK}", TOPIC)
    assert "Delete message" in answer
    assert "ana@" not in answer
    assert "no form open" in talk.says(TESS, "forms")


def test_participants_answered_in_the_channel_are_not_taken(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    for answer in ("Acme Audit", "skip", "skip", "skip", "eu-west-1"):
        talk.says(TESS, answer, TOPIC)
    assert talk.says(TESS, "I look them up", TOPIC) == ""
    assert "Delete message" in talk.says(TESS, "ana@example.org, +44 7700 900123", TOPIC)
    assert "which channel" in talk.says(TESS, "ana@example.org, +44 7700 900123")


def test_a_csv_file_is_as_good_as_lines(talk: Talk) -> None:
    talk.uploads["/user_uploads/2/ab/people.csv"] = b"email,phone\nana@example.org,+447700900123\n"
    talk.says(TESS, "create\n```\nname: Acme Audit\n```")
    assert "Plan: create" in talk.says(TESS, "[people.csv](/user_uploads/2/ab/people.csv)")


def test_a_slug_in_use_is_named(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    assert "in use already" in talk.says(TESS, BLOCK)


@pytest.mark.parametrize("who", [OMAR, PAT])
def test_somebody_elses_word_or_thumb_starts_nothing_and_they_are_told(talk: Talk, who: int) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.says(TESS, "cancel", TOPIC)
    talk.says(TESS, BLOCK)
    key = plan_key(talk)
    assert "Only" in talk.reacts(who, key)
    with talk.database.session() as session:
        assert talk.fleet.get(session, "acme-audit") is None
    assert "Started" in talk.reacts(TESS, key)


def test_a_plan_is_good_once(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    key = plan_key(talk)
    assert "Started" in talk.reacts(TESS, key)
    assert talk.reacts(TESS, key) == ""
    assert "no plan" in talk.says(TESS, "confirm")


def test_a_plan_is_good_for_fifteen_minutes(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.now += timedelta(minutes=15)
    assert "15 minutes" in talk.says(TESS, "confirm")
    with talk.database.session() as session:
        assert talk.fleet.get(session, "acme-audit") is None


def test_cancel_leaves_the_form_and_then_the_plan(talk: Talk) -> None:
    talk.says(TESS, "create")
    assert "Cancelled" in talk.says(TESS, "cancel")
    assert "nothing of yours" in talk.says(TESS, "cancel")
    talk.says(TESS, BLOCK)
    assert "Cancelled" in talk.says(TESS, "cancel")
    assert "no plan" in talk.says(TESS, "confirm")


def test_only_architects_create(talk: Talk) -> None:
    answer = talk.says(PAT, "create")
    assert "@_*architects*" in answer
    assert not [act for act in talk.acts if not isinstance(act, Post)]


def test_a_changing_command_that_waited_long_is_not_run(talk: Talk) -> None:
    assert "while I was away" in talk.says(TESS, "create", age=timedelta(minutes=11))
    assert "I create, deploy" in talk.says(TESS, "help", age=timedelta(minutes=11))


def test_a_dialogue_goes_on_after_a_restart(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    again = open_talk(talk.path)
    assert again.core.listening.listens(TOPIC, TESS)
    assert not again.core.listening.listens(TOPIC, OMAR)
    assert "short name" in again.says(TESS, "Acme Audit", TOPIC)


def test_forms_are_listed_and_go_on_where_one_wants(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.says(TESS, "Acme Audit", TOPIC)
    listed = talk.says(TESS, "forms")
    assert "1 of 13 answered" in listed
    assert "#**stuf-admin>new stufs**" in listed
    assert "short name" in talk.says(TESS, "resume")
    assert "What is it for" in talk.says(TESS, "acme-audit")
    assert not talk.core.listening.listens(TOPIC, TESS)
    assert "form open" in talk.says(PAT, "resume")


def test_a_second_form_in_one_place_does_not_forget_the_first(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.says(TESS, "Acme Audit", TOPIC)
    assert "still open here" in talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    assert "short name" in talk.says(TESS, f"{BOT_MENTION} resume", TOPIC)


def test_several_people_are_asked_in_one_topic(talk: Talk) -> None:
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.says(ADA, f"{BOT_MENTION} create", TOPIC)
    talk.says(TESS, "Acme Audit", TOPIC)
    talk.says(ADA, "Beta", TOPIC)
    assert "acme-audit" in talk.says(TESS, f"{BOT_MENTION} resume", TOPIC)
    assert "beta" in talk.says(ADA, f"{BOT_MENTION} resume", TOPIC)


def test_what_nobody_goes_on_with_is_forgotten_with_a_note(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.says(TESS, f"{BOT_MENTION} create", TOPIC)
    talk.now += timedelta(days=1)
    with talk.database.session() as session:
        notes = [*plans.expire(session, talk.now), *talk.core.dialogues.expire(session, talk.now)]
        assert [note.to for note in notes] == [Direct(user_ids=(TESS,)), TOPIC]
        assert not session.scalars(select(Dialogue)).all()
        assert [row.payload for row in session.scalars(select(PlanRow))] == [{}]
        assert plans.expire(session, talk.now) == []


def test_a_command_in_the_middle_of_a_form_is_no_answer(talk: Talk) -> None:
    talk.says(TESS, "create")
    answer = talk.says(TESS, "list")
    assert "not run `list`" in answer
    assert "What is the project called?" in answer
    assert "short name" in talk.says(TESS, "Test")


def test_a_logo_is_attached_and_waits_for_storage(talk: Talk) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    talk.uploads |= {"/user_uploads/2/ab/logo.png": picture, "/user_uploads/2/ab/virus.exe": b"MZ"}
    talk.says(TESS, BLOCK.replace("region: eu-central-1", "logo: '[x](/user_uploads/2/ab/virus.exe)'"))
    assert "PNG or JPEG" in talk.says(TESS, "[virus.exe](/user_uploads/2/ab/virus.exe)")
    assert "with your logo" in talk.says(TESS, "[logo.png](/user_uploads/2/ab/logo.png)")
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        stuf = talk.fleet.get(session, "acme-audit")
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        assert ("config/logo.png", "image/png", picture) in progress.pending(session, operation.attempt_id)
    assert stuf is not None
    assert stuf.spec.branding.logo == "config/logo.png"
    assert "base64" not in stuf.spec.model_dump_json()


def test_a_channel_that_one_is_not_in_cannot_be_named(talk: Talk) -> None:
    answer = talk.says(TESS, BLOCK.replace("region: eu-central-1", "channel: secret-room"))
    assert "that you are not in" in answer
    assert "which channel" in answer


@pytest.mark.parametrize("name", ["a** @**all** x", "a>b", "`x`", "@all"])
def test_a_channel_name_cannot_break_out_of_a_link(talk: Talk, name: str) -> None:
    assert "**Notification channel**" in talk.says(
        TESS, BLOCK.replace("region: eu-central-1", f"channel: '{name}'")
    )


def test_operators_are_not_added_to_a_channel_that_exists(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FakeChannels.members, "own-room", {TESS})
    talk.says(TESS, BLOCK.replace("region: eu-central-1", "channel: own-room"))
    talk.says(TESS, "confirm")
    assert next(act for act in talk.acts if isinstance(act, EnsureChannel)).subscribers == (TESS,)


def test_who_is_no_architect_any_more_cannot_confirm(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.says(TESS, BLOCK)
    key = plan_key(talk)
    monkeypatch.setitem(FakeDirectory.groups, "architects", set())
    assert "@_*architects*" in talk.reacts(TESS, key)
    assert "@_*architects*" in talk.says(TESS, "confirm")
    with talk.database.session() as session:
        assert talk.fleet.get(session, "acme-audit") is None


def test_a_thumb_on_the_question_below_the_plan_counts_and_is_on_record(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    key = plan_key(talk)
    assert "Only" in talk.reacts(OMAR, f"{key}:ask")
    assert "Started" in talk.reacts(TESS, f"{key}:ask")
    with talk.database.session() as session:
        entries = [e for e in session.scalars(select(AuditEntry)) if e.tag == "chat:plan:confirmed"]
        assert [(e.actor_id, e.outcome, e.reason_code) for e in entries] == [
            (OMAR, "refused", "not-yours"),
            (TESS, "done", ""),
        ]
        assert all(e.details["stuf"] == "acme-audit" for e in entries)
        assert audit.verify(session) is None
