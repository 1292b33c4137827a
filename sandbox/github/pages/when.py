"""Times and durations as the pages show them."""

from datetime import UTC, datetime

from markupsafe import Markup

_MINUTE = 60
_HOUR = 3600


def moment(seconds: float) -> Markup:
    """A time in UTC that the page's script turns into the reader's own zone."""
    at = datetime.fromtimestamp(int(seconds), UTC)
    return Markup("<time datetime='{}'>{}</time>").format(
        at.isoformat(), at.strftime("%d %b %Y %H:%M:%S UTC")
    )


def iso_moment(text: str) -> Markup:
    """The same for a time as Git writes it."""
    return moment(datetime.fromisoformat(text).timestamp())


def duration(start: float | None, end: float | None, now: float) -> str:
    """How long something took, or has taken until now; nothing before it started."""
    if start is None:
        return ""
    seconds = max(0, round((end if end is not None else now) - start))
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m {seconds % _MINUTE}s"
    return f"{seconds // _HOUR}h {seconds % _HOUR // _MINUTE}m"
