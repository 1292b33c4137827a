"""How the bot writes times, durations and sizes."""

from datetime import UTC, datetime

import pytest

from stuf_bot.chat import format as fmt


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (41.7, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (360_000, "4 d 4 h")],
)
def test_durations_read_aloud(seconds: float, expected: str) -> None:
    assert fmt.duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (8_400_000, "8.4 MB"), (3e12, "3.0 TB")],
)
def test_sizes_read_aloud(count: int, expected: str) -> None:
    assert fmt.size(count) == expected


def test_a_moment_is_read_in_the_readers_time_zone() -> None:
    assert fmt.moment(datetime(2026, 11, 23, 9, 5, tzinfo=UTC)) == "<time:2026-11-23T09:05:00+0000>"
