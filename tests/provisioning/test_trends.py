"""What is usual, and what is not: said late rather than wrongly, and never after too few data."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.trends import HIGHEST, WEEK_HOURS, Measure, Series, change, expected, judge, raised

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
COUNTS = st.integers(0, 10_000).map(float)


def series(values: list[float | None], measure: Measure = Measure.ERRORS) -> Series:
    return Series(measure, NOW, tuple(values))


def weekly(weeks: int, noise: int = 0) -> list[float | None]:
    """Busy by day, quiet by night and at weekends, as many weeks."""
    hours = range(weeks * WEEK_HOURS)
    day = [20.0 if hour // 24 % 7 < 5 and 8 <= hour % 24 < 18 else 1.0 for hour in hours]
    return [value + (hour * 7919 % 5) * noise for hour, value in zip(hours, day, strict=True)]


def test_a_usual_week_is_not_remarkable_at_any_hour() -> None:
    usual = series(weekly(6, noise=1))
    judged = [judge(usual, hours_ago=hours_ago) for hours_ago in range(WEEK_HOURS)]
    assert all(judged)
    assert not any(one.unusual for one in judged if one)


def test_what_is_usual_by_day_is_unusual_by_night() -> None:
    values = weekly(6)
    assert values[-1] == 1.0
    judged = judge(series([*values[:-1], 20.0]))
    assert judged is not None
    assert judged.unusual
    assert judged.expected.centre == 1.0
    assert judged.score > 4


def test_one_bad_day_among_the_earlier_ones_does_not_make_the_next_usual() -> None:
    values = weekly(6)
    for hour in range(24):
        values[-WEEK_HOURS - 1 - hour] = 500.0
    judged = judge(series([*values[:-1], 500.0]))
    assert judged is not None
    assert judged.unusual


def test_a_day_and_a_half_is_too_little_to_say_anything() -> None:
    assert judge(series([0.0] * 35 + [500.0])) is None
    assert expected(series([])) is None


def test_a_new_stuf_is_compared_with_its_own_days() -> None:
    judged = judge(series([0.0] * (3 * 24) + [50.0]))
    assert judged is not None
    assert judged.unusual


def test_few_errors_more_are_no_alarm_however_quiet_it_was() -> None:
    judged = judge(series([0.0] * (6 * WEEK_HOURS) + [4.0]))
    assert judged is not None
    assert not judged.unusual


@pytest.mark.parametrize(("measure", "unusual"), [(Measure.THROUGHPUT, True), (Measure.ERRORS, False)])
def test_fewer_requests_are_told_and_fewer_errors_are_not(measure: Measure, unusual: bool) -> None:
    judged = judge(series([400.0] * (6 * WEEK_HOURS) + [0.0], measure))
    assert judged is not None
    assert judged.unusual is unusual
    assert judged.score < 0


def test_an_hour_that_nobody_knows_is_not_judged() -> None:
    assert judge(series([*weekly(6), None])) is None


def test_a_week_is_held_against_the_one_before() -> None:
    counted = change(series([1.0] * WEEK_HOURS + [3.0] * WEEK_HOURS))
    assert (counted.now, counted.before, counted.ratio) == (504.0, 168.0, 3.0)
    slow = change(series([100.0] * WEEK_HOURS + [250.0] * WEEK_HOURS, Measure.LATENCY))
    assert (slow.now, slow.before) == (250.0, 100.0)
    fresh = change(series([2.0] * 10))
    assert (fresh.now, fresh.before, fresh.ratio) == (20.0, None, None)
    assert change(series([0.0] * (2 * WEEK_HOURS))).ratio is None


def test_a_false_alarm_raises_the_threshold_up_to_a_limit() -> None:
    threshold = 4.0
    for _ in range(20):
        assert raised(threshold) >= threshold
        threshold = raised(threshold)
    assert threshold == HIGHEST


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), COUNTS), max_size=3 * WEEK_HOURS),
    measure=st.sampled_from(Measure),
    lower=st.floats(1, 10),
    higher=st.floats(10, 20),
)
def test_whatever_comes_it_is_judged_finitely_and_a_higher_threshold_tells_less(
    values: list[float | None], measure: Measure, lower: float, higher: float
) -> None:
    given_values = series(values, measure)
    one, other = judge(given_values, lower), judge(given_values, higher)
    assert (one is None) == (other is None)
    if one and other:
        assert math.isfinite(one.score)
        assert one.expected.low(lower) <= one.expected.centre <= one.expected.high(lower)
        assert one.unusual or not other.unusual
    both = change(given_values)
    assert both.ratio is None or math.isfinite(both.ratio)
