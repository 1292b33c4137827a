"""Comments on issues, pull requests and commits. What is changed about one later is not told again."""

from handlers.github import issues, pull_card
from handlers.github.issues import Issue
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.shared import excerpt, lines, person, quoted, short, subject, to
from handlers.github.tickets import Body
from stuf_bot.relays import News, Relay

COMMENTED = "💬 {who} {commented}:"
COMMENTED_ON = "💬 {who} {commented} on {path}:"
COMMIT_CARD = "📝 Comments on {commit}"


class Comment(Facts):
    """A comment; `path` is the file that one on a commit is about."""

    id: int = 0
    body: Body = ""
    html_url: str = ""
    commit_id: str = ""
    path: str = ""
    updated_at: Moment = None
    user: Account = Account()


class CommentHook(Hook):
    """A delivery of `issue_comment` or `commit_comment`."""

    comment: Comment = Comment()
    issue: Issue = Issue()


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A comment below an issue, or below a pull request, which GitHub calls an issue here."""
    hook = CommentHook.of(payload)
    if not hook.issue.number:
        raise Unreadable("a comment on no issue")
    if hook.issue.pull_request is not None:
        return [pull_card.also(ctx, hook, hook.issue, kind="comments", news=_news(hook, ctx))]
    kept = issues.remembered(ctx, hook, hook.issue)
    kept.heard(hook.issue)
    kept.keep(ctx)
    return [
        Relay(
            kept.subject,
            "comments",
            status=hook.action,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=issues.card(kept, ctx),
            news=_news(hook, ctx),
        )
    ]


def read_on_commit(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A comment on a commit: the commit has a topic of its own."""
    hook = CommentHook.of(payload)
    sha = hook.comment.commit_id
    if not sha:
        raise Unreadable("a comment on no commit")
    about = subject(ctx, hook.repository, f"commit:{sha}", short(sha), "commit")
    address = f"{hook.repository.html_url}/commit/{sha}"
    return [
        Relay(
            about,
            "comments",
            status=hook.action,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=COMMIT_CARD.format(commit=to(quoted(short(sha)), address)),
            news=_news(hook, ctx),
        )
    ]


def _news(hook: CommentHook, ctx: ReadContext) -> tuple[News, ...]:
    comment = hook.comment
    said = excerpt(comment.body)
    if hook.action != "created" or not said:
        return ()
    who = person(comment.user if comment.user.login else hook.sender, ctx)
    frame = COMMENTED_ON if comment.path else COMMENTED
    head = frame.format(who=who, commented=to("commented", comment.html_url), path=quoted(comment.path))
    return (News(f"comment:{comment.id}", lines(head, said)),)
