"""Reviews of pull requests: each reviewer's latest word on the card, and what they say as news."""

from typing import Final

from handlers.github.newest import stamp
from handlers.github.pull_card import Pull, card, remembered
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.shared import excerpt, lines, person, quoted, to
from handlers.github.tickets import Body
from stuf_bot.relays import News, Relay

SAID: Final = {
    "approved": "✅ {who} {approved} it.",
    "changes_requested": "❌ {who} {asks} for changes.",
    "commented": "💬 {who} {reviewed} it.",
    "dismissed": "↩️ {who} dismissed the {review} of {reviewer}.",
}
COMMENTED = "💬 {who} {commented} on {path}:"
COMMENTED_ANYWHERE = "💬 {who} {commented}:"


class Review(Facts):
    """A review; dismissed, it keeps its id and its time."""

    id: int = 0
    state: str = ""
    body: Body = ""
    html_url: str = ""
    submitted_at: Moment = None
    user: Account = Account()


class Comment(Facts):
    """A comment on a line; `line` is None on a file as a whole, or where the line is gone."""

    id: int = 0
    body: Body = ""
    html_url: str = ""
    path: str = ""
    line: int | None = None
    updated_at: Moment = None
    user: Account = Account()


class Thread(Facts):
    """A conversation on a line."""

    node_id: str = ""


class ReviewHook(Hook):
    """A delivery of `pull_request_review`, `…_review_comment` or `…_review_thread`."""

    pull_request: Pull = Pull()
    review: Review = Review()
    comment: Comment = Comment()
    thread: Thread = Thread()
    updated_at: Moment = None


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A review submitted, changed or dismissed."""
    hook = ReviewHook.of(payload)
    review = hook.review
    state = "dismissed" if hook.action == "dismissed" else review.state.lower()
    value = {
        "login": review.user.login,
        "state": state,
        "at": stamp(review.submitted_at),
        "url": review.html_url,
    }
    news = _verdict(hook, state, ctx) if hook.action in {"submitted", "dismissed"} else None
    part = ("reviews", str(review.id), value, review.submitted_at) if review.id else None
    return _told(hook, ctx, part, news, state)


def read_comment(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A comment on a line; what is changed about it later is not told again."""
    hook = ReviewHook.of(payload)
    comment = hook.comment
    news = None
    if hook.action == "created" and comment.body:
        who = person(comment.user if comment.user.login else hook.sender, ctx)
        commented = to("commented", comment.html_url)
        place = f"{quoted(comment.path)}{f' line {comment.line}' if comment.line else ''}"
        frame = COMMENTED if comment.path else COMMENTED_ANYWHERE
        text = lines(frame.format(who=who, commented=commented, path=place), excerpt(comment.body))
        news = News(f"comment:{comment.id}", text)
    return _told(hook, ctx, None, news, hook.action, kind="comments")


def read_thread(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A conversation resolved or opened again: counted on the card."""
    hook = ReviewHook.of(payload)
    at = hook.updated_at or hook.pull_request.updated_at
    return _told(hook, ctx, ("threads", hook.thread.node_id, hook.action, at), None, hook.action)


def _told(  # noqa: PLR0913, PLR0917 - inside this file only.
    hook: ReviewHook,
    ctx: ReadContext,
    part: tuple[str, str, Json | str, Moment] | None,
    news: News | None,
    status: str,
    kind: str = "reviews",
) -> list[Relay]:
    if not hook.pull_request.number:
        raise Unreadable("a review of no pull request")
    kept = remembered(ctx, hook, hook.pull_request)
    kept.heard(hook.pull_request)
    if part:
        kept.part(*part)
    kept.keep(ctx)
    return [
        Relay(
            kept.subject,
            kind,
            status=status,
            branch=kept.now(Pull).base.ref,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=card(kept, ctx),
            news=(news,) if news else (),
        )
    ]


def _verdict(hook: ReviewHook, state: str, ctx: ReadContext) -> News | None:
    review = hook.review
    frame = SAID.get(state)
    # A review that only carries comments on lines is told by these.
    if frame is None or (state == "commented" and not review.body):
        return None
    words = {
        word: to(text, review.html_url)
        for word, text in (
            ("approved", "approved"),
            ("asks", "asks"),
            ("reviewed", "reviewed"),
            ("review", "review"),
        )
    }
    text = frame.format(who=person(hook.sender, ctx), reviewer=person(review.user, ctx), **words)
    said = excerpt(review.body) if state != "dismissed" else ""
    asks = ctx.user_id(hook.pull_request.user) if state == "changes_requested" else None
    return News(f"review:{review.id}:{state}", lines(text, said), asks=() if asks is None else (asks,))
