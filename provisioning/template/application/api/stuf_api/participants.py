"""Who may upload: users/<id>.json, found by id or by e-mail address."""

import logging
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydantic import BaseModel, ValidationError

from stuf_api.bucket import Bucket
from stuf_api.documents import Participant

_PREFIX: Final = "users/"
_CACHE_KEY: Final = "users.json"
_READERS: Final = 8
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = logging.getLogger(__name__)


class _Entry(BaseModel):
    etag: str
    participant: Participant | None


class _Cache(BaseModel):
    """users.json: may be deleted at any time; it spares a new function from reading every file."""

    schema_version: int = 1
    entries: dict[str, _Entry] = {}


def normalised(email: str) -> str:
    """The form in which two addresses are compared."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


class Participants:
    """Reads participants; a change by the bot counts from the next request on."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._cache: _Cache | None = None

    def by_id(self, participant_id: str) -> Participant | None:
        """The active participant with this id, read afresh: a revoked one is gone at once."""
        if not _ID.fullmatch(participant_id):
            return None
        stored = self._bucket.read(f"{_PREFIX}{participant_id}.json")
        found = Participant.model_validate_json(stored.body) if stored else None
        return found if found and found.active else None

    def by_email(self, email: str) -> Participant | None:
        """The active participant with this address, if there is one."""
        wanted = normalised(email)
        for participant in self._all():
            if participant.active and normalised(participant.email) == wanted:
                return participant
        return None

    def _all(self) -> Iterator[Participant]:
        """Every participant; only files that changed since the last look are read."""
        listed = {key: etag for key, etag in self._bucket.etags(_PREFIX) if key.endswith(".json")}
        known = (self._cache or self._stored_cache()).entries
        kept = {key: entry for key, entry in known.items() if listed.get(key) == entry.etag}
        changed = [key for key in listed if key not in kept]
        with ThreadPoolExecutor(_READERS) as readers:
            kept.update(zip(changed, readers.map(self._entry, changed), strict=True))
        self._cache = _Cache(entries=kept)
        if changed or len(kept) != len(known):
            self._bucket.write(_CACHE_KEY, self._cache)
        return (entry.participant for entry in kept.values() if entry.participant)

    def _entry(self, key: str) -> _Entry:
        stored = self._bucket.read(key)
        if stored is None:
            return _Entry(etag="", participant=None)
        try:
            return _Entry(etag=stored.etag, participant=Participant.model_validate_json(stored.body))
        except ValidationError:
            # The rest must still be able to sign in; the key holds an opaque id, the content stays unlogged.
            _log.warning("participant file cannot be read: %s", key)
            return _Entry(etag=stored.etag, participant=None)

    def _stored_cache(self) -> _Cache:
        stored = self._bucket.read(_CACHE_KEY)
        try:
            return _Cache.model_validate_json(stored.body) if stored else _Cache()
        except ValidationError:
            return _Cache()
