"""Durations and moments as people type them."""

import re
from datetime import UTC, datetime, time, timedelta

NO_DURATION = "must be a duration, such as 90s, 15m, 2h, 1h30m or 3 days"
NO_MOMENT = "must be a day or a time, such as 2026-11-23, 2026-11-23 14:30, yesterday, monday or 2h ago (UTC)"
LONGEST = timedelta(days=3650)

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = re.compile(
    r"(?P<number>[0-9]{1,6})\s*(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
    r"(?![a-z])(?:\s*(?:,|and)\s+|\s*)"
)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_PICKED = re.compile(r"<time:(?P<inside>[^>]+)>")
_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_DAY = 3


def read_duration(text: str) -> timedelta:
    """`90s`, `15m`, `2h`, `3 days`, `1h30m`: more than nothing, at most ten years. Raises ValueError."""
    rest = " ".join(text.lower().split())
    total = timedelta()
    # `1h30m` has no blank between its parts: the unit ends where the next number begins.
    rest = re.sub(r"(?<=[a-z])(?=[0-9])", " ", rest)
    if not rest:
        raise ValueError(NO_DURATION)
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise ValueError(NO_DURATION)
        total += int(part["number"]) * _UNITS[part["unit"][0]]
        rest = rest[part.end() :]
    if not timedelta() < total <= LONGEST:
        raise ValueError("must be longer than nothing and at most ten years")
    return total


def read_moment(text: str, now: datetime) -> datetime:
    """A day (its beginning) or a time, in UTC where no zone is given. Raises ValueError.

    A weekday is the latest one that has begun. `now` is aware.
    """
    said = " ".join(text.split())
    picked = _PICKED.fullmatch(said)
    iso = picked["inside"] if picked else said.removesuffix(" UTC")
    if _ISO.fullmatch(iso):
        return _iso(iso)
    words = said.lower().removesuffix(" utc").split()
    if not words:
        raise ValueError(NO_MOMENT)
    if words == ["now"]:
        return now.astimezone(UTC)
    try:
        if words[-1] == "ago":
            return now.astimezone(UTC) - read_duration(" ".join(words[:-1]))
        if words[0] == "in":
            return now.astimezone(UTC) + read_duration(" ".join(words[1:]))
    except ValueError:
        raise ValueError(NO_MOMENT) from None
    return _by_name(words, now.astimezone(UTC))


def _iso(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.upper())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a day or time of the calendar") from None


def _by_name(words: list[str], now: datetime) -> datetime:
    """`yesterday`, `monday`, `last friday`, each with a time behind it, or a time alone: today's."""
    clock = _CLOCK.fullmatch(words[-1])
    at = time(int(clock["hour"]), int(clock["minute"]), tzinfo=UTC) if clock else time(tzinfo=UTC)
    name = " ".join(words[:-1] if clock else words).removesuffix(" at")
    back = _days_back(name or "today", now.weekday())
    return datetime.combine(now.date() - timedelta(days=back), at)


def _days_back(name: str, weekday: int) -> int:
    near = {"today": 0, "yesterday": 1, "tomorrow": -1}
    if name in near:
        return near[name]
    day = name.removeprefix("last ")
    for number, full in enumerate(_DAYS):
        if len(day) >= _SHORTEST_DAY and full.startswith(day):
            back = (weekday - number) % len(_DAYS)
            return back or (len(_DAYS) if name.startswith("last ") else 0)
    raise ValueError(NO_MOMENT)
