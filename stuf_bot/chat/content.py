"""Makes what is to be said fit Zulip's limits, never silently."""

import hashlib
import re

from stuf_bot.places import TOPIC_LENGTH

CONTENT_LENGTH = 10_000
CUT_NOTE = "\n\n*(Cut here: the rest is too long for one message.)*"
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_RESOLVED = "✔ "


def fit_content(content: str) -> str:
    """At most 10,000 characters, with a note where something had to go, and never empty.

    A block of code that the cut would leave open is closed before the note.
    """
    content = content.replace("\x00", "").strip()
    if not content:
        return "(empty)"
    if len(content) <= CONTENT_LENGTH:
        return content
    kept = content[: CONTENT_LENGTH - len(CUT_NOTE) - 32]
    line_end = kept.rfind("\n")
    if line_end > len(kept) // 2:
        kept = kept[:line_end]
    return kept.rstrip() + _closing(kept) + CUT_NOTE


def fit_topic(topic: str) -> str:
    """At most 50 characters, on one line, never empty; a topic that is resolved stays so."""
    done = topic.startswith(_RESOLVED)
    plain = " ".join("".join(c if c.isprintable() else " " for c in topic.removeprefix(_RESOLVED)).split())
    plain = plain or "(no topic)"
    if len(plain) > TOPIC_LENGTH:
        plain = plain[: TOPIC_LENGTH - 1].rstrip() + "…"
    return _RESOLVED + plain if done else plain


def fingerprint(content: str) -> str:
    """Equal for two texts that Zulip stores as the same message."""
    return hashlib.sha256(content.strip().encode()).hexdigest()


def _closing(text: str) -> str:
    fence = ""
    for match in _FENCE.finditer(text):
        mark = match.group(1)
        if not fence:
            fence = mark
        elif mark[0] == fence[0] and len(mark) >= len(fence):
            fence = ""
    return "\n" + fence[:30] if fence else ""
