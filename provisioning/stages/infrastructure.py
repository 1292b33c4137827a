"""Stage `infrastructure`: the stack stands. What its API runs is the next stage's matter."""

import logging
from typing import Any

from provisioning.stages.aws import Aws, explain_text
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.kept import files_bucket, find_kept, key_to_adopt, left_overs
from provisioning.stages.playbook import run_playbook
from provisioning.stages.settings import Settings
from provisioning.stages.stack import code_of_stack, is_dead, parameters, standing
from provisioning.stages.validate import check_stack
from provisioning.stages.work import Work


def tags(settings: Settings) -> dict[str, str]:
    """Tags of the stack and of everything in it that bears tags."""
    return {"stuf:slug": settings.slug, "stuf:made-by": "stuf-provisioning"}


def make_infrastructure(settings: Settings, work: Work, log: logging.Logger) -> dict[str, str]:
    """Run the stage; StageError with the resources that failed and why."""
    aws = Aws(settings.region)
    stack = aws.stack(settings.stack_name)
    check_stack(stack, settings)
    dead = is_dead(stack)
    left: list[str] = []
    if stack is None or dead:
        kept = find_kept(aws, settings.slug)
        key = key_to_adopt(kept, settings)
        left = left_overs(aws, settings.slug, kept)
    else:
        key = stack.parameters.get("FilesKeyArn", "")
    variables = {
        "stuf_parameters": parameters(settings, key, {} if dead else code_of_stack(stack)),
        "stack_is_dead": dead,
        "stack_left_overs": left,
        "stack_adopted_bucket": files_bucket(settings.slug, aws.account) if key else "",
        "stack_adopted_origin": settings.address.origin,
    }
    change_stack("infrastructure", Reason.INFRASTRUCTURE_FAILED, aws, settings, variables, work, log)
    made = standing(aws, settings)
    log.info("The stack %s stands (%s)", settings.stack_name, made.status)
    return {"stack": settings.stack_name, "bucket": made.outputs["Bucket"], "adopted": str(bool(key)).lower()}


def change_stack(
    tag: str,
    reason: Reason,
    aws: Aws,
    settings: Settings,
    variables: dict[str, Any],
    work: Work,
    log: logging.Logger,
) -> None:
    """Run the part of the playbook that changes the stack; StageError names what CloudFormation says."""
    common = {
        "stuf_region": settings.region,
        "stuf_operation": settings.operation,
        "stuf_stack_name": settings.stack_name,
        "stuf_stack_parameters": variables.pop("stuf_parameters"),
        "stuf_tags": tags(settings),
    }
    try:
        run_playbook("provision.yml", tag, common | variables, work, log, reason)
    except StageError as error:
        told = aws.stack_failures(settings.stack_name) or error.details
        first = told[-1] if told else error.sentence
        raise explain_text(f"{error.sentence} {first}", reason) or StageError(
            reason, f"{first.rstrip('.')}. Correct the cause, then retry; what stands already is kept.", told
        ) from None
