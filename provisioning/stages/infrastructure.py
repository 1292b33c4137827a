"""Stage `infrastructure`: the stack stands. What its API runs is the next stage's matter."""

from typing import Any

from provisioning.stages.aws import explain_text
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.kept import files_bucket, find_kept, key_to_adopt, left_overs
from provisioning.stages.playbook import run_playbook
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings
from provisioning.stages.stack import check_stack, code_of_stack, is_dead, parameters, standing


def tags(settings: Settings) -> dict[str, str]:
    """Tags of the stack and of everything in it that bears tags."""
    return {"stuf:slug": settings.slug, "stuf:made-by": "stuf-provisioning"}


def make_infrastructure(run: Run) -> dict[str, str]:
    """Run the stage; StageError with the resources that failed and why."""
    settings, aws = run.settings, run.aws
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
    change_stack(run, "infrastructure", variables, Reason.INFRASTRUCTURE_FAILED)
    made = standing(aws, settings)
    run.log.info("The stack %s stands (%s)", settings.stack_name, made.status)
    return {"stack": settings.stack_name, "bucket": made.outputs["Bucket"], "adopted": str(bool(key)).lower()}


def change_stack(run: Run, tag: str, variables: dict[str, Any], reason: Reason) -> None:
    """Run the part of the playbook that changes the stack; StageError names what CloudFormation says."""
    settings = run.settings
    common = {
        "stuf_region": settings.region,
        "stuf_operation": settings.operation,
        "stuf_stack_name": settings.stack_name,
        "stuf_stack_parameters": variables.pop("stuf_parameters"),
        "stuf_tags": tags(settings),
    }
    try:
        run_playbook(run, "provision.yml", tag, common | variables, reason)
    except StageError as error:
        told = run.aws.stack_failures(settings.stack_name) or error.details
        first = told[-1] if told else error.sentence
        raise explain_text(f"{error.sentence} {first}", reason) or StageError(
            reason, f"{first.rstrip('.')}. Correct the cause, then retry; what stands already is kept.", told
        ) from None
