"""Telling the bot about a completed upload: signed, at least once.

A notification is stored before it is sent and removed when the bot has taken it. What could not be
delivered goes out with a later request, under the same delivery id, so that the bot can drop repetitions.
"""

import hashlib
import hmac
import json
import logging
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import ValidationError

from stuf_api.bucket import Bucket
from stuf_api.configuration import Configuration
from stuf_api.documents import Notification, Upload
from stuf_api.keys import Keyring, Purpose

_PREFIX: Final = "notifications/"
_ATTEMPTS: Final = 3
_PAUSE_SECONDS: Final = 0.3
_BACKLOG_SECONDS: Final = 10.0
_BACKLOG_BATCH: Final = 10
# Requests that no upload depends on look seldom, and no request spends longer than this on it.
SELDOM_SECONDS: Final = 60.0
_BACKLOG_BUDGET_SECONDS: Final = 5.0
_TOO_MANY_REQUESTS: Final = 429
# Who uploads should not wait for a bot that is away.
_BACKOFF_SECONDS: Final = 60.0
_log = logging.getLogger(__name__)


class Post(Protocol):
    """Sends one request; gives the status, or None when there was no answer."""

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int | None: ...


def post(url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """POST by urllib3, which boto3 brings along; follows no redirect."""
    import urllib3  # noqa: PLC0415 - most requests notify nobody, and a cold start should not pay for it

    try:
        answer = urllib3.request(
            "POST", url, body=body, headers=headers, timeout=urllib3.Timeout(connect=1, read=2), retries=False
        )
    except urllib3.exceptions.HTTPError:
        return None
    return answer.status


class Notifier:
    """Sends what the bot should know."""

    def __init__(  # noqa: PLR0913 - put together in one place, services.py, by name
        self,
        *,
        bucket: Bucket,
        configuration: Configuration,
        keyring: Keyring,
        slug: str,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        send: Post,
    ) -> None:
        self._bucket = bucket
        self._configuration = configuration
        self._keyring = keyring
        self._slug = slug
        self._now = now
        self._sleep = sleep
        self._send = send
        self._looked_at = float("-inf")
        self._next_look = float("-inf")

    def keep(self, upload: Upload, occurred_at: datetime) -> Notification | None:
        """Store the notification for `upload`; None when nobody wants to know."""
        target = self._configuration.stuf().notify
        if target is None:
            return None
        body: dict[str, str | int | bool] = {
            "schema_version": 1,
            "event": "upload.completed",
            "slug": self._slug,
            "upload_id": upload.id,
            "size": upload.size,
            "participant": upload.participant,
            "verification": upload.verification,
            "occurred_at": occurred_at.isoformat(),
        }
        if target.show_file_names:
            body["file_name"] = upload.file_name
        # The id follows from the upload: completing it again after a crash makes no second delivery.
        delivery = str(uuid.uuid5(uuid.NAMESPACE_URL, f"stuf:{self._slug}:{upload.id}"))
        notification = Notification(delivery=delivery, body=body)
        self._bucket.write(f"{_PREFIX}{delivery}.json", notification)
        return notification

    def deliver(self, notification: Notification) -> bool:
        """Try a few times, briefly; True when the bot has taken it."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE_SECONDS * attempt)
            if self._delivered(self._deliver_once(notification)):
                self._bucket.delete(f"{_PREFIX}{notification.delivery}.json")
                return True
        _log.warning("notification %s not delivered yet", notification.delivery)
        return False

    def deliver_backlog(self, every: float = _BACKLOG_SECONDS) -> None:
        """Send what earlier requests could not, at most once in `every` seconds; raises nothing.

        One that the bot refuses, or that cannot be read, holds up no other; a bot that is away ends the round.
        """
        if self._now() < max(self._next_look, self._looked_at + every):
            return
        self._looked_at = self._now()
        try:
            waiting = [key for key, _ in self._bucket.etags(_PREFIX)]
            # Any of them, so that those which are always refused do not fill every round.
            batch = secrets.SystemRandom().sample(waiting, min(len(waiting), _BACKLOG_BATCH))
            if not all([*self._deliver_each(batch)]):
                self._next_look = self._now() + _BACKOFF_SECONDS
        except Exception as error:  # noqa: BLE001 - the request at hand is about something else, and goes on
            self._next_look = self._now() + _BACKOFF_SECONDS
            _log.error("notifications could not be made up for: %s", type(error).__name__)

    def _deliver_each(self, keys: Iterable[str]) -> Iterator[bool]:
        """Whether each of the notifications was delivered; ends early when the bot is away."""
        until = self._now() + _BACKLOG_BUDGET_SECONDS
        for key in keys:
            stored = self._bucket.read(key) if self._now() < until else None
            if stored is None:
                continue
            try:
                notification = Notification.model_validate_json(stored.body)
            except ValidationError:
                _log.error("notification cannot be read: %s", key)
                continue
            status = self._deliver_once(notification)
            yield self._delivered(status)
            if self._delivered(status):
                self._bucket.delete(key)
            elif status is None or status == _TOO_MANY_REQUESTS or not 400 <= status < 500:  # noqa: PLR2004 - refusals
                return
            else:
                _log.warning("notification %s refused: %d", notification.delivery, status)

    def _delivered(self, status: int | None) -> bool:
        return status is not None and 200 <= status < 300  # noqa: PLR2004 - HTTP's range of success

    def _deliver_once(self, notification: Notification) -> int | None:
        target = self._configuration.stuf().notify
        if target is None:
            return None
        body = json.dumps(notification.body, separators=(",", ":")).encode()
        timestamp = str(int(self._now()))
        signature = hmac.new(
            self._keyring.key(Purpose.NOTIFY), timestamp.encode() + b"." + body, hashlib.sha256
        ).hexdigest()
        headers: dict[str, Any] = {
            "Content-Type": "application/json",
            "X-STUF-Slug": self._slug,
            "X-STUF-Delivery": notification.delivery,
            "X-STUF-Timestamp": timestamp,
            "X-STUF-Signature-256": f"sha256={signature}",
        }
        return self._send(target.url, body, headers)
