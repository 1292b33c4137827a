"""File names as keys: every script of the world, nothing that moves about or hides."""

import re
import unicodedata
from typing import Final

MAX_BYTES: Final = 240
_FALLBACK: Final = "file"
# Controls, formats, surrogates, private use, unassigned, line and paragraph separators.
_REMOVED: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Joiners belong to the spelling of several scripts and to emoji; they reorder nothing.
_JOINERS: Final = {"\u200c", "\u200d"}


def safe_name(name: str) -> str:
    """The last component of `name`, without control characters or `..`, at most 240 bytes of UTF-8."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if c in _JOINERS or unicodedata.category(c) not in _REMOVED)
    shown = unicodedata.normalize("NFC", shown)
    shown = re.sub(r"\.{2,}", ".", shown)
    shown = re.sub(r"\s+", " ", shown).strip().rstrip(". ")
    return _shortened(shown) if shown.strip(". \u200c\u200d") else _FALLBACK


def _shortened(name: str) -> str:
    """Keeps the ending, since it says what the file is."""
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > MAX_BYTES // 8:
        stem, dot, ending = name, "", ""
    room = MAX_BYTES - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending
