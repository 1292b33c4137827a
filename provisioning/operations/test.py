"""Test a STUF end to end, as a participant would use it, and leave nothing behind."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast

from sqlalchemy.orm import Session

from provisioning import progress
from provisioning.models import StufOutputs
from provisioning.operations.attempt import Attempt, StepFailed, run_attempt
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.records import Operation, StepState, StepStatus
from provisioning.storage import StoredObject
from provisioning.verification import VerificationError, composite_sha256

# The test file is one whole part and a little more, so that it goes in two. The first guess is what a
# STUF is configured with unless somebody changed it.
GUESSED_PART_BYTES: Final = 8 * 1024**2
MOST_PART_BYTES: Final = 64 * 1024**2
LAST_PART_BYTES: Final = 64 * 1024
_NOTICE_POLL: Final = 1.0
_UNTIL_UNDERSTOOD: Final = "Let nobody upload until this is understood."


def test(steps: Steps, services: Services, attempt_id: str) -> None:
    """Run the attempt `attempt_id` of a test upload to its end."""
    run_attempt(steps, services, attempt_id, lambda attempt: _Visit(attempt).run())


class _Visit:
    """One visit. Sessions live in memory only; a visit that goes on after a crash signs in again."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt, self._services = attempt, attempt.services
        self._outputs = StufOutputs.model_validate(attempt.run("read", self._read))
        self._storage = attempt.services.storage(self._outputs)
        self._visitor = attempt.services.verification(self._outputs)
        self._session: str | None = None

    def run(self) -> None:
        """All steps; what was uploaded is removed also when one fails."""
        self._step("sign in", self._signed_in)
        upload = _Upload(**self._attempt.run("begin upload", self._begin))
        try:
            self._step("upload", lambda: self._upload(upload))
            self._step("checksum", lambda: self._checksum(upload))
            self._step("encryption", lambda: self._encryption(upload))
            self._step("version", self._version)
            self._step("notification", lambda: self._notification(upload))
        except StepFailed as failed:
            try:
                self._step("clean up", lambda: self._clean_up(upload))
            except StepFailed as left:
                first = failed.failure
                also = f"{first.sentence} The test file is still there, too: {left.failure.sentence}"
                raise StepFailed(first.code, also) from None
            raise
        self._step("clean up", lambda: self._clean_up(upload))

    def _step(self, name: str, do: Callable[[], object]) -> None:
        """Run `do` as the durable step `name`, and show how it stands."""

        def shown() -> None:
            began = self._services.clock()
            self._show(name, StepStatus.RUNNING)
            try:
                do()
            except Exception:
                self._show(name, StepStatus.FAILED, (self._services.clock() - began).total_seconds())
                raise
            self._show(name, StepStatus.DONE, (self._services.clock() - began).total_seconds())

        self._attempt.run(name, shown)

    def _show(self, name: str, status: StepStatus, seconds: float | None = None) -> None:
        state = StepState(name=name, status=status, seconds=seconds)
        self._attempt.change(partial(_with_state, attempt_id=self._attempt.attempt_id, state=state))

    def _read(self) -> Any:
        with self._services.session() as session:
            outputs = progress.stuf(session, self._attempt.attempt_id).outputs
        if outputs is None:
            raise StepFailed(
                "not-provisioned", "This STUF is not provisioned yet, so there is nothing to test."
            )
        return outputs.model_dump(mode="json")

    def _signed_in(self) -> str:
        if self._session is None:
            self._session = self._attempt.patiently(
                self._visitor.sign_in, "sign-in-failed", "Is the STUF's secret the one in its stack?"
            )
        return str(self._session)

    def _begin(self) -> dict[str, Any]:
        def begin() -> dict[str, Any]:
            size = GUESSED_PART_BYTES + LAST_PART_BYTES
            upload_id, part_bytes = self._visitor.begin_upload(self._signed_in(), size)
            if part_bytes != GUESSED_PART_BYTES and part_bytes <= MOST_PART_BYTES:
                self._visitor.remove(self._signed_in(), upload_id)
                size = part_bytes + LAST_PART_BYTES
                upload_id, part_bytes = self._visitor.begin_upload(self._signed_in(), size)
            return {"id": upload_id, "size": size, "part_bytes": part_bytes}

        return cast("dict[str, Any]", self._attempt.patiently(begin, "upload-failed", ""))

    def _upload(self, upload: "_Upload") -> None:
        def send() -> None:
            try:
                self._visitor.send(self._signed_in(), upload.id, upload.parts())
            except VerificationError:
                # A visit that was interrupted may have completed it already; the next steps look closely.
                if self._storage.uploaded(upload.id) is None:
                    raise

        self._attempt.patiently(send, "upload-failed", "")

    def _stored(self, upload: "_Upload") -> StoredObject:
        found = self._attempt.patiently(lambda: self._storage.uploaded(upload.id), "storage-unavailable", "")
        if found is None:
            raise StepFailed("upload-missing", "The STUF took the test file, but it is not in the storage.")
        return cast("StoredObject", found[1])

    def _checksum(self, upload: "_Upload") -> None:
        expected, stored = composite_sha256(upload.parts()), self._stored(upload)
        if stored.sha256 != expected or stored.size != upload.size:
            raise StepFailed(
                "checksum-differs",
                f"The storage has {stored.size} bytes with the SHA-256 {stored.sha256} for the test file, but "
                f"{upload.size} bytes with {expected} were sent. {_UNTIL_UNDERSTOOD}",
            )

    def _encryption(self, upload: "_Upload") -> None:
        stored = self._stored(upload)
        if stored.encryption != "aws:kms" or stored.kms_key != self._outputs.kms_key_arn:
            raise StepFailed(
                "encryption-differs",
                f"The test file is encrypted with {stored.encryption or 'nothing'} and the key "
                f"{stored.kms_key or 'of nobody'} instead of aws:kms and the STUF's own key. {_UNTIL_UNDERSTOOD}",
            )

    def _version(self) -> None:
        running = self._attempt.patiently(self._visitor.version, "version-unreadable", "")
        if running != self._outputs.version:
            raise StepFailed(
                "version-differs",
                f"Version {running} runs, but {self._outputs.version} was deployed. "
                "Somebody changed the STUF by hand; deploy it again.",
            )

    def _notification(self, upload: "_Upload") -> None:
        waited = 0.0
        while not self._announced(upload):
            if waited >= self._services.notice_seconds:
                raise StepFailed(
                    "notification-missing",
                    f"The STUF did not announce the test file within {self._services.notice_seconds:.0f} s. The "
                    "administrator has to check that the bot can be reached at the control repository's "
                    "STUF_NOTIFY_URL.",
                )
            self._attempt.steps.wait(_NOTICE_POLL)
            waited += _NOTICE_POLL

    def _announced(self, upload: "_Upload") -> bool:
        with self._services.session() as session:
            return progress.upload_seen(session, self._outputs.slug, upload.id)

    def _clean_up(self, upload: "_Upload") -> None:
        def remove() -> int:
            self._visitor.remove(self._signed_in(), upload.id)
            return self._storage.versions(upload.id)

        left = self._attempt.patiently(remove, "clean-up-failed", "")
        if left:
            raise StepFailed("clean-up-failed", f"{left} versions of the test file are still in the storage.")


class _Upload:
    """A test upload. Its content follows from its id, so that an interrupted visit can go on with it."""

    def __init__(self, id: str, size: int, part_bytes: int) -> None:  # noqa: A002 - the name in the stored result.
        self.id, self.size, self._part_bytes = id, size, part_bytes

    def parts(self) -> Sequence[bytes]:
        """The content, in the parts in which it is sent."""
        content = hashlib.shake_256(self.id.encode()).digest(self.size)
        return [content[at : at + self._part_bytes] for at in range(0, self.size, self._part_bytes)]


def _with_state(session: Session, *, attempt_id: str, state: StepState) -> Operation:
    steps = progress.current(session, attempt_id).steps
    return progress.stepped(
        session, attempt_id, [state if step.name == state.name else step for step in steps]
    )
