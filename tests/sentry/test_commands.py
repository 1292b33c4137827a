"""Issues worked on from chat: what Sentry is asked, and what people are told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from little_sentry import COLLEEN
from sentry_room import BOT, Room, changed
from sqlalchemy import select
from talk import ADA, GUEST, OMAR, PAT, TESS

import handlers
from handlers import _deployments
from handlers._deployments import Deployment
from stuf_bot.acts import Drawing
from stuf_bot.chat.files import content_of
from stuf_bot.errands import ErrandRefused
from stuf_bot.store.audit_tables import AuditEntry

ID = "STUF-ACME-AUDIT-1F"


@pytest.mark.parametrize(
    ("typed", "status", "details", "shown"),
    [
        ("resolve", "resolved", {}, "✅ resolved ·"),
        ("resolve in next release", "resolved", {"inNextRelease": True}, "✅ resolved in the next release"),
        ("resolve in v13", "resolved", {"inRelease": "v13"}, "✅ resolved in `v13`"),
        ("archive", "ignored", {}, "🗄️ archived until it escalates"),
        ("archive until escalating", "ignored", {}, "🗄️ archived until it escalates"),
        ("archive for 3 days", "ignored", {"ignoreDuration": 4320}, "🗄️ archived"),
        ("archive after 100 events", "ignored", {"ignoreCount": 100}, "🗄️ archived until 100 more events"),
        ("archive forever", "ignored", {}, "🗄️ archived ·"),
    ],
)
def test_what_is_typed_in_its_topic_is_done_in_sentry(
    room: Room, issue: str, typed: str, status: str, details: dict[str, object], shown: str
) -> None:
    answer = room.says(TESS, typed, issue)
    assert "I have asked Sentry to" in answer
    room.settle()
    assert room.sentry.issues["1"]["status"] == status
    assert room.sentry.issues["1"]["statusDetails"] == details
    assert shown in room.card()
    assert room.done() is (status == "resolved")
    assert room.reactions == [(room.talk.last, "check_mark")]
    assert room.news() == []


def test_elsewhere_the_short_id_says_which(room: Room, issue: str) -> None:
    assert "Type it in the topic of that issue" in room.says(OMAR, "resolve")
    assert "I have asked Sentry to resolve it" in room.says(OMAR, f"resolve {ID.lower()}")
    room.settle()
    assert room.done()
    room.says(OMAR, f"unresolve {ID}")
    room.settle()
    assert not room.done()
    assert "There is no issue `ACME-9` that you may see" in room.says(OMAR, "resolve ACME-9")


def test_what_is_not_understood_says_what_to_type(room: Room, issue: str) -> None:
    assert "`resolve in next release`" in room.says(TESS, "resolve soon", issue)
    assert "`archive for 3 days`" in room.says(TESS, "archive for a bit", issue)
    assert "`priority high`" in room.says(TESS, "priority urgent", issue)
    assert "`assign #team`" in room.says(TESS, "assign Nobody Known", issue)
    assert "behind `unresolve`" in room.says(TESS, "unresolve it all", issue)
    assert changed(room) == []


def test_who_may_and_who_may_not(room: Room, issue: str) -> None:
    for typed in ("resolve", "archive", "priority low", "assign nobody", "comment no"):
        answer = room.says(PAT, typed, issue)
        assert f"There is no issue `{ID}` that you may see" in answer
    room.says(GUEST, "resolve", issue)
    assert changed(room) == []
    for who in (TESS, OMAR, ADA):
        room.says(who, "priority low", issue)
    assert len(changed(room)) == 3


def test_an_issue_of_no_stuf_is_for_operators(room: Room) -> None:
    room.sentry.raises("3", project={"id": "99", "slug": "elsewhere", "name": "x"})
    room.settle()
    for typed in ("resolve", "chart"):
        assert "There is no issue" in room.says(TESS, f"{typed} STUF-ACME-AUDIT-3F")
    assert "I have asked Sentry" in room.says(OMAR, "resolve STUF-ACME-AUDIT-3F")


@pytest.mark.parametrize("typed", ["resolve {id}", "chart {id}", "assign {id} me", "comment {id} well"])
@pytest.mark.parametrize("spelt", [str.upper, str.lower])
def test_what_one_may_not_see_is_as_unknown_as_what_does_not_exist(
    room: Room, issue: str, typed: str, spelt: Callable[[str], str]
) -> None:
    room.sentry.raises("3", project={"id": "99", "slug": "elsewhere", "name": "x"})
    room.settle()
    none = spelt("STUF-ACME-AUDIT-9Z")
    unknown = room.says(PAT, typed.format(id=none))
    assert none in unknown or "is about one issue" in unknown
    for hidden in (spelt(ID), spelt("STUF-ACME-AUDIT-3F")):
        assert room.says(PAT, typed.format(id=hidden)).replace(hidden, none) == unknown
    assert changed(room) == []


def test_priority_and_assignment(room: Room, issue: str) -> None:
    room.knows(TESS, "tess")
    room.knows(TESS + 100, "nobody here")
    room.says(OMAR, "priority high", issue)
    room.says(OMAR, "assign @**Tess Architect**", issue)
    room.settle()
    assert "(Sentry says `high`)" in room.card()
    assert "@**|9** this is assigned to you now by @_**|10**" in room.news()[0]
    room.says(OMAR, "assign #backend", issue)
    room.settle()
    assert "Assigned to the team `backend`" in room.card()
    room.says(OMAR, "assign nobody", issue)
    room.settle()
    assert "Assigned to" not in room.card()
    assert "`@STUF Bot me sentry`" in room.says(OMAR, "assign me", issue)


def test_a_comment_needs_no_mention_in_the_topic_and_is_confirmed_by_a_reaction(
    room: Room, issue: str
) -> None:
    assert room.says(TESS, "comment see #12\nlist of things\nretry it", issue, mentioned=False) == ""
    assert room.reactions == []
    room.settle()
    assert [one["text"] for one in room.sentry.comments["1"]] == [
        "Tess Architect (in Zulip): see #12\nlist of things\nretry it"
    ]
    assert room.reactions == [(room.talk.last, "check_mark")]
    assert room.news() == []


def test_prose_to_the_bot_in_the_topic_is_a_comment(room: Room, issue: str) -> None:
    room.says(TESS, "this comes from the bucket's policy, I think.\nstatus of it: being looked at", issue)
    room.settle()
    assert room.sentry.comments["1"][0]["text"].startswith("Tess Architect (in Zulip): this comes from")
    assert room.sentry.comments["1"][0]["text"].endswith("being looked at")


def test_a_slip_of_a_command_is_no_comment(room: Room, issue: str) -> None:
    assert "Did you mean this?" in room.says(TESS, "resolv in next release", issue)
    assert room.sentry.comments["1"] == []


def test_nothing_is_heard_that_is_not_meant(room: Room, issue: str) -> None:
    assert room.says(TESS, "I looked at it", issue, mentioned=False) == ""
    assert room.says(TESS, "comment elsewhere", mentioned=False) == ""
    assert room.says(TESS, "commented already", issue, mentioned=False) == ""
    assert room.talk.core.invites("stuf-acme-audit", room.topic(), f"Comment {BOT}") is True
    assert room.talk.core.invites("another", room.topic(), "comment x") is False
    room.settle()
    assert room.sentry.comments["1"] == []
    assert "I did not recognise" in room.says(TESS, "what is this about, please?")


def test_a_comment_whose_answer_got_lost_is_there_once(room: Room, issue: str) -> None:
    room.says(TESS, "comment once", issue)
    room.work(lose_answers=True)
    room.settle()
    assert len(room.sentry.comments["1"]) == 1
    assert room.news() == []


def test_a_comment_told_before_it_is_answered_is_not_echoed(room: Room, issue: str) -> None:
    room.says(TESS, "comment quick", issue)
    room.sentry.says("1", "Tess Architect (in Zulip): quick", COLLEEN)
    room.deliver()
    assert room.news() == []


def test_personal_data_in_a_comment_is_refused(room: Room, issue: str) -> None:
    assert "an e-mail address" in room.says(TESS, "comment ask ana@example.org", issue, mentioned=False)
    room.settle()
    assert room.sentry.comments["1"] == []


def test_what_sentry_refuses_is_told_with_what_to_type(room: Room, issue: str) -> None:
    room.sentry.refuses = "You may not do that."
    room.says(TESS, "resolve in v13", issue)
    room.says(TESS, "comment hello", issue)
    room.settle()
    told = [text for key, text in room.said.items() if key.startswith("sentry:errand")]
    assert "@**|9**: Sentry did not take that (`sentry-forbidden`): `You may not do that.`" in told[0]
    assert f"`@STUF Bot resolve {ID} in v13`" in told[0]
    assert "did not take your comment" in told[1]
    assert room.reactions == []


def test_errors_are_listed_the_most_important_first(room: Room, issue: str) -> None:
    room.knows(TESS, "tess")
    room.sentry.now += timedelta(hours=1)
    with room.talk.database.session() as session:
        done = Deployment("op-1", _deployments.OPERATION, "production", room.sentry.now, version="1.4.2")
        _deployments.note(session, "acme-audit", done)
    room.sentry.now += timedelta(hours=1)
    room.sentry.raises(
        "2",
        userCount=50,
        assignedTo={"type": "user", "id": "32", "name": "Tess T.", "email": "t@example.org"},
    )
    room.sentry.raises("3", status="resolved", substatus=None)
    room.sentry.raises("4", status="ignored", substatus="archived_forever")
    room.settle()
    listed = room.says(TESS, "errors acme-audit")
    assert listed.index("AUDIT-2F") < listed.index("AUDIT-1F") < listed.index("AUDIT-4F")
    assert "AUDIT-3F" not in listed
    assert "3 errors of `acme-audit`" in listed
    assert "AUDIT-4F" not in room.says(TESS, "errors acme-audit unresolved")
    assert "1 error of `acme-audit` (assigned to you)" in room.says(TESS, "errors mine")
    assert "AUDIT-1F" not in room.says(TESS, "errors acme-audit since deploy")
    assert "AUDIT-2F" in room.says(OMAR, "errors all")
    assert "No errors" in room.says(PAT, "errors all")
    assert "There is no STUF" in room.says(PAT, "errors acme-audit")
    assert "`unresolved`" in room.says(TESS, "errors acme-audit since yesterday")


def test_many_are_changed_by_a_plan_that_names_each(room: Room, issue: str) -> None:
    room.sentry.now += timedelta(days=40)
    room.sentry.raises("2")
    room.settle()
    plan = room.says(OMAR, "resolve all in acme-audit older than 30d")
    assert f"`{ID}`" in plan
    assert "AUDIT-2F" not in plan
    assert "**Plan: resolve 1 error of `acme-audit`, last seen more than 30 d ago**" in plan
    assert changed(room) == []
    room.says(OMAR, "confirm")
    room.settle()
    assert room.sentry.issues["1"]["status"] == "resolved"
    assert room.sentry.issues["2"]["status"] == "unresolved"
    assert "has no unresolved errors, last seen" in room.says(
        OMAR, "archive all in acme-audit older than 30d"
    )
    assert "older than 30d" in room.says(OMAR, "resolve all now")
    assert "There is no STUF" in room.says(PAT, "resolve all in acme-audit")


def test_a_plan_is_void_where_others_came_meanwhile(room: Room, issue: str) -> None:
    room.says(OMAR, "archive all in acme-audit")
    room.sentry.raises("2")
    room.settle()
    assert "has changed meanwhile" in room.says(OMAR, "confirm")
    assert changed(room) == []


def test_a_chart_is_a_picture_and_the_same_in_words(room: Room, issue: str) -> None:
    room.sentry.issues["1"]["stats"]["24h"] = [[hour, hour % 7] for hour in range(24)]
    room.sentry.raises("1")
    room.looks()
    words = room.says(TESS, "chart", issue)
    assert "67 events, steady. The most in an hour: 6" in words
    (picture,) = room.talk.posts[0].files
    assert isinstance(picture, Drawing)
    content = content_of(picture, handlers.drawings()) or b""
    assert content.startswith(b"\x89PNG")
    assert len(content) < 60_000
    assert "There is no issue" in room.says(PAT, f"chart {ID}")


def test_without_sentrys_api_webhooks_are_told_and_nothing_is_changed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> bool:
        raise KeyError("sentry.details")

    monkeypatch.setattr(room.talk.errands, "put", unknown)
    room.sentry.raises("1")
    room.sentry.changed("1", {"status": "resolved"}, COLLEEN)
    room.deliver()
    assert room.done()
    assert "not connected to Sentry's API" in room.says(TESS, "unresolve", "1")
    assert "not connected to Sentry's API" in room.says(TESS, "comment hello", "1")


def test_what_was_asked_is_in_the_audit_log(room: Room, issue: str) -> None:
    room.says(TESS, "resolve in v13", issue)
    room.marks_topic(OMAR, issue, done=True)
    with room.talk.database.session() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.tag == "chat:issue:resolved")).all()
        assert [entry.actor_id for entry in entries] == [TESS, OMAR]


def test_an_errand_that_never_came_through_is_told(
    room: Room, issue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(kind: str, payload: object) -> dict[str, object]:
        del kind, payload
        raise ErrandRefused("unavailable", "the service has not answered for a day")

    room.says(TESS, "archive", issue)
    monkeypatch.setattr(room.sentry, "runs", away)
    room.work()
    assert any("(`unavailable`)" in text for text in room.said.values())
