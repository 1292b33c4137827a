"""What the stack promises, read from its template: no emulator enforces it, so it is proved here."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioning.models import SLUG_LENGTH

TEMPLATE = Path(__file__).resolve().parents[3] / "ansible" / "roles" / "stack" / "files" / "stack.yml"
KEPT = ("FilesKey", "FilesBucket", "FilesBucketPolicy", "LogsBucket", "LogsBucketPolicy")
BUCKETS = ("FilesBucket", "LogsBucket", "SiteBucket")


class Reader(yaml.SafeLoader):
    """Reads CloudFormation's own tags as {tag: value}."""


def _tag(loader: Reader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


Reader.add_multi_constructor("!", _tag)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    # Only our own file is read, by a loader that makes plain values.
    found: dict[str, Any] = yaml.load(TEMPLATE.read_text("utf-8"), Loader=Reader)["Resources"]
    return found


def statements(resources: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources[policy]["Properties"]["PolicyDocument"]["Statement"]
    return found


@pytest.mark.parametrize("name", KEPT)
def test_files_their_key_and_the_log_of_access_outlive_the_stack(
    resources: dict[str, Any], name: str
) -> None:
    assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources[name]["UpdateReplacePolicy"] == "Retain"
    assert resources[name]["Condition"] == "MakesFiles"


def test_nothing_else_outlives_it(resources: dict[str, Any]) -> None:
    others = {name: one for name, one in resources.items() if name not in KEPT}
    assert all(one.get("DeletionPolicy", "Delete") == "Delete" for one in others.values())


def test_the_key_rotates_and_can_be_saved_for_a_month(resources: dict[str, Any]) -> None:
    key = resources["FilesKey"]["Properties"]
    assert key["EnableKeyRotation"] is True
    assert key["PendingWindowInDays"] == 30


@pytest.mark.parametrize("name", BUCKETS)
def test_no_bucket_can_be_opened(resources: dict[str, Any], name: str) -> None:
    bucket = resources[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"


@pytest.mark.parametrize("name", BUCKETS)
def test_every_bucket_refuses_plain_http(resources: dict[str, Any], name: str) -> None:
    denied = [one for one in statements(resources, f"{name}Policy") if one["Effect"] == "Deny"]
    assert any(one["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false" for one in denied)


def test_files_are_encrypted_with_their_own_key_and_no_other(resources: dict[str, Any]) -> None:
    rule = resources["FilesBucket"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"GetAtt": "FilesKey.Arn"},
    }
    assert rule["BucketKeyEnabled"] is True
    denied = {one["Sid"] for one in statements(resources, "FilesBucketPolicy") if one["Effect"] == "Deny"}
    assert denied == {"OnlyOverTls", "OnlyRecentTls", "OnlyThisKey", "OnlyKms"}


def test_sign_ins_and_unfinished_uploads_go_by_themselves(resources: dict[str, Any]) -> None:
    rules = {
        one["Id"]: one for one in resources["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    }
    assert rules["sign-ins"]["Prefix"] == "sign-ins/"
    assert rules["sign-ins"]["ExpirationInDays"] == 1
    assert rules["unfinished-uploads"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 2
    assert rules["delivered-notifications"]["Prefix"] == "notifications/"
    assert rules["delivered-notifications"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1
    # Nothing else expires what participants uploaded.
    assert [one["Id"] for one in rules.values() if "ExpirationInDays" in one] == ["sign-ins"]


def test_a_browser_uploads_from_the_address_only(resources: dict[str, Any]) -> None:
    (rule,) = resources["FilesBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["PUT"]
    assert "*" not in rule["AllowedOrigins"]
    assert "*" not in rule["AllowedHeaders"]


def test_the_page_is_read_by_its_distribution_only(resources: dict[str, Any]) -> None:
    (allowed,) = [one for one in statements(resources, "SiteBucketPolicy") if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert "${Distribution}" in str(allowed["Condition"]["StringEquals"]["aws:SourceArn"])


def test_the_page_brings_its_protections(resources: dict[str, Any]) -> None:
    headers = resources["SecurityHeaders"]["Properties"]["ResponseHeadersPolicyConfig"][
        "SecurityHeadersConfig"
    ]
    policy = str(headers["ContentSecurityPolicy"])
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert {
        "ContentTypeOptions",
        "FrameOptions",
        "ReferrerPolicy",
        "StrictTransportSecurity",
    } <= headers.keys()


def test_the_api_may_do_what_it_does_and_no_more(resources: dict[str, Any]) -> None:
    (policy,) = resources["FunctionRole"]["Properties"]["Policies"]
    allowed = {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"}
    actions = [action for one in allowed.values() for action in _listed(one["Action"])]
    assert not any("*" in action for action in actions)
    # A text has no resource to name; everything else names its own.
    assert [sid for sid, one in allowed.items() if one["Resource"] == "*"] == ["TextsPhones"]
    assert allowed["MailsFromTheSender"]["Condition"]["StringEquals"] == {
        "ses:FromAddress": {"Ref": "Sender"}
    }
    assert set(_listed(allowed["UsesItsKey"]["Action"])) == {"kms:GenerateDataKey", "kms:Decrypt"}
    assert not any(
        action.startswith("s3:Delete") for action in _listed(allowed["AddsToTheJournal"]["Action"])
    )


@pytest.mark.parametrize("name", ["AccessLog", "FunctionLog"])
def test_logs_are_encrypted_and_end(resources: dict[str, Any], name: str) -> None:
    log = resources[name]["Properties"]
    assert log["RetentionInDays"] == 365
    assert "KmsKeyId" in log


def test_the_secret_is_made_here_and_long(resources: dict[str, Any]) -> None:
    secret = resources["SigningSecret"]["Properties"]
    assert secret["GenerateSecretString"]["PasswordLength"] == 64
    assert "SecretString" not in secret


@pytest.mark.parametrize("name", BUCKETS)
def test_the_longest_slug_makes_a_bucket_name_that_s3_takes(resources: dict[str, Any], name: str) -> None:
    pattern = resources[name]["Properties"]["BucketName"]["Sub"]
    longest = pattern.replace("${Slug}", "a" * SLUG_LENGTH[1]).replace("${AWS::AccountId}", "0" * 12)
    assert "$" not in longest
    assert len(longest) <= 63


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_every_alarm_is_named_after_its_stuf_and_tells_of_its_end(resources: dict[str, Any]) -> None:
    alarms = [one for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == 4
    for alarm in alarms:
        told = alarm["Properties"]
        assert alarm["Condition"] == "HasAlarms"
        assert told["AlarmName"]["Sub"].startswith("stuf-${Slug}-")
        assert told["AlarmActions"] == told["OKActions"] == [{"Ref": "AlarmTopicArn"}]
        assert told["TreatMissingData"] == "notBreaching"
