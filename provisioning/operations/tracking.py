"""A STUF's project in Sentry as a step of its operations: made with it, gone with it, never in its way."""

import logging
from collections.abc import Callable
from typing import Any, Final

from provisioning.models import StufOutputs
from provisioning.operations.attempt import Attempt
from provisioning.sentry import kept
from provisioning.sentry.http import SentryBusy, SentryRefused, SentryUnavailable
from provisioning.sentry.making import SentryMaker
from provisioning.storage import StorageError

_log = logging.getLogger(__name__)
# Between the tries; after the last one the errand `sentry.projects` goes on.
_PAUSES: Final = (2.0, 10.0)


def track(attempt: Attempt, slug: str, outputs: StufOutputs) -> None:
    """Give the STUF its project. What fails is left to the errand: no STUF fails because Sentry does."""
    maker = attempt.services.sentry
    if maker is not None:
        attempt.run("sentry", lambda: _patiently(attempt, lambda: maker.make(slug, outputs)))


def untrack(attempt: Attempt) -> None:
    """Take the project away with the STUF; what fails is left to the errand."""
    maker = attempt.services.sentry
    if maker is not None:
        attempt.run("sentry", lambda: _patiently(attempt, lambda: _remove(attempt, maker)))


def _remove(attempt: Attempt, maker: SentryMaker) -> None:
    slug = attempt.current().slug
    with attempt.services.session() as session:
        project = kept.project_of(session, slug)
    if project is not None:
        maker.remove(project)


def _patiently(attempt: Attempt, do: Callable[[], Any]) -> str:
    """How it went: done, or the reason code of what the errand has to try again."""
    for pause in (*_PAUSES, None):
        try:
            do()
        except SentryRefused as refused:
            _log.warning("%s: %s", attempt.attempt_id, refused)
            return refused.code
        except (SentryUnavailable, StorageError) as error:
            _log.warning("%s: %s", attempt.attempt_id, error)
            if pause is None or isinstance(error, SentryBusy):
                return "unavailable"
        else:
            return "done"
        attempt.steps.wait(pause)
    return "unavailable"
