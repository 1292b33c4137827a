"""A week of a STUF's measures as one picture: what it was, what is usual, what stands out."""

import io
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from handlers.trends.record import dumped, loaded
from handlers.trends.wording import UNITS
from provisioning.trends import HOUR, WEEK_HOURS, Measure, Series, expected, judge
from stuf_bot.acts import Drawing

DRAW: Final = "trends"
"""By what name the sender knows `draw`."""
_INK: Final = "#6b7280"
_LINE: Final = "#2563eb"
_USUAL: Final = "#9ca3af"
_STRANGE: Final = "#dc2626"
_WIDTH: Final = 6.4
_HEIGHT: Final = 2.2
_DPI: Final = 140


def picture(name: str, series: Sequence[tuple[Series, float]]) -> Drawing:
    """The last seven days, one panel a measure; each with the threshold by which it is judged."""
    panels = [
        {"measure": one.measure.value, "threshold": threshold, **dumped(one)} for one, threshold in series
    ]
    return Drawing(name=name, draw=DRAW, of={"panels": panels})


def draw(of: dict[str, Any]) -> bytes:
    """A PNG of what a `picture` is of. Raises what data of another form raises.

    Nothing is painted behind it, and its colours stand out on white and on black.
    """
    series = [(loaded(Measure(one["measure"]), one), float(one["threshold"])) for one in of["panels"]]
    # Slow to import, and most bots never draw.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - see above.
    from matplotlib.figure import Figure  # noqa: PLC0415 - likewise.

    figure = Figure(figsize=(_WIDTH, _HEIGHT * len(series)), dpi=_DPI, layout="constrained")
    figure.patch.set_alpha(0)
    panels = figure.subplots(len(series), 1, squeeze=False)[:, 0]
    for axes, (one, threshold) in zip(panels, series, strict=True):
        _panel(axes, one, threshold)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(drawn, format="png", transparent=True)
    return drawn.getvalue()


def _panel(axes: Any, series: Series, threshold: float) -> None:
    from matplotlib import dates  # noqa: PLC0415 - slow to import.

    hours = min(WEEK_HOURS, len(series.values))
    back = range(hours - 1, -1, -1)
    times = [series.until - timedelta(hours=ago) - HOUR / 2 for ago in back]
    values = [_number(series.at(ago)) for ago in back]
    usual = [expected(series, ago) for ago in back]
    axes.patch.set_alpha(0)
    axes.fill_between(
        times,
        [one.low(threshold) if one else float("nan") for one in usual],
        [one.high(threshold) if one else float("nan") for one in usual],
        color=_USUAL,
        alpha=0.35,
        linewidth=0,
    )
    axes.plot(times, values, color=_LINE, linewidth=1.6)
    judged = [judge(series, threshold, ago) for ago in back]
    strange = [(at, one.value) for at, one in zip(times, judged, strict=True) if one and one.unusual]
    if strange:
        axes.scatter(*zip(*strange, strict=True), color=_STRANGE, s=22, zorder=3)
    axes.set_title(UNITS[series.measure], color=_INK, fontsize=12, loc="left")
    axes.set_ylim(bottom=0)
    axes.tick_params(colors=_INK, labelsize=10)
    axes.xaxis.set_major_locator(dates.DayLocator(tz=UTC))  # type: ignore[no-untyped-call]  # matplotlib's.
    axes.xaxis.set_major_formatter(dates.DateFormatter("%a %d", tz=UTC))  # type: ignore[no-untyped-call]  # likewise.
    for name, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(name in {"left", "bottom"})


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
