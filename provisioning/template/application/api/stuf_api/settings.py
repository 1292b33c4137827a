"""What the stack tells the function through its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """One STUF's own names; `address` is the public base address without a trailing slash."""

    bucket: str
    slug: str
    kms_key: str
    secret_arn: str
    version: str
    address: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `STUF_*`. Raises KeyError with the name of a missing variable."""
        return cls(
            bucket=environment["STUF_BUCKET"],
            slug=environment["STUF_SLUG"],
            kms_key=environment["STUF_KMS_KEY"],
            secret_arn=environment["STUF_SECRET_ARN"],
            version=environment["STUF_VERSION"],
            address=environment["STUF_ADDRESS"].rstrip("/"),
        )
