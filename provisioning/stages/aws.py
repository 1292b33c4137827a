"""What the stages ask of AWS themselves; everything that changes something is the playbooks' work."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from provisioning.stages.errors import Reason, StageError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60)
_ABSENT: Final = frozenset(
    {"404", "NoSuchBucket", "NoSuchKey", "NotFound", "NotFoundException", "ResourceNotFoundException"}
)
_DENIED: Final = frozenset(
    {"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden"}
)
_NO_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
    }
)


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack as it stands."""

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    tags: Mapping[str, str]


class Aws:
    """The account that the run's credentials lead to, in one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.session.Session(region_name=region)

    def client(self, service: Any) -> Any:
        """A boto3 client of this region."""
        return self._session.client(service, config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        client: S3Client = self.client("s3")
        return client

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        client: CloudFormationClient = self.client("cloudformation")
        return client

    @cached_property
    def account(self) -> str:
        """The account's id, which shows that the credentials work."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def stack(self, name: str) -> Stack | None:
        """The stack, or None where there is none."""
        try:
            found = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise
        if not found or found[0]["StackStatus"] == "DELETE_COMPLETE":
            return None
        stack = found[0]
        return Stack(
            status=stack["StackStatus"],
            parameters={
                one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])
            },
            outputs={one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
            tags={one["Key"]: one["Value"] for one in stack.get("Tags", [])},
        )

    def stack_failures(self, name: str) -> tuple[str, ...]:
        """Why resources of the stack's last operation failed, the first cause last."""
        try:
            events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        except ClientError:
            return ()  # The stack is gone with its events; the playbook's own message has to do.
        failures = []
        for event in events:
            status, kind = event.get("ResourceStatus", ""), event.get("ResourceType", "")
            if (
                kind == "AWS::CloudFormation::Stack"
                and status.endswith("_IN_PROGRESS")
                and "ROLLBACK" not in status
            ):
                break  # Newest first: here the last operation began.
            if status.endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
                failures.append(
                    f"{event['LogicalResourceId']} ({kind}): {event.get('ResourceStatusReason', status)}"
                )
        return tuple(failures)

    def read_object(self, bucket: str, key: str) -> bytes | None:
        """The object's content, or None where there is none."""
        try:
            return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether the object lies there; False as well where the bucket does not exist."""
        try:
            self.s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return False
            raise
        return True

    def has_bucket(self, name: str) -> bool:
        """Whether the bucket exists and is ours; StageError if it is somebody else's."""
        try:
            self.s3.head_bucket(Bucket=name, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return False
            if code_of(error) in _DENIED:
                raise StageError(
                    Reason.BUCKET_TAKEN,
                    f"The bucket {name} exists and is closed to this role: another account owns it, or the "
                    "role lacks s3:ListBucket. Choose another slug, or ask the administrator to grant it.",
                ) from None
            raise
        return True


def code_of(error: ClientError) -> str:
    """The service's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explain(error: BotoCoreError | ClientError) -> StageError:
    """The stage's end that an AWS error means."""
    if isinstance(error, NoCredentialsError) or (
        isinstance(error, ClientError) and code_of(error) in _NO_CREDENTIALS
    ):
        return StageError(
            Reason.AWS_CREDENTIALS,
            "AWS does not accept this run's credentials. The administrator has to check the variable AWS_ROLE "
            "and the role's trust in this repository, then retry.",
        )
    if isinstance(error, ClientError):
        return explain_text(str(error), Reason.AWS_REFUSED) or StageError(
            Reason.AWS_REFUSED,
            f"AWS refused {error.operation_name}: {_message(error)}. Correct the cause, then retry.",
        )
    return StageError(
        Reason.AWS_UNREACHABLE, f"AWS could not be reached ({type(error).__name__}). Retry in a few minutes."
    )


def explain_text(text: str, otherwise: Reason) -> StageError | None:
    """The stage's end for a message that tells of missing permission or credentials; None for any other."""
    if any(
        code in text
        for code in (
            "ExpiredToken",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "Unable to locate credentials",
        )
    ):
        return explain(NoCredentialsError())
    if (
        "AccessDenied" not in text
        and "not authorized to perform" not in text
        and "UnauthorizedOperation" not in text
    ):
        return None
    action = _action(text) or ("an action" if otherwise is Reason.AWS_REFUSED else f"an action ({otherwise})")
    return StageError(
        Reason.AWS_ACCESS_DENIED,
        f"AWS did not allow {action}. The administrator has to grant it to the role of this workflow, then retry.",
    )


def _action(text: str) -> str:
    for before, after in (("not authorized to perform: ", " "), ("when calling the ", " operation")):
        if before in text:
            return text.split(before, 1)[1].split(after, 1)[0].strip(" .,'\"")
    return ""


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "")).rstrip(".")[:300]
