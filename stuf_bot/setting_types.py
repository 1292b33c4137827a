"""What a setting may be: each type says in a sentence what was wrong with what was given."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, model_validator

from stuf_bot.policy import Way

_KEY_BYTES = 32
_SECRET_LENGTH = 20


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must be an address that starts with https:// (or http://)")
    return value.rstrip("/")


def _repository(value: str) -> str:
    owner, slash, name = value.partition("/")
    if not (owner and slash and name) or "/" in name or " " in value:
        raise ValueError("must be owner/name, for example acme/stuf-control")
    return value


def _split(value: object) -> object:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def _asked(way: Way) -> Way:
    if way is Way.NONE:
        raise ValueError("cannot be none: what costs or destroys is always confirmed")
    return way


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", value):
        raise ValueError("must be named after a STUF by its slug, for example [policy:acme-audit]")
    return value


def _fernet_key(value: SecretStr) -> SecretStr:
    try:
        length = len(base64.b64decode(value.get_secret_value(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if length != _KEY_BYTES:
        raise ValueError(
            "must be 32 random bytes in URL-safe base64; docs/configuration.md says how to make one"
        )
    return value


def _topic(value: str) -> str:
    if not re.fullmatch(r"arn:aws(-[a-z-]+)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}", value):
        raise ValueError("must be ARNs of SNS topics, for example arn:aws:sns:eu-west-1:123456789012:alarms")
    return value


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SECRET_LENGTH:
        raise ValueError(f"must be secrets of {_SECRET_LENGTH} characters or more")
    return value


Address = Annotated[str, AfterValidator(_http)]
Names = tuple[str, ...]
Confirmed = Annotated[Way, AfterValidator(_asked)]
Slug = Annotated[str, AfterValidator(_slug)]
TopicArn = Annotated[str, AfterValidator(_topic)]
Repository = Annotated[str, AfterValidator(_repository)]
FernetKey = Annotated[SecretStr, AfterValidator(_fernet_key)]
Secret = Annotated[SecretStr, AfterValidator(_long)]


class Section(BaseModel):
    """What stands in one section; a mistake in it is told without what was given."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, given: dict[str, object]) -> dict[str, object]:
        """A list is written in one line, with commas."""
        listed = {name for name, field in cls.model_fields.items() if "tuple" in str(field.annotation)}
        return {name: _split(value) if name in listed else value for name, value in given.items()}
