"""Durations and moments as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_realm import NOW

from stuf_bot.chat.times import read_duration, read_moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("15 min", 900),
        ("2h", 7200),
        ("3 days", 259200),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1 hour and 30 minutes", 5400),
        ("1d, 2 hrs", 93600),
        ("1 WEEK", 604800),
    ],
)
def test_a_duration(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "3", "h", "0s", "-1h", "3 dayz", "1.5h", "4000 days", "1h30", "9999999s", "1h and"]
)
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20", "2026-11-20T00:00"),
        ("2026-11-20 14:30", "2026-11-20T14:30"),
        ("2026-11-20 14:30 UTC", "2026-11-20T14:30"),
        ("2026-11-20T14:30:15Z", "2026-11-20T14:30:15"),
        ("2026-11-20T14:30:00+01:00", "2026-11-20T13:30"),
        ("<time:2026-11-20T14:30:00-05:00>", "2026-11-20T19:30"),
        ("now", "2026-11-23T10:30"),
        ("today", "2026-11-23T00:00"),
        ("Yesterday", "2026-11-22T00:00"),
        ("yesterday 14:00", "2026-11-22T14:00"),
        ("tomorrow", "2026-11-24T00:00"),
        ("monday", "2026-11-23T00:00"),
        ("last monday", "2026-11-16T00:00"),
        ("fri", "2026-11-20T00:00"),
        ("tuesday at 9:05", "2026-11-17T09:05"),
        ("9:05", "2026-11-23T09:05"),
        ("2h ago", "2026-11-23T08:30"),
        ("3 days ago", "2026-11-20T10:30"),
        ("in 15m", "2026-11-23T10:45"),
    ],
)
def test_a_moment(text: str, at: str) -> None:
    assert read_moment(text, NOW) == datetime.fromisoformat(at).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026-13-01", "2026-02-30", "0001-01-01T00:00+23:00", "mo", "ago", "in", "25:00"),
        *("20261120", "2026-11-20T14:30:00+99:00", "<time:soon>", "monday tuesday"),
    ],
)
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|calendar"):
        read_moment(text, NOW)


@given(st.text(alphabet="0123456789 smhdwago-:TZ+<>ime,n", max_size=30))
def test_whatever_is_typed_is_a_time_or_said_to_be_none(text: str) -> None:
    for read in (read_duration, lambda text: read_moment(text, NOW)):
        try:
            read(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - both ends are right, and nothing else is.


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zone.
def test_what_zulip_writes_for_a_time_is_that_time(at: datetime) -> None:
    assert read_moment(f"<time:{at.isoformat(timespec='seconds')}>", NOW) == at.replace(microsecond=0)
