"""How a STUF does over time: told before people complain, shown when asked for."""

from stuf_bot.bus import Router


def routers() -> tuple[Router, ...]:
    """The behaviours of this package, in the order in which help lists the commands."""
    from handlers.trends import hearing, show, threshold  # noqa: PLC0415 - naming the package costs nothing.

    return (show.router, threshold.router, hearing.router)
