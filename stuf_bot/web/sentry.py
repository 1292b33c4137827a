"""Deliveries of Sentry's integration.

Sentry signs the body and nothing else: who holds a signed body can send it again under another id, time or
resource. So the resource has to fit the body. What happens once (an event, an issue's beginning, a comment)
is known by its body, whatever id it comes under, and the time within it may not be older than what the inbox
remembers. What may happen again in the same words (resolved, unresolved, resolved) is known by its id, and
says no more than the state of the issue: what comes of a repetition is put right by asking Sentry.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from stuf_bot.web.bodies import Refused, parse
from stuf_bot.web.checks import (
    Accepted,
    delivery_id,
    forged,
    inner,
    must_be_json,
    name,
    received,
    signed_by_any,
)

_WINDOW = timedelta(minutes=5)
# Sentry itself takes no older event, and the inbox knows its keys for longer.
_OLDEST = timedelta(days=31)
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = "sentry-hook-signature"
_ONCE = {
    "event_alert.triggered",
    "error.created",
    "issue.created",
    "comment.created",
    "comment.updated",
    "comment.deleted",
}
# By resource: what its body has to hold.
_HOLDS: Mapping[str, tuple[str, ...]] = {
    "issue": ("data", "issue"),
    "event_alert": ("data", "event"),
    "error": ("data", "error"),
    "metric_alert": ("data", "metric_alert"),
    "comment": ("data", "comment_id"),
    "installation": ("data", "installation"),
}
_SIGNED_TIMES = (("data", "event", "datetime"), ("data", "error", "datetime"), ("data", "timestamp"))
_ISSUES = (
    ("data", "issue", "id"),
    ("data", "event", "issue_id"),
    ("data", "error", "issue_id"),
    ("data", "issue_id"),
    ("data", "group_id"),
)
_OTHERS = (
    ("metric", ("data", "metric_alert", "id")),
    ("project", ("data", "project_slug")),
    ("project", ("data", "event", "project")),
    ("installation", ("installation", "uuid")),
)


def sentry_delivery(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr], now: datetime
) -> Accepted:
    """A delivery of Sentry, signed with any of the secrets. Raises Refused."""
    if not signed_by_any(secrets, body, headers.get(_SIGNATURE, ""), prefix=""):
        raise forged()
    stamp = headers.get("sentry-hook-timestamp", "")
    if not _TIMESTAMP.fullmatch(stamp) or abs(now.timestamp() - int(stamp)) > _WINDOW.total_seconds():
        raise Refused(401, "the timestamp is more than five minutes off", "late")
    must_be_json(headers, "send it with the content type application/json")
    resource = name(headers.get("sentry-hook-resource"))
    content = parse(body)
    wanted = _HOLDS.get(resource)
    if wanted is not None and not _held(content, wanted):
        raise Refused(400, "the body belongs to another resource", "other-resource")
    kind = name(f"{resource}.{name(content.get('action'))}")
    said = delivery_id(headers.get("request-id"))
    if kind in _ONCE:
        _not_too_old(content, now)
        said = hashlib.sha256(body).hexdigest()
    return Accepted(received("sentry", said, kind, _subject(content), content), "sentry")


def _held(content: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    found: object = content
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found is not None


def _not_too_old(content: Mapping[str, Any], now: datetime) -> None:
    for path in _SIGNED_TIMES:
        moment = _moment(inner(content, *path))
        if moment is not None and now - moment > _OLDEST:
            raise Refused(401, "what it tells happened too long ago", "late")


def _moment(said: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _subject(content: Mapping[str, Any]) -> str:
    """By issue, so that what happens to one stays in order; else by what there is."""
    for path in _ISSUES:
        if issue := inner(content, *path):
            return f"issue:{issue}"
    for what, path in _OTHERS:
        if other := inner(content, *path):
            return f"{what}:{other}"
    return ""
