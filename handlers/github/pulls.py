"""Pull requests: what is told of each thing that happens to one, besides its card."""

from collections.abc import Callable
from typing import Final

from handlers.github.newest import stamp
from handlers.github.pull_card import Pull, card, latest_reviews, remembered
from handlers.github.reading import Account, Hook, Json, ReadContext, Unreadable
from handlers.github.shared import person, quoted, short
from handlers.github.tickets import Named
from stuf_bot.relays import News, Relay

MERGED = "🟣 {who} merged it into {base}."
CLOSED = "🔴 {who} closed it without merging it."
REOPENED = "🟢 {who} opened it again."
READY = "👀 {who} says that it is ready for review."
ASKS_REVIEW = "👀 {who} asks {reviewer} for a review."
ASSIGNED = "👤 {who} assigned it to {assignee}."
COMMITS_AFTER = "⬆️ {who} pushed to it after it was approved: now at {sha}."
DEQUEUED = "↩️ It left the merge queue{reason}."

_DONE: Final = {"merged": True, "closed": True}


class PullHook(Hook):
    """A `pull_request` delivery."""

    pull_request: Pull = Pull()
    requested_reviewer: Account | None = None
    requested_team: Named | None = None
    assignee: Account | None = None
    reason: str = ""


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """The card, and news of what somebody may want to know at once."""
    hook = PullHook.of(payload)
    if not hook.pull_request.number:
        raise Unreadable("a pull request without a number")
    kept = remembered(ctx, hook, hook.pull_request)
    kept.heard(hook.pull_request)
    kept.keep(ctx)
    now = kept.now(Pull)
    tell = NEWS.get(hook.action)
    # What was heard late and holds no more is no news.
    late = stamp(now.updated_at) > stamp(hook.pull_request.updated_at)
    news = tell(hook, ctx) if tell and not (late and hook.action in _STATE_CHANGES) else None
    if hook.action == "synchronize" and any(
        review["state"] == "approved" for review in latest_reviews(kept).values()
    ):
        news = _commits(hook, ctx)
    return [
        Relay(
            kept.subject,
            "reviews" if hook.action.startswith("review_request") else "pull-requests",
            status="merged" if hook.action == "closed" and now.standing == "merged" else hook.action,
            branch=now.base.ref,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=card(kept, ctx),
            news=(news,) if news else (),
            done=_DONE.get(now.standing, False),
        )
    ]


def _news(hook: PullHook, text: str, *, asks: int | None = None, name: str = "") -> News:
    key = f"{hook.action}:{name}:{hook.pull_request.happened(hook.action)}"
    return News(key, text, asks=() if asks is None else (asks,))


def _closed(hook: PullHook, ctx: ReadContext) -> News:
    pull = hook.pull_request
    who = person(hook.sender, ctx)
    if pull.standing != "merged":
        return _news(hook, CLOSED.format(who=who))
    base = quoted(pull.base.ref, 60) if pull.base.ref else "its base"
    return _news(hook, MERGED.format(who=who, base=base))


def _reopened(hook: PullHook, ctx: ReadContext) -> News:
    return _news(hook, REOPENED.format(who=person(hook.sender, ctx)))


def _ready(hook: PullHook, ctx: ReadContext) -> News:
    return _news(hook, READY.format(who=person(hook.sender, ctx)))


def _asks_review(hook: PullHook, ctx: ReadContext) -> News | None:
    who = person(hook.sender, ctx)
    if hook.requested_reviewer and hook.requested_reviewer.login:
        reviewer = hook.requested_reviewer
        text = ASKS_REVIEW.format(who=who, reviewer=person(reviewer, ctx))
        return _news(hook, text, asks=ctx.user_id(reviewer), name=reviewer.login)
    if hook.requested_team and hook.requested_team.shown:
        team = hook.requested_team
        return _news(hook, ASKS_REVIEW.format(who=who, reviewer=f"the team {team.shown}"), name=team.name)
    return None


def _assigned(hook: PullHook, ctx: ReadContext) -> News | None:
    assignee = hook.assignee
    if assignee is None or not assignee.login or assignee.login == hook.sender.login:
        return None
    text = ASSIGNED.format(who=person(hook.sender, ctx), assignee=person(assignee, ctx))
    return _news(hook, text, asks=ctx.user_id(assignee), name=assignee.login)


def _dequeued(hook: PullHook, ctx: ReadContext) -> News:
    del ctx
    reason = hook.reason.replace("_", " ").lower()
    return _news(hook, DEQUEUED.format(reason=f": {quoted(reason)}" if reason else ""))


def _commits(hook: PullHook, ctx: ReadContext) -> News:
    sha = hook.pull_request.head.sha
    return _news(hook, COMMITS_AFTER.format(who=person(hook.sender, ctx), sha=quoted(short(sha))), name=sha)


_STATE_CHANGES: Final = frozenset({"closed", "reopened", "ready_for_review"})
NEWS: Final[dict[str, Callable[[PullHook, ReadContext], News | None]]] = {
    "assigned": _assigned,
    "closed": _closed,
    "dequeued": _dequeued,
    "ready_for_review": _ready,
    "reopened": _reopened,
    "review_requested": _asks_review,
}
"""By GitHub's action. Whatever else happens shows on the card alone."""
