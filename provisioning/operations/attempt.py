"""The frame of every operation: begin, work, end, whatever happens in between."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.models import StufOutputs
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from provisioning.records import Failure, Operation
from provisioning.storage import StorageError
from provisioning.verification import VerificationError

_log = logging.getLogger(__name__)
_LONGEST_DELAY = 30.0


class StepFailed(Exception):  # noqa: N818 - how a step ends, not a fault of the program.
    """Ends the attempt with this failure."""

    def __init__(self, code: str, sentence: str, log_tail: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {sentence}")
        self.failure = Failure(code=code, sentence=sentence, log_tail=log_tail)


class Attempt:
    """One attempt of an operation, on its way."""

    def __init__(self, steps: Steps, services: Services, attempt_id: str) -> None:
        self.steps, self.services, self.attempt_id = steps, services, attempt_id

    def run(self, name: str, do: Callable[[], Any], *, insist: bool = False) -> Any:
        """The durable result of `do`. Raises StepFailed, also when a repeated run finds it stored.

        With `insist`, whatever else `do` raises is not stored: `do` is repeated until it goes well.
        """
        outcome = self.steps.run(name, lambda: self._outcome(do, insist=insist))
        if "superseded" in outcome:
            raise progress.Superseded(self.attempt_id)
        if "failure" in outcome:
            failure = Failure.model_validate(outcome["failure"])
            raise StepFailed(failure.code, failure.sentence, failure.log_tail)
        return outcome["result"]

    def change(self, change: Callable[[Session], Operation], *, known: int = 0) -> Operation:
        """Change the operation's record and report it, unless its sequence is `known` as reported.

        The report follows the commit; if the process dies between the two, the step that is
        repeated reports again what it finds.
        """
        with self.services.session() as session:
            operation = change(session)
        if operation.sequence != known:
            self.steps.report(
                OperationChanged(operation_id=operation.id, slug=operation.slug, sequence=operation.sequence)
            )
        return operation

    def current(self) -> Operation:
        """The operation as it stands. Raises Superseded."""
        with self.services.session() as session:
            return progress.current(session, self.attempt_id)

    def patiently(self, do: Callable[[], Any], code: str, advice: str) -> Any:
        """The result of `do`, which may be repeated: an outside service that is away is waited for.

        Raises StepFailed(code) with the service's own words and `advice` once waiting is of no use.
        """
        waited, delay = 0.0, 1.0
        while True:
            try:
                return do()
            except (GitHubUnavailable, StorageError, VerificationError) as error:
                passing = getattr(error, "passing", True)
                if not passing or waited >= self.services.give_up_seconds:
                    raise StepFailed(code, f"{_sentence(error)} {advice}".strip()) from None
                _log.warning("%s: %s; trying again in %d s", self.attempt_id, error, delay)
            except GitHubRefused as error:
                raise StepFailed(code, f"{_sentence(error)} {advice}".strip()) from None
            self.steps.wait(delay)
            waited += delay
            delay = min(delay * 2, _LONGEST_DELAY)

    def _outcome(self, do: Callable[[], Any], *, insist: bool) -> dict[str, Any]:
        delay = 1.0
        while True:
            try:
                return {"result": do()}
            except StepFailed as failed:
                return {"failure": failed.failure.model_dump(mode="json")}
            except progress.Superseded:
                return {"superseded": True}
            except (OperationalError, InterfaceError) as error:
                # Without the database not even a failure can be noted, so it is waited for.
                _log.warning("%s: the database is away (%s)", self.attempt_id, type(error.orig).__name__)
            except Exception:  # noqa: BLE001 - logged with its traceback, told with a reference.
                if insist:
                    _log.exception("%s: trying again in %d s", self.attempt_id, delay)
                    self.steps.wait(delay)
                    delay = min(delay * 2, _LONGEST_DELAY)
                    continue
                # The last resort: a fault of this program ends the attempt with a reference to the log.
                reference = secrets.token_hex(4)
                _log.exception("%s: reference %s", self.attempt_id, reference)
                sentence = f"The bot made a mistake (reference {reference}); its administrator finds the cause in the log."
                return {"failure": Failure(code="internal-error", sentence=sentence).model_dump(mode="json")}
            self.steps.wait(delay)
            delay = min(delay * 2, _LONGEST_DELAY)


def run_attempt(
    steps: Steps, services: Services, attempt_id: str, work: Callable[[Attempt], StufOutputs | None]
) -> None:
    """Begin the attempt, do its work, and end it, once; an attempt that is over is left alone."""
    attempt = Attempt(steps, services, attempt_id)
    # Begin and end are insisted on: a failure stored in their place would be told to nobody, and the
    # operation would hold its lock for ever.
    try:
        attempt.run("begin", lambda: _begin(attempt), insist=True)
        try:
            outputs, failure = work(attempt), None
        except StepFailed as failed:
            outputs, failure = None, failed.failure
        attempt.run("end", lambda: _end(attempt, outputs, failure), insist=True)
    except progress.Superseded:
        _log.info("%s: over already", attempt_id)


def _begin(attempt: Attempt) -> None:
    if not attempt.current().active:
        raise progress.Superseded(attempt.attempt_id)
    attempt.change(lambda session: progress.started(session, attempt.attempt_id))


def _end(attempt: Attempt, outputs: StufOutputs | None, failure: Failure | None) -> None:
    now = attempt.services.clock()
    if failure is None:
        ended = attempt.change(lambda session: progress.succeeded(session, attempt.attempt_id, now, outputs))
    else:
        ended = attempt.change(lambda session: progress.failed(session, attempt.attempt_id, now, failure))
    attempt.steps.report(
        OperationEnded(
            operation_id=ended.id, slug=ended.slug, attempt=ended.attempt, succeeded=failure is None
        )
    )


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
