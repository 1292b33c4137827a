"""How numbers of a STUF's trends are said."""

from provisioning.trends import Change, Measure
from stuf_bot.chat.format import duration

NAMES = {Measure.ERRORS: "errors", Measure.THROUGHPUT: "requests", Measure.LATENCY: "latency"}
UNITS = {
    Measure.ERRORS: "errors an hour",
    Measure.THROUGHPUT: "requests an hour",
    Measure.LATENCY: "ms (p95)",
}
_SECOND = 1000
_MANY = 10
_TIMES = 2.0


def amount(measure: Measure, value: float) -> str:
    """A value as people read it: `12`, `3.5`, `840 ms`, `2 s`."""
    if measure is Measure.LATENCY:
        return f"{value:.0f} ms" if value < _SECOND else duration(value / _SECOND)
    return f"{value:,.0f}" if value >= _MANY or value == int(value) else f"{value:.1f}"


def against(measure: Measure, change: Change) -> str:
    """This week against the one before: `120 (+50 % against the week before)`."""
    if change.now is None:
        return "nothing is known of this week"
    now = amount(measure, change.now)
    if change.before is None:
        return f"{now} (nothing is known of the week before)"
    if change.ratio is None:
        return f"{now} (none the week before)" if change.now else f"{now}, as the week before"
    if change.ratio >= _TIMES:
        return f"{now} ({change.ratio:.1f} times the week before)"
    return f"{now} ({100 * (change.ratio - 1):+.0f} % against the week before)"
