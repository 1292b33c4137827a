"""What is counted over time: for charts, tables, and the monitors that measure."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from sandbox.sentry.calls import ApiError

_FUNCTION: Final = re.compile(r"([a-z_]+\d*)\(([^)]*)\)")
_PERCENTILE: Final = re.compile(r"p(50|75|90|95|99|100)")
Row = dict[str, Any]
Measure = Callable[[Sequence[Row], float], float | None]


def measure(axis: str) -> Measure:
    """A function of rows and of the seconds that they are from. Raises 400 for an unknown one."""
    found = _FUNCTION.fullmatch(axis.strip())
    if found is None:
        raise ApiError(400, f"Invalid yAxis: {axis}")
    name, field = found[1], found[2].strip()
    if name == "count":
        return lambda rows, _: float(len(rows))
    if name == "count_unique":
        return lambda rows, _: float(len({row["person"] for row in rows} - {None}))
    if name == "epm":
        return lambda rows, seconds: len(rows) / (seconds / 60)
    if name == "failure_rate":
        return lambda rows, _: _mean([float(row["failed"]) for row in rows]) or 0.0
    percent = _PERCENTILE.fullmatch(name)
    if percent is not None and field in {"", "span.duration", "transaction.duration"}:
        return lambda rows, _: _percentile([row["duration"] for row in rows], int(percent[1]))
    if name in _OF_DURATIONS and field in {"span.duration", "transaction.duration"}:
        return lambda rows, _: _OF_DURATIONS[name]([row["duration"] for row in rows])
    raise ApiError(400, f"Invalid yAxis: {axis}")


def of_transactions(dataset: str) -> bool:
    """Whether a dataset has transactions and spans, and not errors. Raises 400 for an unknown one."""
    kinds = {"errors": False, "events": False, "discover": False}
    kinds |= dict.fromkeys(("spans", "transactions", "events_analytics_platform"), True)
    if dataset not in kinds:
        raise ApiError(400, {"dataset": [f"dataset must be one of: {', '.join(sorted(kinds))}"]})
    return kinds[dataset]


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _percentile(values: list[float], percent: int) -> float | None:
    """By the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


_OF_DURATIONS: Final[dict[str, Callable[[list[float]], float | None]]] = {
    "avg": _mean,
    "max": lambda values: max(values, default=None),
    "sum": math.fsum,
}
