"""Behaviours of the bot: one file each, with what people read about it.

`routers()` is in the order in which help lists the commands.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stuf_bot.bus import Router


def routers() -> tuple[Router, ...]:
    """Every behaviour. Imported here, so that naming the package costs nothing."""
    from handlers import (  # noqa: PLC0415 - see above.
        abandon,
        alarms,
        approvals,
        architects,
        audit,
        away,
        code,
        code_reset,
        confirm,
        create,
        deliveries,
        deliveries_kept,
        deliveries_seen,
        delivery_audit,
        deployments,
        forms,
        github,
        github_runs,
        help,  # noqa: A004 - the module is named after the command.
        list,  # noqa: A004 - likewise.
        me,
        mute,
        operation_audit,
        operation_card,
        operation_ended,
        operation_record,
        relay_changes,
        relays,
        retry,
        sentry,
        sentry_projects,
        status,
        subscriptions,
        test,
        trends,
        uploads,
        whoami,
        why,
    )

    return (
        help.router,
        # STUFs.
        create.router,
        list.router,
        status.router,
        deployments.router,
        test.router,
        retry.router,
        abandon.router,
        architects.router,
        audit.router,
        # Plans and forms.
        confirm.router,
        approvals.router,
        forms.router,
        # What is told of them.
        relays.router,
        why.router,
        mute.router,
        relay_changes.router,
        *sentry.routers(),
        *trends.routers(),
        # Oneself.
        whoami.router,
        me.router,
        code.router,
        # Administration.
        code_reset.router,
        deliveries.router,
        # No commands.
        operation_audit.router,
        operation_card.router,
        operation_ended.router,
        operation_record.router,
        delivery_audit.router,
        deliveries_seen.router,
        uploads.router,
        github_runs.router,
        *github.routers(),
        *alarms.routers(),
        subscriptions.router,
        sentry_projects.router,
        away.router,
        # Behind all that handle deliveries.
        deliveries_kept.router,
    )


def drawings() -> Mapping[str, Callable[[dict[str, Any]], bytes]]:
    """What draws pictures, by the names that drawings call it. Each takes seconds: outside of transactions only."""
    from handlers.sentry import picture as events  # noqa: PLC0415 - naming the package costs nothing.
    from handlers.trends import picture as trends  # noqa: PLC0415 - likewise.

    return {events.DRAW: events.bars, trends.DRAW: trends.draw}
