"""What the clouds tell: messages of SNS, and alerts of Azure Monitor."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import example, given
from hypothesis import strategies as st
from signers import CHINESE_TOPIC, CONFIRM, NOW, PEM, TOPIC, Delivery, Sns

from stuf_bot.errands import ErrandLater, ErrandRefused
from stuf_bot.web.sns_addresses import host, is_certificate, is_confirmation
from stuf_bot.web.sns_confirm import confirmation


def post(door: Any, delivery: Delivery, query: str = "") -> Any:
    headers, body = delivery
    return door.client.post("/hooks/cloud" + query, headers=headers, content=body)


@pytest.fixture
def cloud(door: Any, sns: Sns) -> Any:
    """The door, which finds SNS' certificate."""
    door.certificate = lambda _: sns.certificate()
    return door


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_alarm_of_cloudwatch(cloud: Any, sns: Sns, version: str) -> None:
    assert post(cloud, sns.delivery(version=version)).json() == {"stored": True}
    (stored,) = cloud.stored()
    assert (stored.source, stored.kind, stored.subject) == ("cloud", "sns.alarm", "alarm:too-slow")
    assert json.loads(stored.body["Message"])["AlarmName"] == "too-slow"
    assert stored.body["TopicArn"] == TOPIC
    assert cloud.fetched == [PEM]


def test_only_what_was_signed_is_kept(cloud: Any, sns: Sns) -> None:
    message = sns.message() | {"UnsubscribeURL": "https://example.org/", "MessageAttributes": {"x": 1}}
    assert post(cloud, sns.sent(message)).status_code == 202
    assert cloud.stored()[0].body.keys() == {
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
    }


def test_any_other_message_is_a_notification(cloud: Any, sns: Sns) -> None:
    assert post(cloud, sns.delivery(Message="disk is full", Subject=None)).status_code == 202
    (stored,) = cloud.stored()
    assert (stored.kind, stored.subject, stored.body["Message"]) == (
        "sns.notification",
        TOPIC,
        "disk is full",
    )


def test_a_certificate_is_read_once(cloud: Any, sns: Sns) -> None:
    for _ in range(3):
        assert post(cloud, sns.delivery()).status_code == 202
    assert len(cloud.fetched) == 1


def test_a_subscription_is_confirmed_as_an_errand(cloud: Any, sns: Sns) -> None:
    message = sns.message("SubscriptionConfirmation", Message="You have chosen to subscribe")
    assert post(cloud, sns.sent(message)).json() == {"stored": True}
    assert cloud.errands == [("sns.confirm", message["MessageId"], {"topic": TOPIC, "address": CONFIRM})]
    (stored,) = cloud.stored()
    assert stored.kind == "sns.subscription"
    assert "abc123" not in stored.model_dump_json()
    assert post(cloud, sns.sent(message)).json() == {"stored": False}
    assert len(cloud.errands) == 1


def test_the_end_of_a_subscription_is_told_and_not_taken_back(cloud: Any, sns: Sns) -> None:
    assert (
        post(cloud, sns.delivery("UnsubscribeConfirmation", Message="You have chosen to leave")).status_code
        == 202
    )
    assert cloud.stored()[0].kind == "sns.unsubscribed"
    assert cloud.errands == []


@pytest.mark.parametrize(
    "address",
    [
        "https://sns.eu-west-1.amazonaws.com.example.org/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://sns.eu-west-1.amazonaws.com:444/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://me@sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn={t}&Token=a",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Action=DeleteTopic&TopicArn={t}&Token=a",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={t}2&Token=a",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={t}",
        "https://sns.eu-west-1.amazonaws.com/x?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://169.254.169.254/?Action=ConfirmSubscription&TopicArn={t}&Token=a",
        "https://[::1",
        "",
    ],
)
def test_a_signed_message_that_leads_elsewhere(cloud: Any, sns: Sns, address: str) -> None:
    message = sns.message("SubscriptionConfirmation", SubscribeURL=address.format(t=TOPIC))
    answer = post(cloud, sns.sent(message))
    assert (answer.status_code, answer.json()["code"]) == (400, "address")
    assert cloud.errands == []
    with pytest.raises(ErrandRefused):
        confirmation(lambda _: 200)({"topic": TOPIC, "address": address.format(t=TOPIC)})


@pytest.mark.parametrize(
    "address",
    [
        PEM.replace("https", "http"),
        PEM.replace("eu-west-1", "us-east-1"),
        PEM.replace("amazonaws.com", "amazonaws.com.example.org"),
        PEM.replace("amazonaws.com", "amazonaws.com.cn"),
        PEM.replace("sns.", "sns-"),
        PEM.replace("//sns", "//example.org/sns"),
        PEM.replace("//sns", "//user@sns"),
        PEM.replace(".com/", ".com:8443/"),
        PEM + "?x=1",
        PEM + "#x",
        PEM.replace("Simple", "../Simple"),
        PEM.replace(".pem", ".pem/../../x"),
        PEM.replace("//", "\\\\"),
        "file:///etc/passwd",
        "https://sns.eu-west-1.amazonaws.com/bucket/evil.pem",
        "",
    ],
)
def test_a_certificate_that_lies_elsewhere_is_not_read(cloud: Any, sns: Sns, address: str) -> None:
    answer = post(cloud, sns.delivery(SigningCertURL=address))
    assert (answer.status_code, answer.json()["code"]) == (401, "forged")
    assert cloud.fetched == []


def test_each_partition_has_hosts_of_its_own(cloud: Any, sns: Sns) -> None:
    assert host(CHINESE_TOPIC) == "sns.cn-north-1.amazonaws.com.cn"
    cloud.certificate = lambda _: sns.certificate("sns.cn-north-1.amazonaws.com.cn")
    address = PEM.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
    assert post(cloud, sns.delivery(TopicArn=CHINESE_TOPIC, SigningCertURL=address)).status_code == 202


@given(st.text(max_size=30), st.text(max_size=30))
@example(" ", "")
def test_no_text_makes_another_host_of_it(before: str, after: str) -> None:
    for text in (f"{before}{PEM}{after}", f"https://{before}{PEM[8:]}", f"{PEM[:40]}{before}{PEM[40:]}"):
        if is_certificate(text, TOPIC):
            assert text.startswith("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-")
    if is_confirmation(f"{before}{CONFIRM}{after}", TOPIC):
        assert before == ""


def test_another_topic_is_not_believed(cloud: Any, sns: Sns) -> None:
    other = TOPIC.replace("123456789012", "210987654321")
    answer = post(cloud, sns.delivery(TopicArn=other))
    assert (answer.status_code, answer.json()["code"]) == (403, "topic")
    assert cloud.fetched == []


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (NOW - timedelta(minutes=66), 401),
        (NOW - timedelta(minutes=64), 202),
        (NOW + timedelta(minutes=4), 202),
        (NOW + timedelta(minutes=6), 401),
    ],
)
def test_a_message_counts_for_an_hour(cloud: Any, sns: Sns, moment: Any, status: int) -> None:
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert post(cloud, sns.delivery(Timestamp=stamp)).status_code == status


def test_a_key_of_somebody_else(cloud: Any, sns: Sns) -> None:
    other = generate_private_key(65537, 2048)
    answer = post(cloud, sns.delivery(key=other))
    assert (answer.status_code, answer.json()["code"]) == (401, "forged")


def _content(content: bytes, _address: str) -> bytes:
    return content


def test_certificates_that_are_not_those_of_sns(door: Any, sns: Sns) -> None:
    unfit = [
        b"no certificate",
        b"",
        sns.certificate("sns.amazonaws.com.example.org"),
        sns.certificate("example.org"),
        sns.certificate("s3.amazonaws.com"),
        sns.certificate(key=generate_private_key(65537, 1024)),
        sns.certificate(key=ec.generate_private_key(ec.SECP256R1())),
        sns.certificate(ends=NOW - timedelta(days=1)),
        sns.certificate(begins=NOW + timedelta(days=1)),
    ]
    for number, content in enumerate(unfit):
        door.seconds += 60
        door.certificate = partial(_content, content)
        answer = post(door, sns.delivery(SigningCertURL=PEM.replace("0123", f"{number:04}")))
        assert (answer.status_code, answer.json()["code"]) == (401, "certificate"), number
    assert door.stored() == []


def test_a_certificate_that_cannot_be_read_now(door: Any, sns: Sns) -> None:
    delivery = sns.delivery()
    answer = post(door, delivery)
    assert (answer.status_code, answer.json()["code"]) == (503, "certificate-away")
    assert int(answer.headers["Retry-After"]) > 0
    door.certificate = lambda _: sns.certificate()
    assert post(door, delivery).json() == {"stored": True}


def test_forged_addresses_make_the_bot_read_a_few_and_no_more(door: Any, sns: Sns) -> None:
    for number in range(20):
        post(door, sns.delivery(SigningCertURL=PEM.replace("0123", f"{number:04}")))
    assert len(door.fetched) == 2
    door.seconds += 5
    post(door, sns.delivery(SigningCertURL=PEM.replace("0123", "9999")))
    assert len(door.fetched) == 3


def _answer(status: int, _address: str) -> int:
    return status


def test_confirming() -> None:
    asked: list[str] = []

    def ask(address: str) -> int:
        asked.append(address)
        return 200

    payload = {"topic": TOPIC, "address": CONFIRM}
    assert confirmation(ask)(payload) == {"topic": TOPIC}
    assert asked == [CONFIRM]
    for busy in (500, 503, 429, 301):
        with pytest.raises(ErrandLater):
            confirmation(partial(_answer, busy))(payload)
    with pytest.raises(ErrandRefused) as refused:
        confirmation(lambda _: 403)(payload)
    assert "subscribe again" in refused.value.sentence


def test_the_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def away(address: str) -> int:
        raise OSError(f"no answer from {address}")

    caplog.set_level("DEBUG")
    with pytest.raises(ErrandLater) as later:
        confirmation(away)({"topic": TOPIC, "address": CONFIRM})
    assert "could not be asked" in caplog.text
    assert "abc123" not in caplog.text
    assert later.value.__suppress_context__


def test_an_alert_of_azure(door: Any, azure: Any) -> None:
    assert post(door, azure()).json() == {"stored": True}
    (stored,) = door.stored()
    alert = "alert:/subscriptions/1/providers/Microsoft.AlertsManagement/alerts/a1"
    assert (stored.source, stored.kind, stored.subject) == ("cloud", "azure.alert", alert)
    assert post(door, azure()).json() == {"stored": False}
    assert post(door, azure("Resolved")).json() == {"stored": True}


def test_the_secret_of_azure_in_the_address(door: Any, azure: Any) -> None:
    for secret, status in (
        ("a%20new%20secret%20of%20twenty", 202),
        ("an+old+secret+of+twenty", 202),
        ("older", 401),
    ):
        headers, body = azure("Resolved" if "old" in secret else "Fired", X_STUF_Secret=None)
        assert post(door, (headers, body), f"?secret={secret}").status_code == status


def test_another_schema_of_azure_is_kept_to_be_seen(door: Any, azure: Any) -> None:
    assert post(door, azure(body={"schemaId": "AzureMonitorMetricAlert", "data": {}})).status_code == 202
    assert door.stored()[0].kind == "azure.other"


def test_an_alert_without_an_id(door: Any, azure: Any) -> None:
    body = {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {"alertId": ["x"]}}}
    answer = post(door, azure(body=body))
    assert (answer.status_code, answer.json()["code"]) == (400, "no-id")
