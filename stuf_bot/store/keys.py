"""Keys that fit their columns."""

import hashlib
from typing import Final

KEY_LENGTH: Final = 300
"""Characters of a column that holds a key."""


def short(key: str) -> str:
    """A key that fits its column: a long one ends in its hash."""
    if len(key) <= KEY_LENGTH:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return key[: KEY_LENGTH - len(digest) - 1] + "~" + digest
