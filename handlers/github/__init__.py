"""What GitHub tells: one file a family of kinds, all told by `relay.py`, found in the table in `kinds.py`."""

from stuf_bot.bus import Router


def routers() -> tuple[Router, ...]:
    """The behaviours of this package."""
    from handlers.github import access_reading, relay, verified  # noqa: PLC0415 - naming the package costs nothing.

    return (relay.router, verified.router, access_reading.router)
