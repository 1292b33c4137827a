"""Errands to Sentry about one issue: all of one issue run one after the other."""

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.orm import Session

from handlers.sentry.reading import Comment
from handlers.sentry.record import key_of
from handlers.sentry.wording import Who
from stuf_bot.errands import Errands

DETAILS: Final = "sentry.details"
UPDATE: Final = "sentry.update"
COMMENT: Final = "sentry.comment"
RECONCILE: Final = "sentry.reconcile"


def ask(  # noqa: PLR0913 - what led to it goes along.
    errands: Errands,
    session: Session,
    kind: str,
    issue: str,
    cause: str,
    *,
    by: Who | None = None,
    comment: Comment | None = None,
    **payload: Any,
) -> bool:
    """Ask Sentry about an issue, once for each `cause`. False where Sentry's API is not connected.

    `by`: who did there what a webhook tells. `comment` is one that waits for the issue.
    """
    whole = {"issue": issue, **payload}
    if by:
        whole["by"] = asdict(by)
        whole["user"] = by.id if by.is_person else ""
    if comment:
        whole["heard"] = comment.model_dump()
    try:
        errands.put(session, kind, f"{issue}:{cause}", whole, order=key_of(issue))
    except KeyError:
        return False
    return True
