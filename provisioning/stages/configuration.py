"""Stage `configuration`: what the STUF reads from its bucket, encrypted with its own key."""

import json

from pydantic import HttpUrl, ValidationError

from provisioning import glass
from provisioning.models import MetadataConfig, NotifyConfig, StufConfig
from provisioning.stages.aws import explain_text
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.playbook import run_playbook
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings, dump
from provisioning.stages.stack import standing

STUF_CONFIG = "config/stuf_config.json"
METADATA_CONFIG = "config/metadata_config.json"


def stuf_config(settings: Settings, address: str, present: bytes | None) -> StufConfig:
    """The configuration to write: what was asked for, and what the bot has put there.

    The logo that lies there stays unless another is named, and so does where errors are reported.
    """
    branding = settings.spec.branding
    before = _present(present)
    logo = branding.logo or (before.branding.logo if before else None)
    url = settings.control.notify_url
    return StufConfig(
        slug=settings.slug,
        name=settings.spec.name,
        description=settings.spec.description,
        address=address,
        branding=branding.model_copy(update={"logo": logo}),
        sender_email=settings.control.sender,
        notify=NotifyConfig(url=HttpUrl(url), show_file_names=settings.spec.notify.show_file_names)
        if url
        else None,
        sentry=before.sentry if before else None,
    )


def metadata_config(present: bytes | None) -> MetadataConfig:
    """The questions that participants answer: those that lie there, else none."""
    if present is None:
        return MetadataConfig()
    try:
        return MetadataConfig.model_validate_json(present)
    except ValidationError:
        raise StageError(
            Reason.CONFIGURATION_FAILED,
            f"{METADATA_CONFIG} in the bucket is not one that the STUF can read. Correct or remove that object, then retry.",
        ) from None


def write_configuration(run: Run) -> dict[str, str]:
    """Run the stage; StageError if AWS refuses to store the configuration."""
    settings, aws = run.settings, run.aws
    stack = standing(aws, settings)
    bucket = stack.outputs["Bucket"]
    config = stuf_config(settings, stack.outputs["Address"], aws.read_object(bucket, STUF_CONFIG))
    questions = metadata_config(aws.read_object(bucket, METADATA_CONFIG))
    objects = {
        STUF_CONFIG: dump(config.model_dump(mode="json")),
        METADATA_CONFIG: dump(questions.model_dump(mode="json")),
    }
    variables = {
        "stuf_region": settings.region,
        "configuration_bucket": bucket,
        "configuration_kms_key_arn": stack.outputs["KmsKeyArn"],
        "configuration_objects": objects,
    }
    try:
        run_playbook(run, "provision.yml", "configuration", variables, Reason.CONFIGURATION_FAILED)
    except StageError as error:
        raise explain_text(error.sentence, error.reason) or StageError(
            error.reason,
            f"The configuration was not stored: {error.sentence}. Correct the cause, then retry.",
            error.details,
        ) from None
    return {"address": config.address}


def configuration_files(config: bytes, questions: bytes, settings: Settings) -> dict[str, str]:
    """What the instance repository shows of the configuration, path to content."""
    told = json.loads(config)
    return {
        glass.STUF_CONFIG: dump(told),
        glass.METADATA_CONFIG: dump(json.loads(questions)),
        "configuration/spa-config/branding.json": dump(told["branding"]),
        "configuration/integration-config/notify.json": dump(told["notify"]),
        glass.SPEC: dump(settings.spec.model_dump(mode="json")),
    }


def _present(content: bytes | None) -> StufConfig | None:
    if content is None:
        return None
    try:
        return StufConfig.model_validate_json(content)
    except ValidationError:
        return None  # Unreadable configuration is replaced whole; the logo's own object stays untouched.
