"""How a pull request stands: what is remembered of it, and its card."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext
from handlers.github.shared import excerpt, lines, listed, person, quoted, to
from handlers.github.tickets import Kept, Named, Ticket, details, opened_by
from stuf_bot.relays import News, Relay

CARD = "🔀 {link}: {title}"
STATES: Final = {
    "merged": "🟣 **Merged**",
    "closed": "🔴 **Closed** without being merged",
    "draft": "📝 **Draft**",
    "open": "🟢 **Open**",
}
SIZE = "{commits}, +{additions} -{deletions} in {files}"
REVIEWS = "**Reviews:** {reviews}"
VERDICTS: Final = {
    "approved": "✅ {who} approved",
    "changes_requested": "❌ {who} asks for changes",
    "commented": "💬 {who} commented",
    "dismissed": "↩️ {who} (dismissed)",
}
ASKED = "⏳ {who} is asked"
CHECKS = "**Checks:** {checks}"
AUTO_MERGE = "It is merged by itself once all is well."
THREADS = "**Conversations:** {states}"
DESCRIPTION = "What it is about"

_MARKS: Final = {"success": "✅", "failure": "❌", "pending": "⏳"}


class Ref(Facts):
    """One of the two branches of a pull request."""

    ref: str = ""
    sha: str = ""


class AutoMerge(Facts):
    """Set where GitHub is to merge by itself."""

    merge_method: str = ""


class Pull(Ticket):
    """A pull request, as far as the payload has it."""

    draft: bool = False
    merged: bool = False
    merged_at: Moment = None
    merged_by: Account | None = None
    head: Ref = Ref()
    base: Ref = Ref()
    requested_reviewers: tuple[Account, ...] = ()
    requested_teams: tuple[Named, ...] = ()
    commits: int = 0
    additions: int = 0
    deletions: int = 0
    changed_files: int = 0
    auto_merge: AutoMerge | None = None

    @property
    def standing(self) -> str:
        """One of the words in STATES."""
        if self.merged or self.merged_at:
            return "merged"
        return "closed" if self.state == "closed" else "draft" if self.draft else "open"


def remembered(ctx: ReadContext, hook: Hook, pull: Ticket) -> Kept:
    """What is remembered of a pull request."""
    return Kept.read(ctx, hook, f"pull:{pull.number}", pull)


def with_check(  # noqa: PLR0913 - a check has a name, a state, a commit, a link and a time.
    ctx: ReadContext,
    hook: Hook,
    number: int,
    *,
    name: str,
    state: str,
    sha: str,
    url: str,
    at: datetime | None,
) -> Relay | None:
    """The card with a check of one of the pull request's commits; None where nothing else is known of it yet.

    `state` is success, failure or pending. Only checks of the newest commit are shown.
    """
    kept = remembered(ctx, hook, Ticket(number=number))
    kept.part("checks", name, {"state": state, "sha": sha, "url": url}, at)
    kept.keep(ctx)
    if not kept.fields:
        return None
    pull = kept.now(Pull)
    return Relay(
        remembered(ctx, hook, pull).subject,
        "checks",
        status=state,
        branch=pull.base.ref,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=card(kept, ctx),
    )


def also(
    ctx: ReadContext, hook: Hook, issue: Ticket, *, kind: str = "pull-requests", news: tuple[News, ...] = ()
) -> Relay:
    """The card by what GitHub tells of a pull request as if it were an issue."""
    facts = issue.model_dump(include=issue.model_fields_set)
    merged = (facts.pop("pull_request", None) or {}).get("merged_at")
    pull = Pull.of(facts | ({"merged_at": merged} if merged else {}))
    kept = remembered(ctx, hook, pull)
    kept.heard(pull)
    kept.keep(ctx)
    return Relay(
        kept.subject,
        kind,
        status=hook.action,
        branch=kept.now(Pull).base.ref,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=card(kept, ctx),
        news=news,
    )


def card(kept: Kept, ctx: ReadContext) -> str:
    """The card, as safe Markdown."""
    pull = kept.now(Pull)
    by = f" by {person(pull.merged_by, ctx)}" if pull.merged_by and pull.standing == "merged" else ""
    way = (
        f"{quoted(pull.head.ref, 60)} → {quoted(pull.base.ref, 60)}"
        if pull.head.ref and pull.base.ref
        else ""
    )
    waits = pull.standing in {"open", "draft"}
    return lines(
        CARD.format(link=to(f"Pull request #{pull.number}", pull.html_url), title=quoted(pull.title, 200)),
        " · ".join(part for part in (STATES[pull.standing] + by, way) if part),
        " · ".join(part for part in (opened_by(pull, ctx), _size(pull)) if part),
        _joined(REVIEWS, "reviews", [*_verdicts(kept, ctx), *(_asked(pull, ctx) if waits else ())]),
        _joined(CHECKS, "checks", list(_checks(kept, pull))),
        _threads(kept),
        details(pull, ctx),
        AUTO_MERGE if pull.auto_merge and waits else "",
        excerpt(pull.body, DESCRIPTION),
    )


def latest_reviews(kept: Kept) -> dict[str, Json]:
    """What counts of each reviewer: the newest that is more than a comment, else the newest comment."""
    counts: dict[str, Json] = {}
    for number, review in sorted(kept.all("reviews").items(), key=lambda one: (one[1]["at"], int(one[0]))):
        del number
        former = counts.get(review["login"])
        if former is None or review["state"] != "commented" or former["state"] == "commented":
            counts[review["login"]] = review
    return counts


def _verdicts(kept: Kept, ctx: ReadContext) -> Iterator[str]:
    for login, review in sorted(latest_reviews(kept).items()):
        words = VERDICTS.get(review["state"])
        if words:
            yield words.format(who=person(Account(login=login), ctx))


def _asked(pull: Pull, ctx: ReadContext) -> Iterator[str]:
    for account in pull.requested_reviewers:
        yield ASKED.format(who=person(account, ctx))
    for team in pull.requested_teams:
        if team.shown:
            yield ASKED.format(who=team.shown)


def _checks(kept: Kept, pull: Pull) -> Iterator[str]:
    for name, check in sorted(kept.all("checks").items()):
        if check["sha"] == pull.head.sha:
            yield f"{_MARKS.get(check['state'], '⏳')} {to(quoted(name, 60), check['url'])}"


def _threads(kept: Kept) -> str:
    states = list(kept.all("threads").values())
    resolved = states.count("resolved")
    reopened = len(states) - resolved
    said = [f"{resolved} resolved"] * bool(resolved) + [f"{reopened} open again"] * bool(reopened)
    return THREADS.format(states=", ".join(said)) if said else ""


def _size(pull: Pull) -> str:
    if not pull.commits:
        return ""
    return SIZE.format(
        commits=_count(pull.commits, "commit"),
        additions=pull.additions,
        deletions=pull.deletions,
        files=_count(pull.changed_files, "file"),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _joined(frame: str, name: str, parts: list[str]) -> str:
    return frame.format(**{name: " · ".join(listed(parts, 12))}) if parts else ""
