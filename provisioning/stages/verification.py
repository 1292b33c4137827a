"""Stage `verification`: what was deployed answers, and its protections read back as they were meant."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import requests
from botocore.exceptions import ClientError

from provisioning.models import StufConfig
from provisioning.stages.aws import Aws, Stack, code_of
from provisioning.stages.configuration import STUF_CONFIG
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings
from provisioning.stages.stack import standing

# A new distribution and a cold function need a while on AWS.
PATIENCE_SECONDS: Final = 240.0
_PAUSE_SECONDS: Final = 2.0
_TIMEOUT: Final = 20
_OK: Final = 200


@dataclass
class Patience:
    """How long an answer is waited for; tests bring their own clock."""

    seconds: float = PATIENCE_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def verify(run: Run, patience: Patience | None = None) -> dict[str, str]:
    """Run the stage; StageError for the first thing that is not as it was meant."""
    settings, aws, log = run.settings, run.aws, run.log
    stack = standing(aws, settings)
    told: dict[str, str] = {}
    told["version"] = check_version(stack, settings, patience or Patience())
    log.info("passed: the API answers at its address with version %s", told["version"])
    told["page"] = check_page(stack)
    log.info("passed: the page is served")
    told["configuration"] = check_configuration(aws, stack)
    log.info("passed: the configuration is readable and encrypted with the STUF's own key")
    told["bucket"] = check_bucket(aws, stack.outputs["Bucket"])
    log.info("passed: the bucket of the files is %s", told["bucket"])
    return told


def check_version(stack: Stack, settings: Settings, patience: Patience) -> str:
    """The version that the API answers at the public address, which is the deployed one."""
    address, wanted = stack.outputs["Address"], stack.outputs["Version"]
    until = patience.clock() + patience.seconds
    while True:
        answer = _version_at(address)
        if answer == wanted:
            return wanted
        if patience.clock() >= until:
            break
        patience.sleep(_PAUSE_SECONDS)
    if answer is None:
        own = (
            f" Its name has to lead to {stack.outputs['DistributionDomain']}." if settings.address.url else ""
        )
        raise StageError(
            Reason.ADDRESS_UNREACHABLE,
            f"Nothing answers at {address}/api/version as the STUF should.{own} Correct that, then retry.",
        )
    raise StageError(
        Reason.VERSION_DIFFERS,
        f"{address} runs version {answer}, deployed was {wanted}. Retry from the stage application.",
    )


def check_page(stack: Stack) -> str:
    """The content type of the page at the public address."""
    address = stack.outputs["Address"]
    answer = _get(f"{address}/")
    kind = answer.headers.get("Content-Type", "") if answer is not None else ""
    if answer is None or answer.status_code != _OK or not kind.startswith("text/html"):
        status = "nothing" if answer is None else f"{answer.status_code} {kind}"
        raise StageError(
            Reason.ADDRESS_UNREACHABLE,
            f"The page at {address}/ answers {status}. Retry from the stage application.",
        )
    return kind


def check_configuration(aws: Aws, stack: Stack) -> str:
    """The key with which the configuration is encrypted, which is the STUF's own."""
    bucket, key = stack.outputs["Bucket"], stack.outputs["KmsKeyArn"]
    content = aws.read_object(bucket, STUF_CONFIG)
    if content is None:
        raise StageError(
            Reason.CONFIGURATION_FAILED,
            f"{STUF_CONFIG} is not in the bucket. Retry from the stage configuration.",
        )
    StufConfig.model_validate_json(content)
    head = aws.s3.head_object(Bucket=bucket, Key=STUF_CONFIG)
    if head.get("ServerSideEncryption") != "aws:kms" or head.get("SSEKMSKeyId") != key:
        raise StageError(
            Reason.POSTURE_WRONG,
            f"{STUF_CONFIG} is not encrypted with the STUF's own key. Retry from the stage configuration.",
        )
    return key


def check_bucket(aws: Aws, bucket: str) -> str:
    """The protections of the bucket in words; StageError for one that is missing."""
    wrong = []
    blocked = aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    if not all(
        blocked.get(name)
        for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    ):
        wrong.append("public access is not blocked")
    if aws.s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        wrong.append("versions are not kept")
    if not _refuses_plain_http(aws, bucket):
        wrong.append("connections without TLS are not refused")
    if wrong:
        raise StageError(
            Reason.POSTURE_WRONG,
            f"The bucket {bucket} is not as it should be: {', '.join(wrong)}. Retry from the stage infrastructure.",
        )
    return "private, versioned, TLS only"


def _refuses_plain_http(aws: Aws, bucket: str) -> bool:
    try:
        policy = json.loads(aws.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if code_of(error) == "NoSuchBucketPolicy":
            return False
        raise
    return any(
        statement.get("Effect") == "Deny"
        and str(statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport", "")).lower()
        == "false"
        for statement in policy["Statement"]
    )


def _version_at(address: str) -> str | None:
    """What the API at an address calls its version; None where nothing or something else answers."""
    answer = _get(f"{address}/api/version")
    if answer is None or answer.status_code != _OK:
        return None
    try:
        return str(answer.json()["version"])
    except (ValueError, KeyError, TypeError):
        return None


def _get(url: str) -> requests.Response | None:
    try:
        return requests.get(url, timeout=_TIMEOUT, headers={"Cache-Control": "no-cache"})
    except requests.RequestException:
        return None
