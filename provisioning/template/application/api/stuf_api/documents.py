"""The JSON files in the bucket, as far as the STUF reads or writes them.

Small copies of the provisioning models, on purpose: this folder is copied into the instance repository
and into the function's package, where the provisioning code does not exist. They ignore fields that they
do not know, so that a newer bot may add some without breaking a STUF that is already deployed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_version: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Branding(_Part):
    """How the page looks; `logo` is a key below config/."""

    display_name: str = ""
    accent_colour: str = "#1a6b54"
    welcome_text: str = ""
    logo: str | None = None


class NotifyConfig(_Part):
    """Where uploads are announced."""

    url: str
    show_file_names: bool = False


class SentryConfig(_Part):
    """Where errors are reported."""

    dsn: str
    environment: str = "production"


class StufConfig(_Document):
    """config/stuf_config.json."""

    slug: str
    name: str
    address: str
    branding: Branding = Branding()
    sender_email: str
    notify: NotifyConfig | None = None
    sentry: SentryConfig | None = None
    max_file_bytes: int = 50 * 1024**3
    part_size_bytes: int = 8 * 1024**2
    session_minutes: int = 60

    @property
    def title(self) -> str:
        """What people read as this STUF's name."""
        return self.branding.display_name or self.name


class MetadataField(_Part):
    """One question that a participant answers with an upload."""

    name: str
    title: str
    required: bool = False


class MetadataConfig(_Document):
    """config/metadata_config.json."""

    fields: tuple[MetadataField, ...] = ()


class Participant(_Document):
    """users/<id>.json: personal data, never logged."""

    id: str
    email: str
    phone: str
    active: bool = True


class UploadState(StrEnum):
    """How far an upload has come."""

    STARTED = "started"
    COMPLETED = "completed"


class Upload(_Document):
    """uploads/<id>/metadata.json. Sizes in bytes; `sha256` is the composite checksum `…-N` in base64."""

    id: str
    participant: str
    verification: bool = False
    state: UploadState = UploadState.STARTED
    file_name: str
    content_type: str
    size: int
    part_size: int
    multipart_id: str
    metadata: dict[str, str] = {}
    started_at: datetime
    completed_at: datetime | None = None
    sha256: str | None = None
    version_id: str | None = None

    @property
    def key(self) -> str:
        """Where the file itself lies."""
        return f"uploads/{self.id}/data/{self.file_name}"

    @property
    def part_count(self) -> int:
        """How many parts the file has."""
        return -(-self.size // self.part_size)

    def part_bytes(self, number: int) -> int:
        """The exact size of part `number` (from 1)."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


class Challenge(_Document):
    """sign-ins/challenge-<id>.json: a code that was sent; only its HMAC is kept."""

    participant: str
    code_mac: str
    expires_at: float


class JournalEntry(_Document):
    """journal/<timestamp>_<id>.json: what happened, without names."""

    at: datetime
    event: str
    participant: str
    upload: str | None = None


class Notification(_Document):
    """notifications/<delivery>.json: a message to the bot that has not been acknowledged yet."""

    delivery: str
    body: dict[str, str | int | bool]
