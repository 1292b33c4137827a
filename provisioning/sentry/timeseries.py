"""How a project does over time: errors, throughput, latency.

Source: https://docs.sentry.io/api/explore/query-explore-events-in-timeseries-format/. Moments in the answer
are milliseconds since 1970; values of the newest interval may be marked as incomplete and are left out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from provisioning.sentry.http import SentryHttp, SentryUnavailable
from provisioning.sentry.models import Point


class Kind(StrEnum):
    """What is counted: errors and requests (numbers an interval), latency (p95, milliseconds)."""

    ERRORS = "errors"
    THROUGHPUT = "throughput"
    LATENCY = "latency"


# Kind to (dataset, aggregate, search).
_ASKED: Final[Mapping[Kind, tuple[str, str, str]]] = {
    Kind.ERRORS: ("errors", "count()", ""),
    Kind.THROUGHPUT: ("spans", "count(span.duration)", "is_transaction:true"),
    Kind.LATENCY: ("spans", "p95(span.duration)", "is_transaction:true"),
}


def timeseries(  # noqa: PLR0913 - where, what and when, by name.
    http: SentryHttp,
    organization: str,
    *,
    project_id: str,
    kind: Kind,
    since: datetime,
    until: datetime,
    interval: str = "1h",
) -> tuple[Point, ...]:
    """The values from `since` to `until`, the oldest first, one each `interval` (1h, 5m, 1d).

    Raises SentryRefused, SentryBusy, SentryUnavailable.
    """
    dataset, axis, search = _ASKED[kind]
    what = f"reading the {kind} of a project"
    answer = http.call(
        "GET",
        f"/organizations/{quote(organization, safe='')}/events-timeseries/",
        what,
        query=[
            ("dataset", dataset),
            ("project", project_id),
            ("yAxis", axis),
            ("query", search),
            ("interval", interval),
            ("start", _moment(since)),
            ("end", _moment(until)),
        ],
    )
    return tuple(_points(answer.body, axis, what))


def _points(body: Any, axis: str, what: str) -> list[Point]:
    try:
        series = [one for one in body["timeSeries"] if one.get("yAxis", axis) == axis]
        values = series[0]["values"] if series else []
        return [
            Point(
                at=datetime.fromtimestamp(value["timestamp"] / 1000, UTC),
                value=None if value.get("value") is None else float(value["value"]),
            )
            for value in values
            if not value.get("incomplete")
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SentryUnavailable(f"Sentry's answer is not of the known form while {what}") from None


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
