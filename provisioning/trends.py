"""How a STUF does against what is usual for it: a week against the week before, an hour against its like.

What is usual at an hour is taken from the same hour of earlier weeks and its neighbours; where there are
fewer weeks, from the same hour of earlier days; where there is less than that, nothing is said. Centre and
spread are the median and the median absolute deviation, so that one bad day among the earlier ones does
not make the next bad one usual. Counts have a spread of at least their square root, as rare events do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY_HOURS: Final = 24
WEEK_HOURS: Final = 7 * DAY_HOURS
USUAL: Final = 4.0
"""How many spreads from the centre an hour has to be, where nobody has set another threshold."""
HIGHEST: Final = 20.0
_LIKE: Final = 6
"""Fewer hours to compare with than this say nothing."""
_DAYS: Final = 7
_WEEKS: Final = 5
_NEIGHBOURS: Final = (-1, 0, 1)
# The standard deviation of a normal distribution in median absolute deviations.
_MAD: Final = 1.4826


class Measure(StrEnum):
    """What is measured: errors and requests an hour, latency (p95) in milliseconds."""

    ERRORS = "errors"
    THROUGHPUT = "throughput"
    LATENCY = "latency"


# Below this nothing is remarkable: (least spread, least distance from the centre).
_FLOORS: Final[Mapping[Measure, tuple[float, float]]] = {
    Measure.ERRORS: (1.0, 5.0),
    Measure.THROUGHPUT: (3.0, 20.0),
    Measure.LATENCY: (50.0, 200.0),
}


@dataclass(frozen=True, slots=True)
class Series:
    """A value each hour, the oldest first; `until` is the end of the last one. None: nobody knows."""

    measure: Measure
    until: datetime
    values: tuple[float | None, ...]

    def at(self, hours_ago: int) -> float | None:
        """The value of the hour that ended so many hours before `until`."""
        return self.values[-1 - hours_ago] if 0 <= hours_ago < len(self.values) else None

    def week(self, weeks_ago: int = 0) -> tuple[float | None, ...]:
        """The values of a week, counted back from `until`; as many as there are."""
        end = len(self.values) - weeks_ago * WEEK_HOURS
        return self.values[max(0, end - WEEK_HOURS) : max(0, end)]


@dataclass(frozen=True, slots=True)
class Change:
    """A week and the one before it: sums of what is counted, medians of latency; None where nothing is known."""

    now: float | None
    before: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as much it is now; None where there was nothing before."""
        return self.now / self.before if self.now is not None and self.before else None


@dataclass(frozen=True, slots=True)
class Expected:
    """What is usual at an hour, and how far it usually strays; `like` hours were compared."""

    centre: float
    spread: float
    like: int

    def low(self, threshold: float) -> float:
        """Where the unusual begins below, never under nothing."""
        return max(0.0, self.centre - threshold * self.spread)

    def high(self, threshold: float) -> float:
        """Where the unusual begins above."""
        return self.centre + threshold * self.spread


@dataclass(frozen=True, slots=True)
class Judgement:
    """An hour held against what is usual for it. `score`: how many spreads it is away, below with a minus."""

    value: float
    expected: Expected
    score: float
    unusual: bool


def change(series: Series) -> Change:
    """The last week against the one before."""
    return Change(_total(series.measure, series.week()), _total(series.measure, series.week(1)))


def expected(series: Series, hours_ago: int = 0) -> Expected | None:
    """What is usual at that hour, by the hours before it; None where they are too few to say."""
    like = _known(series, _like_weeks(hours_ago))
    if len(like) < _LIKE:
        like = _known(series, _like_days(hours_ago))
    if len(like) < _LIKE:
        return None
    centre = median(like)
    least, _ = _FLOORS[series.measure]
    natural = centre**0.5 if series.measure is not Measure.LATENCY else 0.1 * centre
    spread = max(_MAD * median(abs(value - centre) for value in like), natural, least)
    return Expected(centre, spread, len(like))


def judge(series: Series, threshold: float = USUAL, hours_ago: int = 0) -> Judgement | None:
    """Whether an hour is unusual; None where its value, or what is usual, is not known.

    More errors and more latency than usual are; of requests both many more and many fewer.
    """
    value, usual = series.at(hours_ago), expected(series, hours_ago)
    if value is None or usual is None:
        return None
    distance = value - usual.centre
    score = distance / usual.spread
    _, least = _FLOORS[series.measure]
    away = abs(score) if series.measure is Measure.THROUGHPUT else score
    return Judgement(value, usual, score, unusual=away >= threshold and abs(distance) >= least)


def raised(threshold: float) -> float:
    """The threshold after a false alarm: by a quarter more, HIGHEST at most."""
    return min(HIGHEST, round(threshold * 1.25, 2))


def _total(measure: Measure, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return median(known) if measure is Measure.LATENCY else sum(known)


def _like_weeks(hours_ago: int) -> Iterator[int]:
    """The same hour of the week and its neighbours, in earlier weeks."""
    for week in range(1, _WEEKS + 1):
        for neighbour in _NEIGHBOURS:
            yield hours_ago + week * WEEK_HOURS + neighbour


def _like_days(hours_ago: int) -> Iterator[int]:
    """The same hour of the day and its neighbours, in the days before."""
    for day in range(1, _DAYS + 1):
        for neighbour in _NEIGHBOURS:
            yield hours_ago + day * DAY_HOURS + neighbour


def _known(series: Series, hours: Iterator[int]) -> list[float]:
    found = (series.at(hours_ago) for hours_ago in hours)
    return [value for value in found if value is not None]
