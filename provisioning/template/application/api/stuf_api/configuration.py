"""The configuration in the bucket, read again when it has changed."""

import logging
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from stuf_api.bucket import Bucket, Stored
from stuf_api.documents import MetadataConfig, SentryConfig, StufConfig
from stuf_api.errors import not_configured

RECHECK_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)
_Model = TypeVar("_Model", bound=BaseModel)


class _Cached(Generic[_Model]):
    """One document; at most one conditional read in `RECHECK_SECONDS`."""

    def __init__(self, bucket: Bucket, key: str, model: type[_Model], now: Callable[[], float]) -> None:
        self._bucket = bucket
        self._key = key
        self._model = model
        self._now = now
        self._value: _Model | None = None
        self._etag = ""
        self._checked_at = float("-inf")

    def get(self) -> _Model | None:
        if self._value is None or self._now() - self._checked_at >= RECHECK_SECONDS:
            self._reload()
        return self._value

    @property
    def known(self) -> _Model | None:
        """What was read last; None before."""
        return self._value

    def _reload(self) -> None:
        try:
            if self._value is None:
                stored = self._bucket.read(self._key)
            else:
                stored = self._bucket.read_changed(self._key, self._etag)
        except LookupError:
            stored, self._value = None, None
        if stored is not None:
            self._take(stored)
        self._checked_at = self._now()

    def _take(self, stored: Stored) -> None:
        try:
            self._value = self._model.model_validate_json(stored.body)
        except ValidationError:
            # What held before goes on; the file's content stays unlogged.
            _log.error("configuration cannot be read: %s", self._key)
        self._etag = stored.etag


class Configuration:
    """What administrators and TAs have set for this STUF."""

    def __init__(self, bucket: Bucket, now: Callable[[], float]) -> None:
        self._stuf = _Cached(bucket, "config/stuf_config.json", StufConfig, now)
        self._metadata = _Cached(bucket, "config/metadata_config.json", MetadataConfig, now)

    def stuf(self) -> StufConfig:
        """The STUF's configuration. Raises ApiError (not-configured) before it was written."""
        found = self._stuf.get()
        if found is None:
            raise not_configured()
        return found

    def known_sentry(self) -> SentryConfig | None:
        """Where errors are reported, as far as that is known without asking storage."""
        found = self._stuf.known
        return found.sentry if found else None

    def metadata(self) -> MetadataConfig:
        """The questions asked with an upload; none when the file does not exist."""
        return self._metadata.get() or MetadataConfig()
