"""The journal: one small object an event; participants by their opaque id."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from stuf_api.bucket import Bucket
from stuf_api.documents import JournalEntry


class Journal:
    """Writes journal/<timestamp>_<id>.json."""

    def __init__(self, bucket: Bucket, now: Callable[[], float]) -> None:
        self._bucket = bucket
        self._now = now

    def write(self, event: str, participant: str, upload: str | None = None) -> None:
        """Note that `event` happened."""
        at = datetime.fromtimestamp(self._now(), UTC)
        key = f"journal/{at:%Y%m%dT%H%M%S.%fZ}_{secrets.token_hex(8)}.json"
        self._bucket.write(key, JournalEntry(at=at, event=event, participant=participant, upload=upload))
