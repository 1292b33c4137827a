"""Finds the files that an earlier STUF with the same slug left behind, and the key that makes them readable."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from provisioning.stages.aws import Aws
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.settings import KeptFiles, Settings


@dataclass(frozen=True)
class Kept:
    """A bucket that outlived its stack. `empty` if nothing was ever put into it."""

    bucket: str
    key_arn: str
    empty: bool


def files_bucket(slug: str, account: str) -> str:
    """The name that the template gives the bucket of the files."""
    return f"stuf-{slug}-files-{account}"


def logs_bucket(slug: str, account: str) -> str:
    """The name that the template gives the bucket of the access logs."""
    return f"stuf-{slug}-logs-{account}"


def site_bucket(slug: str, account: str) -> str:
    """The name that the template gives the bucket of the page."""
    return f"stuf-{slug}-site-{account}"


def find_kept(aws: Aws, slug: str) -> Kept | None:
    """What an earlier STUF left, or None. Only of use while no stack of that slug stands."""
    bucket = files_bucket(slug, aws.account)
    if not aws.has_bucket(bucket):
        return None
    versions = aws.s3.list_object_versions(Bucket=bucket, MaxKeys=1)
    empty = not versions.get("Versions") and not versions.get("DeleteMarkers")
    return Kept(bucket=bucket, key_arn=_key_of(aws, bucket), empty=empty)


def left_overs(aws: Aws, slug: str, kept: Kept | None) -> list[str]:
    """Buckets of an attempt that never came to a stack, which hold nothing and stand in the way.

    StageError where access logs are left whose files somebody removed: they are evidence.
    """
    files, logs, site = (name(slug, aws.account) for name in (files_bucket, logs_bucket, site_bucket))
    found = [site] if aws.has_bucket(site) else []
    if kept is not None and kept.empty:
        found.append(files)
    if (kept is None or kept.empty) and aws.has_bucket(logs):
        if kept is None and aws.s3.list_object_versions(Bucket=logs, MaxKeys=1).get("Versions"):
            raise StageError(
                Reason.FILES_KEPT,
                f"Access logs of an earlier STUF named {slug} lie in the bucket {logs}, its files are gone. The "
                "administrator has to archive that bucket's content and remove it; until then choose another slug.",
            )
        found.append(logs)
    return found


def key_to_adopt(kept: Kept | None, settings: Settings) -> str:
    """The key that the new stack takes over, empty if it makes its own.

    StageError where files were kept and nobody said what to do with them, or their key is gone.
    """
    if kept is None or kept.empty:
        return ""
    if settings.kept_files is not KeptFiles.ADOPT:
        raise StageError(
            Reason.FILES_KEPT,
            f"Files of an earlier STUF named {settings.slug} were kept in the bucket {kept.bucket}. An administrator "
            f"types `retry {settings.slug} adopt` in chat to take them over; or choose another slug.",
        )
    if not kept.key_arn:
        raise StageError(
            Reason.FILES_KEY_LOST,
            f"The key of the kept files in {kept.bucket} cannot be found, or it is to be deleted. The "
            "administrator has to restore the key or remove the bucket; until then choose another slug.",
        )
    return kept.key_arn


def _key_of(aws: Aws, bucket: str) -> str:
    """The key's ARN as the bucket's default, or as the configuration was written with; empty if unusable."""
    rules = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    named = next((one["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "") for one in rules), "")
    if not named and aws.has_object(bucket, "config/stuf_config.json"):
        named = aws.s3.head_object(Bucket=bucket, Key="config/stuf_config.json").get("SSEKMSKeyId", "")
    if not named:
        return ""
    try:
        key = aws.client("kms").describe_key(KeyId=named)["KeyMetadata"]
    except ClientError:
        return ""  # No such key, or not for this role: either way nothing that a new STUF could use.
    return str(key["Arn"]) if key["KeyState"] == "Enabled" else ""
