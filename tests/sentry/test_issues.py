"""What becomes of an issue in its topic: the card, news, done or not."""

from datetime import timedelta

from little_sentry import BOT, COLLEEN, SENTRY, Webhook
from sentry_room import Room
from talk import OMAR, TESS

from handlers import _deployments
from handlers._deployments import Deployment
from stuf_bot.acts import Lane


def test_a_new_issue_is_a_card_at_once_and_whole_soon_after(room: Room) -> None:
    room.sentry.raises("1")
    room.deliver()
    assert room.topic() == "STUF-ACME-AUDIT-1F KeyError: 'size'"
    assert "🆕 new · `error` · in `stuf_api.uploads in complete` · STUF `acme-audit`" in room.card()
    assert "journal.write" not in room.card()
    room.work()
    assert "release `v12` · `production`" in room.card()
    assert "stuf_api/uploads.py:41 in complete\n    journal.write(upload)" in room.card()
    assert "▁█ **1** · 1 person affected" in room.card()
    assert "Priority **medium**: 1 event for 1 person, new today, uploads are affected" in room.card()
    assert not room.done()
    assert room.news() == []


def test_what_hits_many_who_upload_goes_before_everything_else(room: Room) -> None:
    room.sentry.raises("1", userCount=40, count="300")
    room.sentry.raises("2", title="ValueError", culprit="stuf_api.signin in renew", userCount=1)
    room.sentry.issues["1"]["stats"]["24h"] = [[hour, 12] for hour in range(24)]
    room.settle()
    assert (
        "Priority **high**: 288 events for 40 people, uploads are affected (Sentry says `medium`)"
        in room.card()
    )
    assert room.lanes["relay:sentry:issue:1:card"] is Lane.INCIDENT
    assert room.lanes["relay:sentry:issue:2:card"] is Lane.SENTRY


def test_nothing_of_a_person_is_shown_or_kept(room: Room) -> None:
    room.sentry.raises("1", title="no user ana@example.org at 203.0.113.9 (+44 7700 900123)")
    room.sentry.changed("1", {"assignedTo": "user:colleen"}, COLLEEN)
    room.settle()
    shown = room.card() + str(room.record()) + room.topic() + "".join(room.news())
    for personal in ("ana@", "203.0.113", "900123", "x@example.org", "vars"):
        assert personal not in shown
    assert "no user … at …" in room.card()


def test_an_error_soon_after_a_deployment_names_it(room: Room) -> None:
    with room.talk.database.session() as session:
        done = Deployment("op-1", _deployments.OPERATION, "production", room.talk.now, version="1.4.2")
        _deployments.note(session, "acme-audit", done)
    room.sentry.now += timedelta(minutes=6)
    room.sentry.raises("1")
    room.settle()
    assert "⚠️ First seen 6 min after deployment v1 (`1.4.2`)." in room.card()
    assert "`errors acme-audit since deploy`" in room.card()
    room.sentry.now += timedelta(days=1)
    room.sentry.raises("2")
    room.settle()
    assert "deployment" not in room.card("2")


def test_resolved_in_sentry_resolves_the_topic_and_regressed_is_news(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.changed("1", {"status": "resolved", "statusDetails": {"inNextRelease": True}}, COLLEEN)
    room.settle()
    assert room.done()
    assert "✅ resolved in the next release" in room.card()
    assert room.news() == []
    room.sentry.raises("1")
    room.settle()
    assert not room.done()
    assert "🔁 regressed" in room.card()
    assert len(room.news()) == 1
    assert "🔁 It is back: it was resolved, and has happened again in `v12`" in room.news()[0]


def test_escalating_is_news_once(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.escalates("1")
    room.deliver(*room.sentry.sent[-1:], *room.sentry.sent[-1:])
    room.settle()
    assert [text for text in room.news() if "It escalates" in text] == room.news()
    assert len(room.news()) == 1


def test_an_old_webhook_says_nothing_that_is_no_longer_so(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.changed("1", {"status": "resolved"}, COLLEEN)
    room.sentry.changed("1", {"status": "unresolved"}, COLLEEN)
    resolved, unresolved = room.sentry.sent[-2:]
    room.deliver(unresolved, resolved, resolved)
    room.work()
    assert not room.done()
    assert "🔴 unresolved" in room.card()


def test_assigned_to_a_known_person_asks_them_once(room: Room) -> None:
    room.knows(TESS, "colleen")
    room.sentry.raises("1")
    room.sentry.changed("1", {"assignedTo": "user:colleen"}, {"type": "user", "id": 33, "name": "omar"})
    room.settle()
    room.settle()
    assert "Assigned to @_**|9**" in room.card()
    assert len(room.news()) == 1
    room.sentry.raises("2")
    room.settle()
    room.sentry.changed("2", {"assignedTo": "user:colleen"}, {"type": "user", "id": 33, "name": "omar"})
    room.settle()
    assert room.news("2")[0].startswith("@**|9** this is assigned to you now by `omar`.")


def test_assigned_to_themselves_or_to_a_stranger_asks_nobody(room: Room) -> None:
    room.knows(TESS, "colleen")
    room.sentry.raises("1")
    room.settle()
    room.sentry.changed("1", {"assignedTo": "user:colleen"}, COLLEEN)
    room.settle()
    room.sentry.changed("1", {"assignedTo": "user:99"}, COLLEEN)
    room.settle()
    room.sentry.changed("1", {"assignedTo": "team:backend"}, COLLEEN)
    room.settle()
    assert not any("@**" in text for text in room.news())
    assert "Assigned to the team `backend`" in room.card()


def test_archived_says_until_when(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.changed("1", {"status": "ignored", "statusDetails": {"ignoreCount": 100}}, COLLEEN)
    room.settle()
    assert "🗄️ archived until 100 more events" in room.card()
    assert not room.done()


def test_archived_and_its_older_name_are_one(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.changed("1", {"status": "ignored"}, COLLEEN)
    archived = room.sentry.sent[-1]
    room.deliver(archived, Webhook("issue.ignored", archived.body, "webhook-older"))
    room.work()
    assert "🗄️ archived" in room.card()
    assert room.news() == []


def test_a_comment_in_sentry_is_news_by_whom_once(room: Room) -> None:
    room.knows(TESS, "colleen")
    room.sentry.raises("1")
    room.settle()
    room.sentry.says("1", "seen it too, mail ana@example.org @**all**", COLLEEN)
    told = room.sentry.sent[-1]
    room.deliver(told, Webhook(told.kind, told.body, "again"))
    assert room.news() == ["💬 @_**|9** in Sentry:\n```text\nseen it too, mail … @**all**\n```"]


def test_a_comment_before_the_issue_is_known_is_told_with_it(room: Room) -> None:
    room.sentry.raises("1")
    room.sentry.says("1", "what is this?", COLLEEN)
    room.deliver(room.sentry.sent[-1])
    assert room.card() == ""
    room.work()
    assert "KeyError" in room.card()
    assert "`colleen` in Sentry:" in room.news()[0]


def test_our_own_acts_are_not_told_back(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.says("1", "by the bot", BOT)
    room.sentry.changed("1", {"status": "resolved"}, BOT)
    room.deliver()
    assert room.news() == []
    assert [key for key in room.talk.errands.put_in if key not in room._ended] == []


def test_an_alert_about_an_unknown_issue_asks_for_it_first(room: Room) -> None:
    room.sentry.raises("5")
    event = {
        "issue_id": "5",
        "title": "KeyError",
        "url": "https://sentry.example.org/api/0/projects/acme/stuf-acme-audit/events/1/",
        "user": {"ip_address": "203.0.113.9", "email": "ana@example.org"},
        "request": {"data": "secret"},
        "tags": [["environment", "production"]],
        "exception": {
            "values": [{"stacktrace": {"frames": [{"filename": "a.py", "in_app": True, "lineno": 3}]}}]
        },
    }
    body = {"data": {"event": event, "triggered_rule": "new issue"}, "actor": SENTRY}
    room.deliver(Webhook("event_alert.triggered", body, "alert-1"))
    assert room.card("5") == ""
    room.work()
    assert "STUF-ACME-AUDIT-5F" in room.topic("5")
    room.deliver(Webhook("event_alert.triggered", body, "alert-2"))
    assert "a.py:3" in room.card("5")
    assert "secret" not in str(room.record("5"))


def test_an_issue_that_is_deleted_in_sentry_is_over(room: Room) -> None:
    room.sentry.raises("1")
    room.settle()
    room.sentry.deletes("1")
    room.looks()
    assert "🗑️ no longer in Sentry" in room.card()
    assert room.done()
    room.looks()
    assert "no longer in Sentry" in room.says(OMAR, "resolve", "1")


def test_what_no_webhook_told_is_found_by_looking(room: Room) -> None:
    room.sentry.raises("1")
    room.sentry.raises("2")
    room.deliver(room.sentry.sent[0])
    room.heard = len(room.sentry.sent)
    room.work()
    room.sentry.changed("1", {"status": "resolved"}, COLLEEN)
    room.heard = len(room.sentry.sent)
    room.looks()
    assert room.done("1")
    assert "KeyError" in room.card("2")


def test_what_is_no_such_webhook_is_kept_for_administrators(room: Room) -> None:
    room.deliver(
        Webhook("issue.created", {"data": {"issue": {"title": "no id"}}}, "a"),
        Webhook("issue.created", {"data": {"issue": 5}}, "b"),
        Webhook("something.new", {"data": {}}, "c"),
        Webhook("metric_alert.critical", {"data": {"metric_alert": {}}}, "d"),
        Webhook("comment.created", {"data": {}}, "e"),
        Webhook("event_alert.triggered", {"data": {"event": {"issue_id": 3, "tags": 5}}}, "f"),
    )
    assert room.cards == {}


def test_other_projects_of_the_organization_are_nobodys_business_here(room: Room) -> None:
    room.sentry.raises("1", project={"id": "12", "slug": "another", "name": "another"})
    room.sentry.says("1", "hello", COLLEEN)
    body = {"data": {"event": {"issue_id": "8", "project": 12}}, "actor": SENTRY}
    room.deliver(Webhook("event_alert.triggered", body, "another"))
    room.settle()
    assert room.cards == {}
    assert room.said == {}


def alert(action: str, incident: int = 1, name: str = "", **told: int) -> Webhook:
    data = {
        "metric_alert": {
            "alert_rule": {"id": "7", "name": "Too many errors", "projects": ["stuf-acme-audit"]},
            "identifier": str(incident),
            "projects": ["stuf-acme-audit"],
            **told,
        },
        "description_text": "1000 events in the last 10 minutes",
        "web_url": "https://sentry.example.org/organizations/acme/alerts/1/",
    }
    return Webhook(
        f"metric_alert.{action}", {"data": data, "actor": SENTRY}, f"alert-{action}-{incident}{name}"
    )


def test_a_late_warning_takes_nothing_back_and_a_second_one_says_less(room: Room) -> None:
    key = "relay:sentry:alert:7:card"
    room.deliver(alert("critical"), alert("warning"))
    assert "🔴 **critical**" in room.cards[key]
    assert not any("warning" in text for text in room.said.values())
    # By now it is critical: this was sent late, as often as it comes.
    room.deliver(alert("warning", name="late", status=20))
    assert "🔴 **critical**" in room.cards[key]
    room.deliver(alert("warning", name="again", status=10))
    assert "🟠 **warning**" in room.cards[key]
    room.deliver(alert("critical", name="again"), alert("resolved"), alert("warning", name="old"))
    assert "✅ **resolved**" in room.cards[key]
    # Of the next one nothing is known.
    room.deliver(alert("critical", 2), alert("warning", 2))
    assert "🔴 **critical**" in room.cards[key]


def test_a_metric_alert_has_one_topic_that_is_resolved_while_all_is_well(room: Room) -> None:
    key = "relay:sentry:alert:7:card"
    room.deliver(alert("warning"), alert("critical"), alert("critical"))
    assert "🔴 **critical**: `Too many errors`" in room.cards[key]
    assert "STUF `acme-audit`" in room.cards[key]
    assert len([text for text in room.said.values() if "Too many errors" in text]) == 2
    room.deliver(alert("resolved"), alert("critical"))
    assert "✅ **resolved**" in room.cards[key]
    assert room.marks["sentry:alert:7"] is True
    room.deliver(alert("critical", 2))
    assert room.marks["sentry:alert:7"] is False
