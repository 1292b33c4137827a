"""The AWS endpoint: signatures, streams and checksums hold through it; armed faults go off once."""

import base64
import hashlib
import threading
from datetime import UTC, datetime

import httpx
import pytest
from botocore.exceptions import ClientError

from sandbox.aws import Aws

REGION = "eu-west-1"
PART = 5 * 1024 * 1024


@pytest.fixture
def bucket(aws: Aws, request: pytest.FixtureRequest) -> str:
    name = "b-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    aws.client("s3", region_name=REGION).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return name


@pytest.mark.parametrize("key", ["a b+c%20d.txt", "übergröße/日本.txt", "a&b=c?d#e"])
def test_keys_of_every_kind_survive(aws: Aws, bucket: str, key: str) -> None:
    s3 = aws.client("s3", region_name=REGION)
    s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 100_000)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x" * 100_000
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    assert url.startswith(aws.url)
    assert httpx.get(url).content == b"x" * 100_000


def test_presigned_parts_hold_and_refuse_other_bytes(aws: Aws, bucket: str) -> None:
    s3 = aws.client("s3", region_name=REGION)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="f", ChecksumAlgorithm="SHA256")["UploadId"]
    data = b"p" * PART
    checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
    url = s3.generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": bucket,
            "Key": "f",
            "UploadId": upload,
            "PartNumber": 1,
            "ContentLength": PART,
            "ChecksumSHA256": checksum,
        },
    )
    headers = {"x-amz-checksum-sha256": checksum}
    assert httpx.put(url, content=b"q" * PART, headers=headers).status_code == 400
    assert (
        httpx.put(url.replace("partNumber=1", "partNumber=2"), content=data, headers=headers).status_code
        == 403
    )
    sent = httpx.put(url, content=data, headers=headers)
    assert sent.status_code == 200
    parts = [{"PartNumber": 1, "ETag": sent.headers["etag"], "ChecksumSHA256": checksum}]
    s3.complete_multipart_upload(Bucket=bucket, Key="f", UploadId=upload, MultipartUpload={"Parts": parts})
    head = s3.head_object(Bucket=bucket, Key="f", ChecksumMode="ENABLED")
    whole = base64.b64encode(hashlib.sha256(hashlib.sha256(data).digest()).digest()).decode()
    assert head["ChecksumSHA256"] == f"{whole}-1"


def test_browsers_may_send_parts_and_read_etags(aws: Aws, bucket: str) -> None:
    asked = {"Origin": "http://127.0.0.1:1", "Access-Control-Request-Method": "PUT"}
    preflight = httpx.options(f"{aws.url}/{bucket}/f", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"


def test_mails_and_texts_are_kept(aws: Aws) -> None:
    aws.prepare("uploads@example.org", REGION)
    aws.prepare("uploads@example.org", REGION)
    mail = {
        "Subject": {"Data": "Sign in"},
        "Body": {"Text": {"Data": "Open https://upload.example.org/#token=x"}},
    }
    aws.client("sesv2", region_name=REGION).send_email(
        FromEmailAddress="uploads@example.org",
        Destination={"ToAddresses": ["pat@example.org"]},
        Content={"Simple": mail},
    )
    aws.client("sns", region_name=REGION).publish(PhoneNumber="+447700900123", Message="123456 is your code")
    found = {message.kind: message for message in aws.outbox.messages()}
    assert found["mail"].to == "pat@example.org"
    assert found["mail"].subject == "Sign in"
    assert found["mail"].text == "Open https://upload.example.org/#token=x"
    assert found["sms"].to == "+447700900123"
    assert found["sms"].text == "123456 is your code"
    for message in found.values():
        assert abs((datetime.now(UTC) - message.sent_at).total_seconds()) < 300


def test_unverified_senders_cannot_send(aws: Aws) -> None:
    with pytest.raises(ClientError, match="not verified"):
        aws.client("sesv2", region_name="eu-north-1").send_email(
            FromEmailAddress="stranger@example.org",
            Destination={"ToAddresses": ["pat@example.org"]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )


def test_validate_fails_once(aws: Aws) -> None:
    aws.prepare("validate@example.org", REGION)
    ses = aws.client("sesv2", region_name=REGION)
    aws.fail_once("validate")
    assert not ses.get_email_identity(EmailIdentity="validate@example.org")["VerifiedForSendingStatus"]
    assert ses.get_email_identity(EmailIdentity="validate@example.org")["VerifiedForSendingStatus"]


def test_infrastructure_fails_once(aws: Aws) -> None:
    cloudformation = aws.client("cloudformation", region_name=REGION)
    wish = {
        "StackName": "once",
        "TemplateBody": '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}',
    }
    aws.fail_once("infrastructure")
    cloudformation.list_stacks()
    with pytest.raises(
        ClientError, match=r"AccessDenied.*not authorized to perform: cloudformation:CreateStack"
    ):
        cloudformation.create_stack(**wish)
    assert cloudformation.create_stack(**wish)["StackId"]


def test_configuration_and_application_fail_once(aws: Aws, bucket: str) -> None:
    s3 = aws.client("s3", region_name=REGION)
    site = f"stuf-{bucket}-site-000000000000"
    s3.create_bucket(Bucket=site, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.fail_once("configuration")
    aws.fail_once("application")
    assert aws.armed == {"configuration", "application"}
    s3.put_object(Bucket=bucket, Key="config/metadata_config.json", Body=b"{}")
    for name, key in ((bucket, "config/stuf_config.json"), (site, "index.html")):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=name, Key=key, Body=b"{}")
        s3.put_object(Bucket=name, Key=key, Body=b"{}")
    assert not aws.armed


def test_only_known_stages_can_fail(aws: Aws) -> None:
    with pytest.raises(ValueError, match="cannot fail here; choose one of application"):
        aws.fail_once("repository")


def test_requests_run_side_by_side(aws: Aws, bucket: str) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        s3 = aws.client("s3", region_name=REGION)
        try:
            for step in range(5):
                s3.put_object(Bucket=bucket, Key=f"{number}/{step}", Body=bytes([number]) * 50_000)
                assert s3.get_object(Bucket=bucket, Key=f"{number}/{step}")["Body"].read()[0] == number
        except (ClientError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
