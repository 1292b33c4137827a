"""Why a stage ended: reason codes that stay the same, and the sentence that people read."""

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes of a failed stage; the card in chat and the tests know them, so they never change."""

    SETTING_MISSING = "setting-missing"
    SETTING_WRONG = "setting-wrong"
    SPEC_INVALID = "spec-invalid"
    AWS_CREDENTIALS = "aws-credentials"
    AWS_ACCESS_DENIED = "aws-access-denied"
    AWS_UNREACHABLE = "aws-unreachable"
    AWS_REFUSED = "aws-refused"
    SENDER_UNVERIFIED = "sender-unverified"
    GITHUB_CREDENTIALS = "github-credentials"
    GITHUB_ACCESS_DENIED = "github-access-denied"
    GITHUB_REFUSED = "github-refused"
    GITHUB_UNREACHABLE = "github-unreachable"
    REPOSITORY_NOT_OURS = "repository-not-ours"
    PUSH_FAILED = "push-failed"
    STACK_NOT_OURS = "stack-not-ours"
    STACK_BUSY = "stack-busy"
    STACK_STUCK = "stack-stuck"
    STACK_MISSING = "stack-missing"
    BUCKET_TAKEN = "bucket-taken"
    FILES_KEPT = "files-kept"
    FILES_KEY_LOST = "files-key-lost"
    REPOSITORY_FAILED = "repository-failed"
    INFRASTRUCTURE_FAILED = "infrastructure-failed"
    PACKAGE_FAILED = "package-failed"
    APPLICATION_FAILED = "application-failed"
    CONFIGURATION_FAILED = "configuration-failed"
    REMOVAL_FAILED = "removal-failed"
    ADDRESS_UNREACHABLE = "address-unreachable"
    VERSION_DIFFERS = "version-differs"
    POSTURE_WRONG = "posture-wrong"
    LEFT_OVER = "left-over"
    INTERNAL_ERROR = "internal-error"


class StageError(Exception):
    """A stage cannot go on.

    `reason` is the stable code; `sentence` says what happened and what to do, without a secret in it;
    `details` are lines worth reading in the log, most useful last.
    """

    def __init__(self, reason: Reason, sentence: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.details = details


def annotation(reason: str, sentence: str) -> str:
    """The line by which a GitHub step says why it failed; line breaks and % are escaped as GitHub wants."""
    text = f"[{reason}] {' '.join(sentence.split())}".replace("%", "%25")
    return f"::error title={reason}::{text}"
