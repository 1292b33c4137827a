"""Alarms of the clouds: one alarm, one topic, one card. `reading` reads, `standing` adds up, `relay` tells."""

from stuf_bot.bus import Router


def routers() -> tuple[Router, ...]:
    """The behaviours of this package."""
    from handlers.alarms import relay  # noqa: PLC0415 - naming the package costs nothing.

    return (relay.router,)
