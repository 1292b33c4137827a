"""Writing Markdown for Zulip: outside text that stays in its place, times, durations, sizes.

A backslash is no escape in Zulip. What holds is a code span whose delimiter is longer than any run
of backticks inside, and a fence longer than any inside; everything from outside goes into one of them.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

_BACKTICKS = re.compile(r"`+")
_TILDES_OR_TICKS = re.compile(r"[`~]{3,}")
_MARKS = re.compile(r"```\w*\n?|\*\*|[`*]")
_SPAN_LENGTH = 200


def span(text: str, longest: int = _SPAN_LENGTH) -> str:
    """Outside text as a code span on one line: it can neither mention, link nor run a command."""
    line = _visible(" ".join(text.split()))
    if len(line) > longest:
        line = line[: longest - 1] + "…"
    if not line:
        return "*(empty)*"
    ticks = "`" * (max((len(run) for run in _BACKTICKS.findall(line)), default=0) + 1)
    pad = " " if len(ticks) > 1 or line.startswith(" ") or line.endswith(" ") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def block(text: str, language: str = "text") -> str:
    """Outside text as a fenced block whose fence is longer than any run inside."""
    lines = "\n".join(_visible(line) for line in text.splitlines())
    longest = max((len(run) for run in _TILDES_OR_TICKS.findall(lines)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{lines}\n{fence}"


def spoiler(title: str, content: str) -> str:
    """`content` (already safe Markdown) behind a heading that one clicks."""
    longest = max((len(run) for run in _TILDES_OR_TICKS.findall(content)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}spoiler {title}\n{content}\n{fence}"


def moment(at: datetime) -> str:
    """A time that everybody reads in their own time zone."""
    return f"<time:{at.strftime('%Y-%m-%dT%H:%M:%S%z')}>"


def duration(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 2 h`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number][:2]
    return " ".join(shown) or "0 s"


def size(count: int) -> str:
    """A number of bytes as people read it: `512 B`, `1.5 MB` (powers of 1000)."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - the SI step between units.
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"  # noqa: PLR2004
        amount /= 1000
    return f"{amount:.1f} TB"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table of cells that are already safe; bars in them are replaced."""
    lines = [list(header), ["---"] * len(list(header)), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def plain_text(markdown: str) -> str:
    """Our own Markdown without its marks, for where it is shown as it is."""
    return _MARKS.sub("", markdown)


def listing(items: Iterable[str]) -> str:
    """A bulleted list of safe Markdown."""
    return "\n".join(f"- {item}" for item in items)


def _visible(text: str) -> str:
    """Without control and direction-changing characters, which could make a text look like another."""
    return "".join(" " if unicodedata.category(mark) in {"Cc", "Cf", "Zl", "Zp"} else mark for mark in text)
