"""Alarms of AWS and Azure: one alarm, one topic, one card, whatever the order."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from delivery_desk import Desk, a_stuf

from handlers.alarms.reading import State, read
from handlers.alarms.relay import stuf_of
from handlers.alarms.standing import QUIET_FOR
from stuf_bot.acts import Lane

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

ODD: list[dict[str, Any]] = [
    {},
    {"Message": "no JSON"},
    {"Message": "[]"},
    {"Message": '{"AlarmName": 1, "NewStateValue": "ALARM"}'},
    {"Message": '{"AlarmName": "a", "NewStateValue": "SOMETHING"}'},
    {
        "Message": '{"AlarmName":"a","NewStateValue":"OK","Trigger":[1],"StateChangeTime":"?","AlarmArn":":::::"}'
    },
    {
        "Message": '{"AlarmName":"a","NewStateValue":"ALARM","Trigger":{"Metrics":[{"MetricStat":3},7],"Dimensions":[7]}}'
    },
    {"data": 1},
    {"data": {"essentials": {"alertRule": "a", "monitorCondition": "Fired", "alertTargetIDs": [1, "/x/y"]}}},
]


def aws(state: str, at: datetime, name: str = "stuf-acme-audit-errors", **more: Any) -> dict[str, Any]:
    """A message of SNS as the door keeps it, with an alarm as CloudWatch writes it."""
    told = {
        "AlarmName": name,
        "AlarmDescription": "The API answered with an error of its own",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint [5.0 (23/11/26 07:59:00)] was greater than 0.0.",
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": ARN + name,
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"value": "stuf-acme-audit", "name": "FunctionName"}],
            "Threshold": 0.0,
        },
        **more,
    }
    return {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:stuf",
        "Message": json.dumps(told),
    }


def azure(condition: str, at: datetime, alert: str = "a1", **more: Any) -> dict[str, Any]:
    """An alert of Azure Monitor in the common schema."""
    times = {"firedDateTime": START.isoformat()} | (
        {"resolvedDateTime": at.isoformat()} if condition == "Resolved" else {}
    )
    essentials = {
        "alertId": f"/subscriptions/1/providers/Microsoft.AlertsManagement/alerts/{alert}",
        "alertRule": "storage is slow",
        "severity": "Sev2",
        "monitorCondition": condition,
        "monitoringService": "Platform",
        "alertTargetIDs": [
            "/subscriptions/1/resourcegroups/stuf-acme-audit/providers/microsoft.storage/storageaccounts/acmefiles"
        ],
        "configurationItems": ["acmefiles"],
        "description": "Ask ana@example.org",
        **times,
        **more,
    }
    metric = {
        "metricName": "SuccessE2ELatency",
        "metricValue": 812.5,
        "operator": "GreaterThan",
        "threshold": "500",
    }
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {"essentials": essentials, "alertContext": {"condition": {"allOf": [metric]}}},
    }


@pytest.fixture(autouse=True)
def _a_stuf(desk: Desk) -> None:
    a_stuf(desk, "acme")
    a_stuf(desk, "acme-audit")


def alarm(desk: Desk, state: str, after: timedelta = timedelta(), **more: Any) -> None:
    at = START + after
    desk.talk.now = max(desk.talk.now, at)
    desk.brings("cloud", "sns.alarm", aws(state, at, **more))


def card(desk: Desk) -> dict[str, Any]:
    """The newest card."""
    return [content for kind, content in desk.said if kind == "card"][-1]


def posts(desk: Desk) -> list[dict[str, Any]]:
    return [content for kind, content in desk.said if kind == "post"]


def test_one_that_fires_is_told_at_once_in_the_topic_of_its_stuf(desk: Desk) -> None:
    alarm(desk, "ALARM")
    (post,) = posts(desk)
    assert (
        post["to"]
        == card(desk)["to"]
        == {"kind": "topic", "channel": "stuf-acme-audit", "topic": "stuf-acme-audit-errors"}
    )
    assert post["lane"] == card(desk)["lane"] == Lane.INCIDENT
    assert (
        "🔥 The alarm `stuf-acme-audit-errors` fires since <time:2026-11-23T08:00:00+0000>" in post["content"]
    )
    assert "`Threshold Crossed: 1 datapoint [5.0" in post["content"]
    assert "`status acme-audit`" in post["content"]
    assert "🔴 **Firing** since" in card(desk)["content"]
    assert "`AWS/Lambda Errors, FunctionName stuf-acme-audit, eu-west-1`" in card(desk)["content"]
    assert (
        "(https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/stuf-acme-audit-errors)"
        in card(desk)["content"]
    )


def test_one_that_is_quiet_again_is_done(desk: Desk) -> None:
    alarm(desk, "ALARM")
    alarm(desk, "OK", timedelta(minutes=7))
    assert (
        "🟢 **Quiet** since <time:2026-11-23T08:07:00+0000>; it had fired for 7 min" in card(desk)["content"]
    )
    assert [content["done"] for kind, content in desk.said if kind == "resolve_topic"] == [True]
    assert len(posts(desk)) == 1
    alarm(desk, "ALARM", timedelta(hours=2))
    assert [content["done"] for kind, content in desk.said if kind == "resolve_topic"][-1] is False
    assert "It has fired 2 times in 24 hours" in posts(desk)[-1]["content"]


def test_one_that_flaps_is_counted_on_its_card(desk: Desk) -> None:
    for number in range(5):
        alarm(desk, "ALARM", timedelta(minutes=2 * number))
        alarm(desk, "OK", timedelta(minutes=2 * number + 1))
    assert len(posts(desk)) == 1
    assert "Fired 5 times in the last 24 hours" in card(desk)["content"]
    alarm(desk, "ALARM", QUIET_FOR + timedelta(seconds=1))
    assert len(posts(desk)) == 2


def test_a_new_alarm_that_is_quiet_says_nothing(desk: Desk) -> None:
    alarm(desk, "INSUFFICIENT_DATA")
    alarm(desk, "OK", timedelta(minutes=1))
    assert desk.said == []


def test_any_order_ends_in_the_same_state(desk: Desk) -> None:
    for order in list(permutations(range(4)))[::3]:
        _in_this_order(desk, order)


def _in_this_order(desk: Desk, order: tuple[int, ...]) -> None:
    changes = [("ALARM", 0), ("OK", 30), ("ALARM", 60), ("OK", 61)]
    desk.talk.now = START + timedelta(hours=2)
    for number in order:
        state, minutes = changes[number]
        body = aws(state, START + timedelta(minutes=minutes), f"stuf-acme-{order}")
        desk.brings("cloud", "sns.alarm", body, id=f"{order}{number}")
        assert not desk.brings("cloud", "sns.alarm", body, id=f"{order}{number}")
    key = f"cloud:{ARN}stuf-acme-{order}"
    about = [(kind, content) for kind, content in desk.said if key in content["key"]]
    cards = [content for kind, content in about if kind == "card"]
    assert (
        "🟢 **Quiet** since <time:2026-11-23T09:01:00+0000>; it had fired for 1 min" in cards[-1]["content"]
    )
    assert "Fired 2 times" in cards[-1]["content"]
    assert [content["done"] for kind, content in about if kind == "resolve_topic"][-1]
    assert [kind for kind, _ in about].count("post") <= 2


def test_no_data_is_neither_firing_nor_over(desk: Desk) -> None:
    alarm(desk, "ALARM")
    alarm(desk, "INSUFFICIENT_DATA", timedelta(minutes=1))
    assert "⚪ **No data**" in card(desk)["content"]
    assert not [content for kind, content in desk.said if kind == "resolve_topic"]


def test_what_belongs_to_no_stuf_is_the_fleets(desk: Desk) -> None:
    desk.brings("cloud", "sns.alarm", aws("ALARM", START, "budget", Trigger={}))
    assert card(desk)["to"]["channel"] == "stuf-admin"
    assert "status" not in posts(desk)[0]["content"]


def test_an_alert_of_azure(desk: Desk) -> None:
    desk.brings("cloud", "azure.alert", azure("Fired", START), subject="alert:1")
    assert card(desk)["to"] == {"kind": "topic", "channel": "stuf-acme-audit", "topic": "storage is slow"}
    assert "severity `Sev2`" in card(desk)["content"]
    assert "Why: `SuccessE2ELatency 812.5 GreaterThan 500`" in card(desk)["content"]
    assert "`Ask […]`" in card(desk)["content"]
    desk.brings("cloud", "azure.alert", azure("Resolved", START + timedelta(minutes=3)), subject="alert:1")
    assert "it had fired for 3 min" in card(desk)["content"]
    later = {"firedDateTime": (START + timedelta(hours=3)).isoformat()}
    desk.brings("cloud", "azure.alert", azure("Fired", START, "another", **later), subject="alert:2")
    assert len({content["key"] for kind, content in desk.said if kind == "card"}) == 1
    assert len(posts(desk)) == 2


def test_other_notifications_are_shown_as_what_they_are(desk: Desk) -> None:
    body = {
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:stuf-acme-audit-alarms",
        "Subject": "@**all** [x](https://example.org)",
        "Message": "```\n@**all** write to ana@example.org\n/poll",
    }
    desk.brings("cloud", "sns.notification", body, id="n1")
    (post,) = posts(desk)
    assert post["to"]["topic"] == "stuf-acme-audit-alarms notifications"
    assert post["to"]["channel"] == "stuf-acme-audit"
    assert "````text\n```\n@**all** write to […]\n/poll\n````" in post["content"]
    assert "`@**all** [x](https://example.org)`" in post["content"]
    desk.brings("cloud", "sns.unsubscribed", body, id="n2")
    assert "no longer reach me" in posts(desk)[-1]["content"]
    desk.brings("cloud", "sns.subscription", body, id="n3")
    assert len(posts(desk)) == 2


def test_hostile_names_do_nothing(desk: Desk) -> None:
    name = "@**all** `[x](https://example.org)\n/poll"
    desk.brings(
        "cloud", "sns.alarm", aws("ALARM", START, name, AlarmArn="x" * 5000, NewStateReason="@**all**")
    )
    for text in (posts(desk)[0]["content"], card(desk)["content"]):
        assert "`` @**all** `[x](https://example.org) /poll ``" in text
    assert "@**" not in card(desk)["to"]["topic"]
    assert "console.aws" not in card(desk)["content"]


def test_a_body_that_is_not_what_it_should_be(desk: Desk) -> None:
    for body in ODD:
        desk.brings("cloud", "sns.alarm", body)
        desk.brings("cloud", "azure.alert", body)
    listed = desk.says("deliveries")
    assert "failed" not in listed
    assert "`azure.alert`: 8 not understood" in listed
    assert "`sns.alarm`: 7 not understood" in listed


def test_metrics_that_are_calculated_with_name_what_they_watch() -> None:
    metric = {
        "Namespace": "AWS/ApiGateway",
        "MetricName": "5xx",
        "Dimensions": [{"name": "ApiId", "value": "abc"}],
    }
    trigger = {
        "Metrics": [{"Id": "m1", "MetricStat": {"Metric": metric}}, {"Id": "e1", "Expression": "m1/2"}]
    }
    alarm = read("sns.alarm", aws("ALARM", START, Trigger=trigger), START)
    assert alarm is not None
    assert (alarm.state, alarm.resources) == (State.FIRES, ("abc",))
    assert alarm.watches == "AWS/ApiGateway 5xx, ApiId abc, eu-west-1"


OWNERS: list[tuple[list[str], str | None]] = [
    (["stuf-acme-audit"], "acme-audit"),
    (["stuf-acme-audit-files-123456789012"], "acme-audit"),
    (["stuf-acme"], "acme"),
    (["stuf-acme-errors"], "acme"),
    (["stuf-acmes"], None),
    (["acme"], None),
    (["api0acme"], "acme"),
    (["DIST0ACME-AUDIT"], "acme-audit"),
    ([], None),
]


def test_whose_it_is_by_the_names_of_what_it_watches(desk: Desk) -> None:
    with desk.talk.database.reading() as session:
        stufs = desk.talk.fleet.all(session)
    for names, slug in OWNERS:
        found = stuf_of(names, stufs)
        assert (found.slug if found else None) == slug
