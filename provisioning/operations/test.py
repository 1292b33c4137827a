"""Test a STUF end to end, as a participant would use it, and leave nothing behind."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

from provisioning import progress
from provisioning.models import StufOutputs
from provisioning.operations.attempt import Attempt, StepFailed, run_attempt
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.records import StepState, StepStatus
from provisioning.storage import Storage, StoredObject
from provisioning.verification import Verification, VerificationError, composite_sha256

# S3 takes no part below 5 MiB but the last.
PART_BYTES: Final = 5 * 1024**2
LAST_PART_BYTES: Final = 64 * 1024
_NOTICE_POLL: Final = 1.0


def test(steps: Steps, services: Services, attempt_id: str) -> None:
    """Run the attempt `attempt_id` of a test upload to its end."""
    run_attempt(steps, services, attempt_id, lambda attempt: _Visit(attempt).run())


class _Visit:
    """One visit. Sessions live in memory only; a visit that goes on after a crash signs in again."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        with attempt.services.session() as session:
            self._slug = progress.current(session, attempt.attempt_id).slug
            outputs = progress.stuf(session, attempt.attempt_id).outputs
        if outputs is None:
            raise StepFailed(
                "not-provisioned", "This STUF has not been provisioned yet, so there is nothing to test."
            )
        self._outputs: StufOutputs = outputs
        self._storage: Storage = attempt.services.storage(outputs)
        self._visitor: Verification = attempt.services.verification(outputs)
        self._session: str | None = None

    def run(self) -> None:
        """All steps; what was uploaded is removed also when one fails."""
        self._step("sign in", self._sign_in)
        upload_id: str = self._attempt.run("begin upload", self._begin_upload)
        try:
            self._step("upload", lambda: self._upload(upload_id))
            self._step("checksum", lambda: self._checksum(upload_id))
            self._step("encryption", lambda: self._encryption(upload_id))
            self._step("version", self._version)
            self._step("notification", lambda: self._notification(upload_id))
        except StepFailed as failed:
            try:
                self._step("clean up", lambda: self._clean_up(upload_id))
            except StepFailed as left:
                failure = failed.failure
                raise StepFailed(
                    failure.code,
                    f"{failure.sentence} And the test file is still there: {left.failure.sentence}",
                ) from None
            raise
        self._step("clean up", lambda: self._clean_up(upload_id))

    def _step(self, name: str, do: Callable[[], None]) -> None:
        """Run `do` as the durable step `name` and show it."""

        def shown() -> None:
            began = self._attempt.services.clock()
            self._show(name, StepStatus.RUNNING)
            status = StepStatus.FAILED
            try:
                do()
                status = StepStatus.DONE
            except VerificationError as error:
                raise StepFailed("stuf-misbehaves", f"The step {name} failed: {error}.") from None
            finally:
                seconds = (self._attempt.services.clock() - began).total_seconds()
                self._show(name, status, seconds)

        self._attempt.run(name, shown)

    def _show(self, name: str, status: StepStatus, seconds: float | None = None) -> None:
        state = StepState(name=name, status=status, seconds=seconds)
        attempt = self._attempt

        def change(session: Any) -> Any:
            steps = progress.current(session, attempt.attempt_id).steps
            return progress.stepped(
                session, attempt.attempt_id, [state if step.name == name else step for step in steps]
            )

        attempt.change(change)

    def _signed_in(self) -> str:
        if self._session is None:
            self._session = self._attempt.patiently(self._visitor.sign_in, "sign-in-failed", "")
        return self._session

    def _sign_in(self) -> None:
        self._signed_in()

    def _begin_upload(self) -> str:
        begun: str = self._attempt.patiently(
            lambda: self._visitor.begin_upload(self._signed_in(), PART_BYTES + LAST_PART_BYTES),
            "upload-failed",
            "",
        )
        return begun

    def _upload(self, upload_id: str) -> None:
        def send() -> None:
            try:
                self._visitor.send(self._signed_in(), upload_id, test_parts(upload_id))
            except VerificationError:
                # A visit that was interrupted may have completed it already; the next steps look closely.
                if self._storage.uploaded(upload_id) is None:
                    raise

        self._attempt.patiently(send, "upload-failed", "")

    def _stored(self, upload_id: str) -> StoredObject:
        found = self._attempt.patiently(lambda: self._storage.uploaded(upload_id), "storage-unavailable", "")
        if found is None:
            raise StepFailed("upload-missing", "The STUF took the test file, but it is not in the storage.")
        stored: StoredObject = found[1]
        return stored

    def _checksum(self, upload_id: str) -> None:
        expected, stored = composite_sha256(test_parts(upload_id)), self._stored(upload_id)
        if stored.sha256 != expected:
            raise StepFailed(
                "checksum-differs",
                f"The storage has the SHA-256 {stored.sha256} for the test file, but {expected} was sent. "
                "Let nobody upload until this is understood.",
            )

    def _encryption(self, upload_id: str) -> None:
        stored = self._stored(upload_id)
        if stored.encryption != "aws:kms" or stored.kms_key != self._outputs.kms_key_arn:
            raise StepFailed(
                "encryption-differs",
                f"The test file is encrypted with {stored.encryption or 'nothing'} and the key "
                f"{stored.kms_key or 'of nobody'} instead of aws:kms and the STUF's own key. "
                "Let nobody upload until this is understood.",
            )

    def _version(self) -> None:
        running: str = self._attempt.patiently(self._visitor.version, "version-unreadable", "")
        if running != self._outputs.version:
            raise StepFailed(
                "version-differs",
                f"Version {running} runs, but {self._outputs.version} was deployed. Provision it again.",
            )

    def _notification(self, upload_id: str) -> None:
        services, waited = self._attempt.services, 0.0
        while not self._seen(upload_id):
            if waited >= services.notice_seconds:
                raise StepFailed(
                    "notification-missing",
                    f"The STUF did not announce the test file within {services.notice_seconds:.0f} s. The administrator "
                    "has to check STUF_NOTIFY_URL of the control repository and that it reaches this bot.",
                )
            self._attempt.steps.wait(_NOTICE_POLL)
            waited += _NOTICE_POLL

    def _seen(self, upload_id: str) -> bool:
        with self._attempt.services.session() as session:
            return progress.upload_seen(session, self._slug, upload_id)

    def _clean_up(self, upload_id: str) -> None:
        def remove() -> int:
            self._visitor.remove(self._signed_in(), upload_id)
            return self._storage.versions(upload_id)

        left = self._attempt.patiently(remove, "clean-up-failed", "")
        if left:
            raise StepFailed("clean-up-failed", f"{left} versions of the test file are still in the storage.")


def test_parts(upload_id: str) -> list[bytes]:
    """The test file in parts: the same for the same upload, so that an interrupted visit can go on."""
    content = hashlib.shake_256(upload_id.encode()).digest(PART_BYTES + LAST_PART_BYTES)
    return [content[:PART_BYTES], content[PART_BYTES:]]
