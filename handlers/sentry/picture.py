"""An issue's last 24 hours as a picture that can be read on light and dark, and on a phone."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from stuf_bot.acts import Drawing

DRAW: Final = "events"
"""By what name the sender knows `bars`."""
_INK: Final = "#778090"
_BAR: Final = "#e0693e"
_SIZE: Final = (6.4, 3.2)
_DPI: Final = 150
_HOURS_APART: Final = 6


def picture(name: str, hours: Sequence[int], until: datetime, title: str) -> Drawing:
    """One bar an hour, the last one ends at `until`; `title` is the bot's own words."""
    of = {"hours": list(hours), "until": until.isoformat(), "title": title}
    return Drawing(name=name, draw=DRAW, of=of)


def bars(of: dict[str, Any]) -> bytes:
    """A PNG of what a `picture` is of. Raises what data of another form raises."""
    hours, until, title = of["hours"], datetime.fromisoformat(of["until"]), of["title"]
    # Slow to import, and most bots never draw.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - see above.
    from matplotlib.figure import Figure  # noqa: PLC0415 - likewise.
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - likewise.

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    # Nothing behind it: grey ink and an orange bar stand out on white and on black.
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    count = len(hours)
    axes.bar(range(count), hours, color=_BAR, width=0.8)
    ticks = [number for number in range(count) if (count - 1 - number) % _HOURS_APART == 0]
    begins = [until - timedelta(hours=count - number) for number in ticks]
    axes.set_xticks(ticks, [at.strftime("%H:%M") for at in begins])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_title(title, color=_INK, fontsize=13)
    axes.set_xlabel("hour (UTC)", color=_INK, fontsize=11)
    axes.tick_params(colors=_INK, labelsize=11)
    for name, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(name in {"left", "bottom"})
    drawn = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(drawn, format="png", transparent=True)
    return drawn.getvalue()
