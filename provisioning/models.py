"""What a STUF is: the models that the bot, the workflow and the STUF itself share.

`StufSpec` and `StufOutputs` travel through workflow inputs and the instance repository, so they
hold neither personal data nor secrets. `Participant` is personal data: its parts show themselves in
storage only.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl

from provisioning.personal import Personal

# Regions in which every service of the stack exists (S3, KMS, Lambda, API Gateway v2, SES, SNS texts).
REGIONS: Final = (
    "eu-west-1",
    "eu-west-2",
    "eu-central-1",
    "eu-north-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ca-central-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
)

_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Where a reason of the library begins to quote what it was given.
_QUOTED = re.compile(r": | \(")
_GITHUB_LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
SLUG_LENGTH: Final = (3, 32)


class Stage(StrEnum):
    """The steps of a provisioning, in order; each is a named step of the workflow."""

    VALIDATE = "validate"
    REPOSITORY = "repository"
    INFRASTRUCTURE = "infrastructure"
    APPLICATION = "application"
    CONFIGURATION = "configuration"
    VERIFICATION = "verification"


def check_slug(value: str) -> str:
    """Return `value`; ValueError says what a slug looks like."""
    low, high = SLUG_LENGTH
    if not low <= len(value) <= high or not _SLUG.fullmatch(value):
        raise ValueError(
            f"must be {low} to {high} lower-case letters, digits and single hyphens, starting with a letter, "
            "for example acme-audit"
        )
    return value


def slugify(name: str) -> str:
    """The slug that a project name suggests; may be empty when the name has no Latin letters or digits."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    slug = slug if not slug or slug[0].isalpha() else f"stuf-{slug}"
    return slug[: SLUG_LENGTH[1]].strip("-")


def check_region(value: str) -> str:
    """Return `value`; ValueError lists the regions that can be used."""
    if value not in REGIONS:
        raise ValueError(f"is not a region that can be used; choose one of {', '.join(REGIONS)}")
    return value


def check_colour(value: str) -> str:
    """Return `value` in lower case; ValueError says what a colour looks like."""
    if not _COLOUR.fullmatch(value):
        raise ValueError("must be a colour such as #1a6b54: a # and six hexadecimal digits")
    return value.lower()


def check_email(value: str) -> str:
    """Return the address with its domain normalised (no DNS look-up); ValueError says what is wrong.

    The reason quotes nothing of the address.
    """
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        reason = _QUOTED.split(str(error), maxsplit=1)[0].rstrip(".")
        raise ValueError(f"is not an e-mail address: {reason}") from None


def check_phone(value: str) -> str:
    """Return the number in E.164; ValueError says what is wrong."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise ValueError(
            "must be a phone number with its country code, for example +44 7700 900123"
        ) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("is not a possible number in its country; check the digits")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def check_github_login(value: str) -> str:
    """Return `value`; ValueError says what a GitHub account name looks like."""
    if not _GITHUB_LOGIN.fullmatch(value):
        raise ValueError("must be a GitHub account name: letters, digits and single hyphens, at most 39")
    return value


def _within(check: Callable[[str], str]) -> AfterValidator:
    """The check of a text, for one that hides itself."""
    return AfterValidator(lambda hidden: Personal(check(hidden.reveal())))


Slug = Annotated[str, AfterValidator(check_slug)]
Region = Annotated[str, AfterValidator(check_region)]
Colour = Annotated[str, AfterValidator(check_colour)]
Email = Annotated[Personal, _within(check_email)]
Phone = Annotated[Personal, _within(check_phone)]
GithubLogin = Annotated[str, AfterValidator(check_github_login)]


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )


class AwsStorage(_Model):
    """Files lie in an S3 bucket of their own in `region`."""

    kind: Literal["aws"] = "aws"
    region: Region


class Branding(_Model):
    """How the upload page looks. `logo` is a storage key below config/, or None."""

    display_name: Annotated[str, Field(max_length=60)] = ""
    accent_colour: Colour = "#1a6b54"
    welcome_text: Annotated[str, Field(max_length=1000)] = ""
    logo: str | None = None


class Notify(_Model):
    """What the STUF tells the bot about uploads."""

    show_file_names: bool = False


class StufSpec(_Model):
    """What a TA asked for, without participants: no personal data, no secret."""

    schema_version: Literal[1] = 1
    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=60)]
    description: Annotated[str, Field(max_length=500)] = ""
    storage: AwsStorage
    branding: Branding = Branding()
    notify: Notify = Notify()
    github_account: GithubLogin | None = None


class StufOutputs(_Model):
    """What provisioning made; `infrastructure/outputs.json` of the instance repository."""

    schema_version: Literal[1] = 1
    slug: Slug
    address: str
    region: Region
    stack_name: str
    bucket: str
    site_bucket: str
    kms_key_arn: str
    secret_arn: str
    function_name: str
    api_url: str
    distribution_id: str
    version: str = Field(description="what GET api/version answers for the deployed application")
    repository: str = Field(description="owner/name of the instance repository")
    repository_url: str


class NotifyConfig(_Model):
    url: HttpUrl
    show_file_names: bool = False


class SentryConfig(_Model):
    """Where the STUF reports its own errors. A DSN lets anybody report, and nobody read; it is not published."""

    dsn: Annotated[str, Field(pattern=r"^https?://")]
    environment: str = "production"


class StufConfig(_Model):
    """config/stuf_config.json: what the STUF reads and reloads."""

    schema_version: Literal[1] = 1
    slug: Slug
    name: str
    description: str = ""
    address: str
    branding: Branding = Branding()
    sender_email: str
    notify: NotifyConfig | None = None
    sentry: SentryConfig | None = None
    max_file_bytes: int = 50 * 1024**3
    part_size_bytes: int = 8 * 1024**2
    session_minutes: int = 60


class MetadataField(_Model):
    """One question that a participant answers with an upload."""

    name: str
    title: str
    required: bool = False


class MetadataConfig(_Model):
    """config/metadata_config.json."""

    schema_version: Literal[1] = 1
    fields: tuple[MetadataField, ...] = ()


class Participant(_Model):
    """users/<id>.json, written by `personal.stored`; `id` is random and says nothing about the person."""

    schema_version: Literal[1] = 1
    id: str
    email: Email
    phone: Phone
    created_at: datetime
    active: bool = True
