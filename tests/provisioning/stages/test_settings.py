import json

import pytest

from provisioning.stages.errors import Reason, StageError, annotation
from provisioning.stages.settings import KeptFiles, Settings, read_settings
from provisioning.stages.stack import parameters

GOOD = {
    "STUF_SLUG": "acme-audit",
    "STUF_OPERATION": "op-k3f9-1",
    "STUF_SPEC": json.dumps(
        {"slug": "acme-audit", "name": "A", "storage": {"kind": "aws", "region": "eu-west-1"}}
    ),
    "STUF_REQUESTED_BY": "Tess Architect (9)",
    "STUF_OWNER": "acme",
    "STUF_REGION": "eu-central-1",
    "STUF_SENDER": "uploads@example.org",
}


def refusal(**changes: str) -> StageError:
    with pytest.raises(StageError) as caught:
        read_settings(GOOD | changes)
    return caught.value


def test_reads_what_the_workflow_passes() -> None:
    settings = read_settings(GOOD | {"STUF_KEPT_FILES": "adopt", "STUF_KEEP_FILES": "false"})
    assert (settings.slug, settings.region, settings.stack_name) == (
        "acme-audit",
        "eu-west-1",
        "stuf-acme-audit",
    )
    assert settings.repository == "acme/stuf-acme-audit"
    assert settings.kept_files is KeptFiles.ADOPT
    assert not settings.keep_files


def test_files_are_kept_and_never_adopted_unless_somebody_says_so() -> None:
    settings = read_settings(GOOD)
    assert settings.keep_files
    assert settings.kept_files is KeptFiles.REFUSE


def test_names_everything_that_is_missing_at_once() -> None:
    error = refusal(STUF_OWNER="", STUF_SENDER=" ")
    assert error.reason is Reason.SETTING_MISSING
    assert "STUF_OWNER, STUF_SENDER" in error.sentence


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("STUF_SPEC", "{", Reason.SPEC_INVALID),
        ("STUF_SPEC", GOOD["STUF_SPEC"].replace("acme-audit", "other"), Reason.SPEC_INVALID),
        ("STUF_OPERATION", "../../etc", Reason.SETTING_WRONG),
        ("STUF_ALARM_TOPIC", "stuf-alarms", Reason.SETTING_WRONG),
        ("STUF_SENDER", "nobody", Reason.SETTING_WRONG),
        ("STUF_ADDRESS_TEMPLATE", "ftp://{slug}", Reason.SETTING_WRONG),
        ("STUF_ADDRESS_TEMPLATE", "https://files.example.org", Reason.SETTING_WRONG),
        ("STUF_KEPT_FILES", "maybe", Reason.SETTING_WRONG),
        ("LAMBDA_RUNTIME", "ruby3.3", Reason.SETTING_WRONG),
    ],
)
def test_refuses_what_cannot_be_used(name: str, value: str, reason: Reason) -> None:
    assert refusal(**{name: value}).reason is reason


def test_a_wrong_field_of_the_specification_is_named_with_its_reason() -> None:
    spec = GOOD["STUF_SPEC"].replace("eu-west-1", "mars-1")
    assert "storage.region: is not a region that can be used" in refusal(STUF_SPEC=spec).sentence


@pytest.mark.parametrize(
    ("template", "url", "origin", "host"),
    [
        ("https://{domain}", "", "", ""),
        (
            "https://{slug}.files.example.org",
            "https://acme-audit.files.example.org",
            "https://acme-audit.files.example.org",
            "acme-audit.files.example.org",
        ),
        (
            "http://127.0.0.1:8080/{slug}/",
            "http://127.0.0.1:8080/acme-audit",
            "http://127.0.0.1:8080",
            "127.0.0.1",
        ),
    ],
)
def test_the_address_follows_the_template(template: str, url: str, origin: str, host: str) -> None:
    address = read_settings(GOOD | {"STUF_ADDRESS_TEMPLATE": template}).address
    assert (address.url, address.origin, address.host) == (url, origin, host)


def test_the_distribution_bears_the_host_name_only_with_a_certificate() -> None:
    def host(settings: Settings) -> str:
        return parameters(settings, "", {})["AddressHost"]

    own = GOOD | {"STUF_ADDRESS_TEMPLATE": "https://{slug}.files.example.org"}
    assert not host(read_settings(own))
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1"
    assert host(read_settings(own | {"STUF_CERTIFICATE_ARN": certificate})) == "acme-audit.files.example.org"


def test_free_text_becomes_one_printable_line() -> None:
    settings = read_settings(GOOD | {"STUF_REASON": "TICKET-1\nSigned-off-by: x\u202e\x07"})
    assert settings.reason == "TICKET-1 Signed-off-by: x"


def test_the_token_is_not_shown() -> None:
    assert "ghp_x" not in repr(read_settings(GOOD | {"STUF_GITHUB_TOKEN": "ghp_x"}))


def test_an_error_is_one_line_that_github_reads() -> None:
    line = annotation(Reason.STACK_BUSY, "The stack is\nbusy at 50 %. Wait.")
    assert line == "::error title=stack-busy::[stack-busy] The stack is busy at 50 %25. Wait."


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("arn:aws:sns:{region}:123456789012:alarms", "arn:aws:sns:eu-west-1:123456789012:alarms"),
        ("arn:aws:sns:eu-west-1:123456789012:alarms", "arn:aws:sns:eu-west-1:123456789012:alarms"),
        # CloudWatch tells only topics of its own region.
        ("arn:aws:sns:us-east-1:123456789012:alarms", ""),
        ("", ""),
    ],
)
def test_alarms_are_told_to_the_topic_of_the_stufs_region(topic: str, told: str) -> None:
    settings = read_settings(GOOD | {"STUF_ALARM_TOPIC": topic})
    assert parameters(settings, "", {})["AlarmTopicArn"] == told
