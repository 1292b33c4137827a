"""Telling the bot about a completed upload: signed, at least once.

A notification is stored before it is sent and removed when the bot has taken it. What could not be
delivered goes out with a later request, under the same delivery id, so that the bot can drop repetitions.
"""

import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

from stuf_api.bucket import Bucket
from stuf_api.configuration import Configuration
from stuf_api.documents import Notification, Upload
from stuf_api.keys import Keyring, Purpose

_PREFIX: Final = "notifications/"
_ATTEMPTS: Final = 3
_PAUSE_SECONDS: Final = 0.3
_BACKLOG_SECONDS: Final = 10.0
_BACKLOG_BATCH: Final = 10
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
            if self._deliver_once(notification):
                self._bucket.delete(f"{_PREFIX}{notification.delivery}.json")
                return True
        _log.warning("notification %s not delivered yet", notification.delivery)
        return False

    def deliver_backlog(self) -> None:
        """Send what earlier requests could not; stops at the first that still fails."""
        if self._now() < self._next_look:
            return
        self._next_look = self._now() + _BACKLOG_SECONDS
        waiting = [key for key, _ in zip(self._bucket.etags(_PREFIX), range(_BACKLOG_BATCH), strict=False)]
        for key, _ in waiting:
            stored = self._bucket.read(key)
            if stored is None:
                continue
            if not self._deliver_once(Notification.model_validate_json(stored.body)):
                self._next_look = self._now() + _BACKOFF_SECONDS
                return
            self._bucket.delete(key)

    def _deliver_once(self, notification: Notification) -> bool:
        target = self._configuration.stuf().notify
        if target is None:
            return False
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
        status = self._send(target.url, body, headers)
        return status is not None and 200 <= status < 300  # noqa: PLR2004 - HTTP's range of success
