"""The stack of a STUF as the stages need it: its parameters now, its outputs afterwards."""

from collections.abc import Mapping
from typing import Final

from provisioning.models import StufOutputs
from provisioning.stages.aws import Aws, Stack
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.package import Package
from provisioning.stages.settings import Settings

# A first creation that failed leaves a stack that cannot be updated, only removed.
_DEAD: Final = frozenset(
    {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}
)
# What the template gives as the version while the API has no code.
NOT_DEPLOYED: Final = "-"
_CODE: Final = ("CodeBucket", "CodeKey", "Version", "Runtime", "Architecture")


def is_dead(stack: Stack | None) -> bool:
    """Whether the stack has to be removed before it can be made."""
    return stack is not None and stack.status in _DEAD


def check_stack(stack: Stack | None, settings: Settings) -> None:
    """No stack of that name, or ours and at rest; StageError otherwise."""
    if stack is None:
        return
    if stack.tags.get("stuf:slug") != settings.slug:
        raise StageError(
            Reason.STACK_NOT_OURS,
            f"The stack {settings.stack_name} exists in {settings.region} and is not one of a STUF. Choose another "
            "slug, or have the administrator rename that stack.",
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        raise StageError(
            Reason.STACK_STUCK,
            f"The stack {settings.stack_name} could not be rolled back. The administrator has to continue its "
            "rollback in CloudFormation, then retry.",
        )
    if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
        raise StageError(
            Reason.STACK_BUSY,
            f"The stack {settings.stack_name} is being changed ({stack.status}). Wait until that has ended, then retry.",
        )


def parameters(settings: Settings, files_key_arn: str, code: Mapping[str, str]) -> dict[str, str]:
    """All parameters of the template; `code` holds those that say what the API runs."""
    address = settings.address
    return {
        "Slug": settings.slug,
        "Sender": settings.control.sender,
        "Address": address.url,
        "AddressOrigin": address.origin,
        "AddressHost": address.host if settings.control.certificate_arn else "",
        "CertificateArn": settings.control.certificate_arn,
        "FilesKeyArn": files_key_arn,
        "AlarmTopicArn": settings.alarm_topic,
        **code,
    }


def code_of_stack(stack: Stack | None) -> dict[str, str]:
    """The parameters of the code that the stack runs; none for a new one, where the template's defaults hold."""
    return {name: stack.parameters[name] for name in _CODE if name in stack.parameters} if stack else {}


def code_of_package(package: Package, bucket: str) -> dict[str, str]:
    """The parameters that make the stack run a package."""
    return {
        "CodeBucket": bucket,
        "CodeKey": package.key,
        "Version": package.version,
        "Runtime": package.runtime,
        "Architecture": package.architecture,
    }


def standing(aws: Aws, settings: Settings) -> Stack:
    """The stack, which an earlier stage made; StageError if it is not there."""
    stack = aws.stack(settings.stack_name)
    if stack is None or is_dead(stack):
        raise StageError(
            Reason.STACK_MISSING,
            f"The stack {settings.stack_name} does not stand in {settings.region}. Retry from the stage infrastructure.",
        )
    return stack


def outputs(stack: Stack, settings: Settings) -> StufOutputs:
    """What provisioning made, from the outputs of the stack."""
    told = stack.outputs
    server = settings.control.run_url.split("/", 3)
    web = "/".join(server[:3]) if settings.control.run_url else "https://github.com"
    return StufOutputs(
        slug=settings.slug,
        address=told["Address"],
        region=settings.region,
        stack_name=settings.stack_name,
        bucket=told["Bucket"],
        site_bucket=told["SiteBucket"],
        kms_key_arn=told["KmsKeyArn"],
        secret_arn=told["SecretArn"],
        function_name=told["FunctionName"],
        api_url=told["ApiUrl"],
        distribution_id=told["DistributionId"],
        version=told["Version"],
        repository=settings.repository,
        repository_url=f"{web}/{settings.repository}",
    )
