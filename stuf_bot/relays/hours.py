"""Quiet hours and batches: until when something waits."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Quiet:
    """The minutes of the day, in a time zone, from which and until which nothing is told; the end is not in it."""

    start: int
    end: int
    zone: str

    def ends(self, now: datetime) -> datetime | None:
        """When it ends, where `now` (aware) is in it; else None."""
        if self.start == self.end:
            return None
        there = now.astimezone(ZoneInfo(self.zone))
        minute = there.hour * 60 + there.minute
        if (minute - self.start) % MINUTES >= (self.end - self.start) % MINUTES:
            return None
        day = there.date() + timedelta(days=int(minute >= self.end))
        clock = time(*divmod(self.end, 60), tzinfo=there.tzinfo)
        # Where clocks are put back, the end may be met twice: the later one counts once the first has passed.
        first = datetime.combine(day, clock).astimezone(UTC)
        return first if first > now else datetime.combine(day, clock.replace(fold=1)).astimezone(UTC)

    def shown(self) -> str:
        """As it is typed: `22:00-07:00 Europe/Berlin`."""
        return f"{_clock(self.start)}-{_clock(self.end)} {self.zone}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
