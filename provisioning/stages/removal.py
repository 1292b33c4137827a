"""The stages of a destruction: look, remove, look again. Each may run again after it failed."""

from botocore.exceptions import ClientError

from provisioning.stages.aws import Aws, explain_text
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.kept import files_bucket, find_kept, logs_bucket, site_bucket
from provisioning.stages.playbook import run_playbook
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings
from provisioning.stages.stack import check_stack


def validate_removal(run: Run) -> dict[str, str]:
    """What is there is ours and at rest; StageError otherwise."""
    settings, aws, log = run.settings, run.aws, run.log
    log.info("AWS account %s, region %s", aws.account, aws.region)
    stack = aws.stack(settings.stack_name)
    check_stack(stack, settings)
    log.info(
        "The stack %s %s", settings.stack_name, f"stands ({stack.status})" if stack else "does not stand"
    )
    log.info("Files and their key %s", "stay" if settings.keep_files else "are removed for good")
    return {"keep_files": str(settings.keep_files).lower()}


def remove_infrastructure(run: Run) -> dict[str, str]:
    """Remove the stack and, unless they are kept, the files, access logs and key; StageError if AWS refuses."""
    settings, aws = run.settings, run.aws
    account = aws.account
    variables = {
        "stuf_region": settings.region,
        "stuf_stack_name": settings.stack_name,
        "removal_site_bucket": site_bucket(settings.slug, account),
        "removal_files_buckets": [files_bucket(settings.slug, account), logs_bucket(settings.slug, account)],
        "removal_kms_key_arn": "" if settings.keep_files else _key(aws, settings),
        "removal_keep_files": settings.keep_files,
    }
    try:
        run_playbook(run, "destroy.yml", "infrastructure", variables, Reason.REMOVAL_FAILED)
    except StageError as error:
        told = aws.stack_failures(settings.stack_name) or error.details
        first = told[-1] if told else error.sentence
        raise explain_text(f"{error.sentence} {first}", error.reason) or StageError(
            error.reason, f"{first.rstrip('.')}. Correct the cause, then abandon or destroy again.", told
        ) from None
    return {"kept": files_bucket(settings.slug, account) if settings.keep_files else "nothing"}


def verify_removal(run: Run) -> dict[str, str]:
    """Nothing is left but what was to be kept; StageError names what is."""
    settings, aws, log = run.settings, run.aws, run.log
    account = aws.account
    left = [settings.stack_name] if aws.stack(settings.stack_name) else []
    gone = [site_bucket(settings.slug, account)]
    if not settings.keep_files:
        gone += [files_bucket(settings.slug, account), logs_bucket(settings.slug, account)]
    left += [bucket for bucket in gone if aws.has_bucket(bucket)]
    if left:
        raise StageError(Reason.LEFT_OVER, f"Still there: {', '.join(left)}. Abandon or destroy again.")
    log.info(
        "passed: nothing is left%s",
        " but the files, their key and access logs" if settings.keep_files else "",
    )
    return {"left": files_bucket(settings.slug, account) if settings.keep_files else "nothing"}


def _key(aws: Aws, settings: Settings) -> str:
    """The key of the files: from the stack, else as the kept bucket tells; nothing if it is gone."""
    stack = aws.stack(settings.stack_name)
    if stack and "KmsKeyArn" in stack.outputs:
        return stack.outputs["KmsKeyArn"]
    kept = find_kept(aws, settings.slug)
    if kept and kept.key_arn:
        return kept.key_arn
    try:
        key = aws.client("kms").describe_key(KeyId=f"alias/stuf-{settings.slug}")["KeyMetadata"]
    except ClientError:
        return ""  # No alias: the key was never made, or it is to be deleted already.
    return str(key["Arn"]) if key["KeyState"] != "PendingDeletion" else ""
