"""Makes what is to be said fit Zulip's limits, never silently."""

import hashlib
import re

from stuf_bot.places import TOPIC_LENGTH

CONTENT_LENGTH = 10_000
CUT_NOTE = "*(Cut here: the rest is too long for one message.)*"
_GAP = "\n\n"
_ROOM = 32
# Code that begins a line with as many backticks has more of them behind.
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(?=[^`~\n]*$)", re.MULTILINE)
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_MENTION = re.compile(r"@\*\*[^*\n]*\|\d+\*\*|@\*[^*\n]+\*(?!\*)")
_UPLOAD = re.compile(r"\]\(/user_uploads/[^)\s]*\)")
_RESOLVED = "✔ "


def fit_content(content: str, length: int = CONTENT_LENGTH, note: str = CUT_NOTE) -> str:
    """At most `length` characters, ending in the note where something had to go, and never empty.

    It is cut between lines where that costs less than half, else before the code that the cut would
    break, and a block that the cut would leave open is closed before the note.
    """
    content = plain(content)
    if len(content) <= length:
        return content
    kept = content[: max(0, length - len(_GAP + note) - _ROOM)]
    line_end = kept.rfind("\n")
    kept = kept[: line_end if line_end > len(kept) // 2 else _outside_code(content, len(kept))]
    return closed(kept.rstrip()) + _GAP + note


def plain(content: str) -> str:
    """As Zulip would store it: without what it refuses or strips, and not empty."""
    return content.replace("\x00", "").strip() or "(empty)"


def closed(content: str) -> str:
    """With the block of code closed that would swallow what follows."""
    fence = ""
    for match in _FENCE.finditer(content):
        mark = match.group(1)
        if not fence:
            fence = mark
        elif _ends(fence, mark):
            fence = ""
    return f"{content}\n{fence[: _ROOM - 2]}" if fence else content


def mentions(content: str) -> list[str]:
    """The people and groups whom our own Markdown notifies, each once, in order.

    What is said in a spoiler notifies; what stands in code or in a quotation does not.
    """
    found: list[str] = []
    silent: list[bool] = []
    fences: list[str] = []
    for line in content.splitlines():
        mark = _FENCE.match(line)
        title = line[mark.end() :].strip() if mark else ""
        if mark and fences and not title and _ends(fences[-1], mark.group(1)):
            fences.pop()
            silent.pop()
        elif mark and not any(silent):
            fences.append(mark.group(1))
            silent.append(not title.startswith("spoiler"))
        elif not any(silent) and not line.lstrip().startswith(">"):
            found += _MENTION.findall(_CODE.sub("", line))
    return list(dict.fromkeys(found))


def _outside_code(content: str, cut: int) -> int:
    """Where to cut instead, if `cut` lies within code in a line: half of it would be no code any more."""
    begin = content.rfind("\n", 0, cut) + 1
    end = content.find("\n", cut)
    for code in _CODE.finditer(content, begin, len(content) if end < 0 else end):
        if code.start() < cut < code.end():
            return code.start()
    return cut


def _ends(fence: str, mark: str) -> bool:
    return mark[0] == fence[0] and len(mark) >= len(fence)


def fit_topic(topic: str) -> str:
    """At most 50 characters, on one line, never empty; a topic that is resolved stays so."""
    done = topic.startswith(_RESOLVED)
    bare = " ".join("".join(c if c.isprintable() else " " for c in topic.removeprefix(_RESOLVED)).split())
    bare = bare or "(no topic)"
    if len(bare) > TOPIC_LENGTH:
        bare = bare[: TOPIC_LENGTH - 1].rstrip() + "…"
    return _RESOLVED + bare if done else bare


def fingerprint(content: str) -> str:
    """Equal for two texts that Zulip stores as the same message.

    Where a file lies does not count: uploaded twice, it lies in two places.
    """
    return hashlib.sha256(_UPLOAD.sub("](/user_uploads/)", content.strip()).encode()).hexdigest()
