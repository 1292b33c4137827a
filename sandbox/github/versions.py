"""The versions of the REST API, and what the newer ones left out."""

from typing import Any

OLDEST, NEWEST = "2022-11-28", "2026-03-10"
VERSIONS = (OLDEST, NEWEST)

_GONE = {"has_downloads"}


def adapt(body: Any, version: str) -> Any:
    """An answer as this version has it."""
    if version == OLDEST:
        return body
    if isinstance(body, list):
        return [adapt(part, version) for part in body]
    if isinstance(body, dict):
        return {key: adapt(value, version) for key, value in body.items() if key not in _GONE}
    return body
