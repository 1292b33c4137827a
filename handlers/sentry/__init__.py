"""Sentry in chat: an issue's card and topic, what its webhooks tell, and the commands that change it."""

from stuf_bot.bus import Router


def routers() -> tuple[Router, ...]:
    """The behaviours of this package, in the order in which help lists the commands."""
    from handlers.sentry import (  # noqa: PLC0415 - naming the package costs nothing.
        archive,
        assign,
        bulk,
        chart,
        comment,
        ended,
        errors,
        hooks,
        marked,
        missed,
        rank,
        resolve,
    )

    return (
        errors.router,
        comment.router,
        assign.router,
        resolve.router,
        bulk.router,
        archive.router,
        rank.router,
        chart.router,
        hooks.router,
        ended.router,
        marked.router,
        missed.router,
    )
