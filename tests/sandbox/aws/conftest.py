"""One AWS for the tests of this folder, with one small stack shaped like a STUF's."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.aws import Aws

REGION = "eu-west-2"
SLUG = "acme-audit"
HANDLER = """\
import json, os, urllib.error, urllib.request
def listed():
    url = os.environ["AWS_ENDPOINT_URL"] + "/stuf-acme-audit-site?list-type=2&prefix=users%2F"
    signed = "AWS4-HMAC-SHA256 Credential=test/20261124/eu-west-2/s3/aws4_request"
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": signed})).status
    except urllib.error.HTTPError as error:
        return error.code
def handler(event, context):
    if event["rawPath"] == "/api/sign-in":
        return {"statusCode": 500 if listed() == 403 else 202, "body": ""}
    body = {"path": event["rawPath"], "query": event["rawQueryString"], "endpoint": os.environ["AWS_ENDPOINT_URL"],
            "host": event["headers"].get("host"), "sent": event.get("body")}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
"""


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    found = Aws(tmp_path_factory.mktemp("aws"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def stuf(aws: Aws, make_stuf: Callable[[Aws], str]) -> str:
    return make_stuf(aws)


@pytest.fixture(scope="session")
def make_stuf() -> Callable[[Aws], str]:
    """Creates the stack, puts a page into its site bucket, gives the slug."""
    return _make_stuf


def _make_stuf(aws: Aws) -> str:
    s3 = aws.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    s3.put_object(Bucket="artefacts", Key="api.zip", Body=code.getvalue())
    cloudformation = aws.client("cloudformation", region_name=REGION)
    template = (Path(__file__).parent / "stuf.yml").read_text()
    cloudformation.create_stack(
        StackName=f"stuf-{SLUG}", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=f"stuf-{SLUG}", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    s3.put_object(
        Bucket=f"stuf-{SLUG}-site", Key="index.html", Body=b"<h1>Upload</h1>", ContentType="text/html"
    )
    s3.put_object(Bucket=f"stuf-{SLUG}-site", Key="js/a.js", Body=b"export {}", ContentType="text/javascript")
    return SLUG
