"""A row of numbers as a line of text, and where it is heading."""

from collections.abc import Sequence
from enum import StrEnum

_BARS = "▁▂▃▄▅▆▇█"
_LATE = 6
"""The hours whose rate is held against that of the hours before them."""
_RISES, _FALLS = 2.0, 0.5
_FEW = 5
"""With fewer events than this in the late hours nothing rises: two after one are no trend."""


class Trend(StrEnum):
    """Where the number of events is heading."""

    NEW = "new"
    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


def spark(numbers: Sequence[int]) -> str:
    """One bar a number, the highest one full; a hair where there is nothing."""
    most = max(numbers, default=0)
    if most <= 0:
        return _BARS[0] * len(numbers)
    top = len(_BARS) - 1
    # What is there at all is seen: it gets at least the second bar.
    return "".join(_BARS[max(1, round(top * number / most)) if number > 0 else 0] for number in numbers)


def trend(hours: Sequence[int]) -> Trend:
    """The last six hours against those before them; new where there was nothing before."""
    late, early = hours[-_LATE:], hours[:-_LATE]
    if not any(early):
        return Trend.NEW if any(late) else Trend.STEADY
    now, before = sum(late) / len(late), sum(early) / len(early)
    if now >= _RISES * before and sum(late) >= _FEW:
        return Trend.RISING
    return Trend.FALLING if now <= _FALLS * before else Trend.STEADY
