"""The bot's own Markdown for Zulip: lists, spoilers, times, durations, sizes.

What is given to these functions is safe already; text from outside goes through `outside.py` first.
"""

import re
from collections.abc import Iterable
from datetime import datetime

_TILDES_OR_TICKS = re.compile(r"[`~]{3,}")
_MARKS = re.compile(r"```\w*\n?|\*\*|[`*]")


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


def plain_text(markdown: str) -> str:
    """Our own Markdown without its marks, for where it is shown as it is."""
    return _MARKS.sub("", markdown)


def listing(items: Iterable[str]) -> str:
    """A bulleted list of safe Markdown."""
    return "\n".join(f"- {item}" for item in items)
