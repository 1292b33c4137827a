"""How much an issue matters: how often it happens, to how many people, where that is heading, and what it breaks."""

import math
import re
from dataclasses import dataclass
from typing import Final

from handlers.sentry.record import Record
from handlers.sentry.spark import Trend, trend
from handlers.sentry.wording import counted

HIGH, MEDIUM, LOW = "high", "medium", "low"

_UPLOADS: Final = re.compile(r"upload|multipart|checksum|journal|\bbucket", re.IGNORECASE)
"""The STUF's modules and routes that a file passes on its way in."""
_WEIGHT: Final = {Trend.NEW: 1.0, Trend.RISING: 1.5, Trend.STEADY: 1.0, Trend.FALLING: 0.7}
_UPLOAD_WEIGHT: Final = 2.0
_HIGH_FROM, _MEDIUM_FROM = 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Priority:
    """`level` is high, medium or low; `reason` what it follows from, as the rest of a sentence."""

    level: str
    reason: str
    uploads: bool


def priority(record: Record) -> Priority:
    """Events by people by trend by uploads: the first two by their magnitude, so that ten times as many count one more."""
    events, people = record.events, record.people
    heading = trend(record.issue.hours)
    uploads = affects_uploads(record)
    weight = (1 + math.log10(max(events, 1))) * (1 + math.log10(max(people, 1))) * _WEIGHT[heading]
    weight *= _UPLOAD_WEIGHT if uploads else 1.0
    level = HIGH if weight >= _HIGH_FROM else MEDIUM if weight >= _MEDIUM_FROM else LOW
    parts = [f"{counted(events, 'event')} for {counted(people, 'person', 'people')}"]
    if heading is not Trend.STEADY:
        parts.append("new today" if heading is Trend.NEW else heading.value)
    parts.append("uploads are affected" if uploads else "uploads are not affected")
    return Priority(level, ", ".join(parts), uploads)


def affects_uploads(record: Record) -> bool:
    """Whether it happened in what a file passes on its way in, by where in the code and on which route."""
    issue = record.issue
    places = [issue.culprit, record.transaction]
    places += [f"{frame.module} {frame.file} {frame.function}" for frame in record.frames]
    return any(_UPLOADS.search(place) for place in places)
