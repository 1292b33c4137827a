"""Discussions: their card, their answer, their comments."""

from typing import Final

from handlers.github.newest import stamp
from handlers.github.reading import Account, Facts, Hook, Json, ReadContext, Unreadable
from handlers.github.shared import excerpt, lines, person, quoted, to
from handlers.github.tickets import Body, Kept, Named, Ticket, details, opened_by
from stuf_bot.relays import News, Relay

CARD = "💬 {link}: {title}"
CATEGORY = "in {category}"
ANSWERED_NOW = "✅ **Answered**"
OPEN = "🟢 **Open**"
CLOSED_NOW = "🟣 **Closed**"
GONES: Final = {"deleted": "⚪ **Deleted**", "transferred": "➡️ **Moved** to another repository"}
DESCRIPTION = "What it is about"

ANSWERED = "✅ {who} marked {answer} as the answer:"
UNANSWERED = "↩️ {who} took back which comment is the answer."
CLOSED = "🟣 {who} closed it."
REOPENED = "🟢 {who} opened it again."
COMMENTED = "💬 {who} {commented}:"

_NEWS: Final = {"unanswered": UNANSWERED, "closed": CLOSED, "reopened": REOPENED}


class Discussion(Ticket):
    """A discussion, as far as the payload has it; `gone` is what took it away."""

    category: Named | None = None
    answer_html_url: str | None = None
    gone: str = ""

    @property
    def done(self) -> bool:
        """Whether nobody waits for anything in it."""
        return bool(self.gone) or self.state == "closed" or bool(self.answer_html_url)


class Said(Facts):
    """A comment in a discussion, or its answer."""

    id: int = 0
    body: Body = ""
    html_url: str = ""
    user: Account = Account()


class DiscussionHook(Hook):
    """A delivery of `discussion` or `discussion_comment`."""

    discussion: Discussion = Discussion()
    answer: Said | None = None
    comment: Said | None = None


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """What happens to a discussion."""
    hook = DiscussionHook.of(payload)
    at = stamp(hook.discussion.updated_at)
    who = person(hook.sender, ctx)
    news: tuple[News, ...] = ()
    if hook.action == "answered" and hook.answer:
        answer = to("a comment", hook.answer.html_url)
        news = (
            News(f"answered:{at}", lines(ANSWERED.format(who=who, answer=answer), excerpt(hook.answer.body))),
        )
    elif hook.action in _NEWS:
        news = (News(f"{hook.action}:{at}", _NEWS[hook.action].format(who=who)),)
    return _told(hook, ctx, "issues", news)


def read_comment(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A comment in a discussion."""
    hook = DiscussionHook.of(payload)
    news: tuple[News, ...] = ()
    if hook.action == "created" and hook.comment and excerpt(hook.comment.body):
        who = person(hook.comment.user if hook.comment.user.login else hook.sender, ctx)
        head = COMMENTED.format(who=who, commented=to("commented", hook.comment.html_url))
        news = (News(f"comment:{hook.comment.id}", lines(head, excerpt(hook.comment.body))),)
    return _told(hook, ctx, "comments", news)


def card(kept: Kept, ctx: ReadContext) -> str:
    """The card, as safe Markdown."""
    one = kept.now(Discussion)
    state = CLOSED_NOW if one.state == "closed" else ANSWERED_NOW if one.answer_html_url else OPEN
    category = CATEGORY.format(category=one.category.shown) if one.category and one.category.shown else ""
    facts = (GONES.get(one.gone, state), category, opened_by(one, ctx))
    return lines(
        CARD.format(link=to(f"Discussion #{one.number}", one.html_url), title=quoted(one.title, 200)),
        " · ".join(part for part in facts if part),
        details(one, ctx),
        excerpt(one.body, DESCRIPTION),
    )


def _told(hook: DiscussionHook, ctx: ReadContext, kind: str, news: tuple[News, ...]) -> list[Relay]:
    one = hook.discussion
    if not one.number:
        raise Unreadable("a discussion without a number")
    kept = Kept.read(ctx, hook, f"discussion:{one.number}", one)
    gone = kind == "issues" and hook.action in {"deleted", "transferred"}
    kept.heard(one.model_copy(update={"gone": hook.action}) if gone else one)
    kept.keep(ctx)
    return [
        Relay(
            kept.subject,
            kind,
            status=hook.action,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=card(kept, ctx),
            news=news,
            done=kept.now(Discussion).done,
        )
    ]
