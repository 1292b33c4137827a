"""Issues: their card, and what is told of what happens to one."""

from collections.abc import Callable
from typing import Final

from handlers.github import pull_card
from handlers.github.newest import stamp
from handlers.github.reading import Account, Facts, Hook, Json, ReadContext, Repository, Unreadable
from handlers.github.shared import excerpt, lines, person, quoted, repository_link, to
from handlers.github.tickets import Kept, Ticket, details, opened_by
from stuf_bot.relays import News, Relay

CARD = "🐛 {link}: {title}"
OPEN = "🟢 **Open**"
STATES: Final = {
    "completed": "🟣 **Closed** as completed",
    "not_planned": "⚪ **Closed** as not planned",
    "duplicate": "⚪ **Closed** as a duplicate",
}
CLOSED_NOW = "🟣 **Closed**"
GONES: Final = {"deleted": "⚪ **Deleted**", "transferred": "➡️ **Moved** to another repository"}
DESCRIPTION = "What it is about"

CLOSED = "🟣 {who} closed it{reason}."
REOPENED = "🟢 {who} opened it again."
ASSIGNED = "👤 {who} assigned it to {assignee}."
DELETED = "⚪ {who} deleted it."
MOVED = "➡️ {who} moved it to {place}."

_REASONS: Final = {"not_planned": " as not planned", "duplicate": " as a duplicate"}


class Issue(Ticket):
    """An issue, as far as the payload has it; `gone` is what took it away."""

    state_reason: str = ""
    pull_request: Json | None = None
    gone: str = ""


class Changes(Facts):
    """Where an issue was moved."""

    new_repository: Repository = Repository()


class IssueHook(Hook):
    """An `issues` delivery."""

    issue: Issue = Issue()
    assignee: Account | None = None
    changes: Changes = Changes()


def remembered(ctx: ReadContext, hook: Hook, issue: Ticket) -> Kept:
    """What is remembered of an issue."""
    return Kept.read(ctx, hook, f"issue:{issue.number}", issue)


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """The card, and news of what somebody may want to know at once."""
    hook = IssueHook.of(payload)
    issue = hook.issue
    if not issue.number:
        raise Unreadable("an issue without a number")
    if issue.pull_request is not None:
        return [pull_card.also(ctx, hook, issue)]
    kept = remembered(ctx, hook, issue)
    gone = hook.action in {"deleted", "transferred"}
    kept.heard(issue.model_copy(update={"gone": hook.action}) if gone else issue)
    kept.keep(ctx)
    now = kept.now(Issue)
    late = stamp(now.updated_at) > stamp(issue.updated_at)
    tell = NEWS.get(hook.action)
    news = tell(hook, ctx) if tell and not (late and hook.action in _STATE_CHANGES) else None
    return [
        Relay(
            kept.subject,
            "issues",
            status=hook.action,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=card(kept, ctx),
            news=(news,) if news else (),
            done=bool(now.gone) or now.state == "closed",
        )
    ]


def card(kept: Kept, ctx: ReadContext) -> str:
    """The card, as safe Markdown."""
    issue = kept.now(Issue)
    state = STATES.get(issue.state_reason, CLOSED_NOW) if issue.state == "closed" else OPEN
    return lines(
        CARD.format(link=to(f"Issue #{issue.number}", issue.html_url), title=quoted(issue.title, 200)),
        " · ".join(part for part in (GONES.get(issue.gone, state), opened_by(issue, ctx)) if part),
        details(issue, ctx),
        excerpt(issue.body, DESCRIPTION),
    )


def _news(hook: IssueHook, text: str, *, asks: int | None = None, name: str = "") -> News:
    key = f"{hook.action}:{name}:{hook.issue.happened(hook.action)}"
    return News(key, text, asks=() if asks is None else (asks,))


def _closed(hook: IssueHook, ctx: ReadContext) -> News:
    reason = _REASONS.get(hook.issue.state_reason, "")
    return _news(hook, CLOSED.format(who=person(hook.sender, ctx), reason=reason))


def _reopened(hook: IssueHook, ctx: ReadContext) -> News:
    return _news(hook, REOPENED.format(who=person(hook.sender, ctx)))


def _deleted(hook: IssueHook, ctx: ReadContext) -> News:
    return _news(hook, DELETED.format(who=person(hook.sender, ctx)))


def _moved(hook: IssueHook, ctx: ReadContext) -> News:
    repository = hook.changes.new_repository
    name = repository_link(repository) if repository.full_name else "another repository"
    return _news(hook, MOVED.format(who=person(hook.sender, ctx), place=name))


def _assigned(hook: IssueHook, ctx: ReadContext) -> News | None:
    assignee = hook.assignee
    if assignee is None or not assignee.login or assignee.login == hook.sender.login:
        return None
    text = ASSIGNED.format(who=person(hook.sender, ctx), assignee=person(assignee, ctx))
    return _news(hook, text, asks=ctx.user_id(assignee), name=assignee.login)


_STATE_CHANGES: Final = frozenset({"closed", "reopened"})
NEWS: Final[dict[str, Callable[[IssueHook, ReadContext], News | None]]] = {
    "assigned": _assigned,
    "closed": _closed,
    "deleted": _deleted,
    "reopened": _reopened,
    "transferred": _moved,
}
"""By GitHub's action. Whatever else happens shows on the card alone."""
