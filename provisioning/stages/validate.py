"""Stage `validate`: everything that can be known before something is made."""

import logging
from typing import Any

from botocore.exceptions import ClientError

from provisioning.stages.aws import Aws, code_of
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.hub import Hub
from provisioning.stages.kept import find_kept, key_to_adopt, left_overs
from provisioning.stages.run import Run
from provisioning.stages.stack import check_stack


def check_sender(aws: Aws, sender: str, log: logging.Logger) -> None:
    """The sender's address or its domain is verified in SES; StageError says what the administrator does."""
    ses = aws.client("sesv2")
    domain = sender.partition("@")[2]
    if not (_verified(ses, sender) or _verified(ses, domain)):
        raise StageError(
            Reason.SENDER_UNVERIFIED,
            f"SES in {aws.region} may not send from the address in STUF_SENDER. The administrator has to open "
            f"SES, Identities, in {aws.region}, create the identity {domain} (or the address itself) and complete its "
            "verification, then retry.",
        )
    log.info("The sender's identity is verified in SES")
    try:
        limited = not ses.get_account().get("ProductionAccessEnabled", True)
    except ClientError as error:
        log.info("Whether SES is out of its sandbox could not be read (%s)", code_of(error))
    else:
        if limited:
            log.warning(
                "::warning title=ses-sandbox::SES in %s writes to verified addresses only. The administrator has to "
                "ask AWS for production access before participants get mail.",
                aws.region,
            )


def check_kept(run: Run) -> str:
    """The key of kept files that the new stack adopts, or nothing; StageError if they are in the way."""
    kept = find_kept(run.aws, run.settings.slug)
    left_overs(run.aws, run.settings.slug, kept)
    key = key_to_adopt(kept, run.settings)
    if key:
        run.log.info("The kept files of the earlier STUF are adopted with their key")
    return key


def validate(run: Run) -> dict[str, str]:
    """Run the stage; StageError for the first thing that stands in the way."""
    settings, aws, log = run.settings, run.aws, run.log
    log.info("The specification of %s is valid", settings.slug)
    log.info("AWS account %s, region %s", aws.account, aws.region)
    check_sender(aws, settings.control.sender, log)
    stack = aws.stack(settings.stack_name)
    check_stack(stack, settings)
    if stack is None:
        check_kept(run)
    found = Hub(settings, log).find()
    log.info("The repository %s %s", settings.repository, "exists and is this STUF's" if found else "is free")
    return {"account": aws.account}


def _verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"))
    except ClientError as error:
        if code_of(error) in {"NotFoundException", "NotFound", "404"}:
            return False
        raise
