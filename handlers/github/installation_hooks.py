"""`ping` and `meta`: the webhook itself, whether it tells all that is read here, and its end."""

from collections.abc import Iterable
from typing import Any, Final

from handlers.github.activity import told
from handlers.github.reading import Facts, Hook, Json, Moment, ReadContext
from handlers.github.shared import listed, person, quoted
from stuf_bot.relays import Relay

CONNECTED = "The webhook works{missing}"
ALL = "; it tells everything that I read."
MISSING = ". It does not tell {names}. Next: tick them in the webhook's settings on GitHub."
DELETED = "🚨 {by} **deleted the webhook**: what happens there no longer reaches me. Next: an administrator sets it up again (docs/webhooks.md)."

# Without these, somebody may read a STUF's repository and nobody hears of it.
WANTED: Final = (
    "deployment",
    "deployment_status",
    "deploy_key",
    "member",
    "public",
    "push",
    "repository",
    "team_add",
    "workflow_job",
    "workflow_run",
)
_EVERYTHING: Final = "*"


class Webhook(Facts):
    """A webhook, by the kinds that it sends."""

    id: int = 0
    type: str = ""
    events: tuple[str, ...] = ()
    updated_at: Moment = None


class WebhookHook(Hook):
    """Both kinds; `hook` is GitHub's own word."""

    hook: Webhook = Webhook()


def read_ping(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`ping`: GitHub tries a new webhook."""
    hook = WebhookHook.of(payload)
    sent = hook.hook.events
    missing = [] if _EVERYTHING in sent else [quoted(name, 60) for name in WANTED if name not in sent]
    more = MISSING.format(names=", ".join(listed(missing))) if missing else ALL
    return [told(hook, ctx, CONNECTED.format(missing=more), kind="repository", at=ctx.now)]


def read_meta(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`meta`: the webhook is gone; this is the last word of it."""
    hook: Any = WebhookHook.of(payload)
    text = DELETED.format(by=person(hook.sender, ctx))
    return [told(hook, ctx, text, kind="access", at=hook.hook.updated_at or ctx.now, news=True, always=True)]
